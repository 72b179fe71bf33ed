"""The questions that lint asks of a task's items and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.extraction import extract, normalise
from fsmgen.evaluation.lint.membership import Bounds, Membership
from fsmgen.evaluation.lint.report import Check, Finding
from fsmgen.evaluation.tasks import Item, Task
from fsmgen.grammar import Language

_Text = Callable[[Item], str]
_OWN = 8
"""Shots that are looked at where the items themselves are shown."""


def in_language(name: str, items: Iterable[Item], language: Callable[[Item], Language], text: _Text) -> Check:
    """Whether the text of every item is in its language; items with an empty text are left out."""
    memberships: dict[int, Membership] = {}
    findings, asked, empty = [], 0, 0
    for item in items:
        words = text(item)
        if not words:
            empty += 1
            continue
        asked += 1
        its = language(item)
        if id(its) not in memberships:
            memberships[id(its)] = Membership(its)
        refusal = memberships[id(its)].refusal(words)
        if refusal is not None:
            findings.append(Finding(item.id, refusal.kind, refusal.fact))
    return Check(name, asked, tuple(findings), skipped=f"{empty:,} have no such text" if empty else "")


def bounds_fit(name: str, items: Iterable[Item], language: Language, text: _Text) -> Iterator[Check]:
    """Whether the lengths of the items' texts are within the bounds of a language, if it bounds nothing but characters and length."""
    bounds = Bounds.of(language)
    if bounds is None:
        return
    findings, asked = [], 0
    for item in items:
        words = text(item)
        asked += bool(words)
        if words and len(words) < bounds.low:
            findings.append(Finding(item.id, f"shorter than {bounds.low}", f"{len(words)} characters"))
        elif bounds.high is not None and len(words) > bounds.high:
            findings.append(Finding(item.id, f"longer than {bounds.high}", f"{len(words)} characters"))
    yield Check(name, asked, tuple(findings))


def constraint_checks(task: Task, constraint: DeclaredConstraint) -> Iterator[Check]:
    """Golds and shots in the language, as a whole and hole by hole, and the bounds of the holes."""
    parts = [("", constraint), *((f"{name}: ", hole) for name, hole in constraint.holes)]
    texts: Mapping[str, _Text] = {prefix: text_of(constraint, prefix.removesuffix(": ")) for prefix, _ in parts}
    for side, items in (("gold", task.items), ("shot", () if task.examples == task.items else task.examples)):
        for prefix, part in parts if items else ():
            yield in_language(f"{prefix}every {side} is in the language", items, part.language, texts[prefix])
            if not part.per_item:
                yield from bounds_fit(f"{prefix}bounds fit every {side}", items, part.language(items[0]), texts[prefix])


def text_of(constraint: DeclaredConstraint, hole: str = "") -> _Text:
    """The gold text of the whole, or of a hole; the whole has none where a hole has none."""
    names = [name for name, _ in constraint.holes]
    if hole:
        return lambda item: constraint.hole_text(item, hole)
    return lambda item: constraint.gold_text(item) if constraint.gold or all(constraint.hole_text(item, name) for name in names) else ""


def extraction_agrees(task: Task, constraint: DeclaredConstraint) -> Check:
    """Whether the task's rung reads from every gold text of the constraint the gold answer."""
    text = text_of(constraint)
    asked = [(item, words) for item in task.items if (words := text(item))]
    findings = [found for item, words in asked for found in _misread(task, item, words)]
    return Check("extraction reads the gold from its text", len(asked), tuple(findings))


def shown_answers(task: Task) -> Check:
    """Whether the task's rung reads the gold answer from every solved example as every prompt shows it."""
    examples = task.examples[:_OWN] if task.examples == task.items else task.examples
    findings = [found for prompt in task.prompts for item in examples for found in _misread(task, item, prompt.answered(item), prompt.name)]
    return Check("extraction reads the gold from every shot", len(examples), tuple(findings))


def _misread(task: Task, item: Item, text: str, prompt: str = "") -> Iterator[Finding]:
    found, gold = extract(text, task.rung, form=task.form), normalise(item.gold, form=task.form)
    if found.value != gold:
        kind = "another answer" if found.value is not None else f"no answer: {found.cause}"
        yield Finding(item.id, kind, f"{f'prompt {prompt}, ' if prompt else ''}{text[-60:]!r} gives {found.value!r}, gold is {gold!r}")


def answers_listed(task: Task) -> Check:
    """Whether gold is among the answers of every item that has choices, and the choices differ."""
    items = [item for item in task.items if item.choices]
    findings = []
    for item in items:
        choice, times = Counter(item.choices).most_common(1)[0]
        if item.place is None:
            findings.append(Finding(item.id, "gold is no choice", f"{item.gold!r} is none of {', '.join(item.answers)}"))
        if times > 1:
            findings.append(Finding(item.id, "a choice twice", repr(choice)))
    return Check("gold is among the choices", len(items), tuple(findings))


def asked_once(task: Task) -> Check:
    """Whether every question is asked once with its choices, and no other item's question is shown solved."""
    golds: dict[tuple[str, ...], list[Item]] = {}
    for item in task.items:
        golds.setdefault((item.question, *item.choices), []).append(item)
    findings = []
    for same in golds.values():
        kind = "asked again" if len({item.gold for item in same}) == 1 else "asked again, with another gold"
        findings += [Finding(item.id, kind, f"as {same[0].id}: {item.question[:60]!r}") for item in same[1:]]
    if task.examples != task.items:
        shown = {(example.question, *example.choices) for example in task.examples}
        asked_too = [item for item in task.items if (item.question, *item.choices) in shown]
        findings += [Finding(item.id, "a shot", f"a solved example asks {item.question[:60]!r}") for item in asked_too]
    return Check("every question is asked once", len(task.items), tuple(findings), "warning")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model can read and write.

    Attributes:
        count: how many tokens a text takes.
        max_tokens: of an answer, the end of the sequence included.
        context: of prompt and answer together; None is no limit.
        special: tokens that the tokenizer adds to a prompt of its own.
        shots: how many solved examples a prompt shows.
    """

    count: Callable[[str], int]
    max_tokens: int
    context: int | None = None
    special: int = 0
    shots: int = 0


def within_budget(task: Task, text: _Text, budget: Budget) -> Check:
    """Whether every gold text fits into the budget, its end-of-sequence token included."""
    findings, asked = [], 0
    for item in task.items:
        words = text(item)
        if not words:
            continue
        asked += 1
        tokens = budget.count(words) + 1
        if tokens > budget.max_tokens:
            findings.append(Finding(item.id, f"more than {budget.max_tokens} tokens", f"{tokens} tokens with the end of the sequence"))
    return Check("every gold fits into max_tokens", asked, tuple(findings))


def within_context(task: Task, budget: Budget, context: int) -> Check:
    """Whether every prompt leaves room for an answer of `max_tokens`; an item's finding is its longest prompt."""
    findings = []
    for item in task.items:
        shown = task.shown(item, budget.shots)
        tokens, prompt = max((budget.count(prompt.text(item, shown)) + budget.special, prompt.name) for prompt in task.prompts)
        if tokens + budget.max_tokens > context:
            fact = f"prompt {prompt}, {budget.shots} shots: {tokens} tokens and max_tokens {budget.max_tokens}"
            findings.append(Finding(item.id, f"more than the context of {context}", fact))
    return Check("every prompt and max_tokens fit into the context", len(task.items), tuple(findings))


def most_common(task: Task) -> str:
    """The score of giving one answer always."""
    answer, times = Counter(normalise(item.gold, form=task.form) for item in task.items).most_common(1)[0]
    return f"always {answer!r} scores {times / len(task.items):.3f} ({times:,} of {len(task.items):,})"
