r"""Prompts as jinja2 templates, and grids of them.

>>> from fsmgen.evaluation.tasks import Item
>>> prompt = TemplatePrompt("q and a", "Q: {{ question }}\nA:", " {{ solution }} So {{ gold }}.", atoms={"cue": "A:"})
>>> print(prompt.text(Item("2", "2 + 2?", "4"), [Item("1", "1 + 1?", "2", "One and one.")]))
Q: 1 + 1?
A: One and one. So 2.
<BLANKLINE>
Q: 2 + 2?
A:
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice, product
from math import prod

from fsmgen.errors import InvalidOption, LimitReached
from fsmgen.evaluation.prompts.prompt import Message
from fsmgen.evaluation.prompts.rendering import render, require_known
from fsmgen.evaluation.tasks import Item

GRID_LIMIT = 10_000
ITEM_VALUES = frozenset({"question", "gold", "solution", "group", "choices", "labels"})


@dataclass(frozen=True, slots=True)
class TemplatePrompt:
    """A prompt written as jinja2 templates over an item: question, gold, solution, group, choices, labels and its fields.

    Attributes:
        question: the text up to where the answer begins.
        answer: what follows it in a solved example, with its leading space or line break.
        between: what stands between examples.
        before: what stands before everything, the instruction; a template over the item as well.
        system: the system's words; the text of a prompt that is no chat begins with them.
        atoms: values by name for the other templates; each is a template itself, such as a wording or the cue of the answer.

    Raises:
        InvalidPrompt: a template is none.
    """

    name: str
    question: str
    answer: str = " {{ gold }}"
    between: str = "\n\n"
    before: str = ""
    system: str = ""
    atoms: Mapping[str, str] = field(default_factory=dict, hash=False)
    exposure: str = "unknown"

    def require_known(self, fields: frozenset[str]) -> None:
        """Refuse templates that ask for what neither the atoms nor an item with these fields has; errors as `render`."""
        known = ITEM_VALUES | fields
        for template in self.atoms.values():
            require_known(template, known)
        for template in (self.question, self.answer, self.before, self.system):
            require_known(template, known | self.atoms.keys())

    def facts(self) -> dict[str, object]:
        return {"kind": "TemplatePrompt", **asdict(self)}

    def text(self, item: Item, examples: Sequence[Item] = ()) -> str:
        opening = [text for text in (render(self.system, self._values(item)), render(self.before, self._values(item))) if text]
        solved = [self.shown(example) for example in examples]
        return self.between.join([*opening, *solved, self.asked(item)])

    def messages(self, item: Item, examples: Sequence[Item] = ()) -> list[Message]:
        """The instruction stands at the beginning of the first turn of the user."""
        turns = [turn for example in examples for turn in (_user(self.asked(example)), _assistant(self.answered(example)))]
        turns.append(_user(self.asked(item)))
        values = self._values(item)
        before, system = render(self.before, values), render(self.system, values)
        turns[0]["content"] = self.between.join([before, turns[0]["content"]] if before else [turns[0]["content"]])
        return [{"role": "system", "content": system}, *turns] if system else turns

    def asked(self, item: Item) -> str:
        """One question up to its answer."""
        return render(self.question, self._values(item))

    def answered(self, item: Item) -> str:
        """What a solved example answers."""
        return render(self.answer, self._values(item))

    def shown(self, item: Item) -> str:
        """One solved example."""
        return self.asked(item) + self.answered(item)

    def _values(self, item: Item) -> dict[str, object]:
        values: dict[str, object] = {
            **item.fields, "question": item.question, "gold": item.gold, "solution": item.solution, "group": item.group,
            "choices": list(item.choices), "labels": list(item.labels),
        }  # fmt: skip
        return values | {name: render(template, values) for name, template in self.atoms.items()}


def _user(content: str) -> Message:
    return {"role": "user", "content": content}


def _assistant(content: str) -> Message:
    return {"role": "assistant", "content": content.strip()}


@dataclass(frozen=True, slots=True)
class PromptGrid:
    """A prompt with every combination of the variants of its atoms.

    Attributes:
        prompt: what all have in common; atoms that have no variants keep their value.
        variants: by atom, the templates by the name of the variant.

    Raises:
        InvalidOption: no variants, or an atom without any.
        LimitReached: there are more than 10,000 combinations.
    """

    prompt: TemplatePrompt
    variants: Mapping[str, Mapping[str, str]] = field(hash=False)

    def __post_init__(self) -> None:
        if not self.variants or not all(self.variants.values()):
            raise InvalidOption("variants", dict(self.variants), allowed="at least one atom, each with at least one variant")
        if len(self) > GRID_LIMIT:
            raise LimitReached("prompts of a grid", limit=GRID_LIMIT, reached=len(self))

    def __len__(self) -> int:
        return prod(len(variants) for variants in self.variants.values())

    def __iter__(self) -> Iterator[TemplatePrompt]:
        """The prompts, named by their variants as in `question/lines/answer`, the last atom changing fastest."""
        for names in product(*self.variants.values()):
            chosen = {atom: self.variants[atom][name] for atom, name in zip(self.variants, names, strict=True)}
            yield replace(self.prompt, name="/".join(names), atoms={**self.prompt.atoms, **chosen})

    def first(self, count: int) -> tuple[TemplatePrompt, ...]:
        """The first prompts of the grid."""
        return tuple(islice(self, count))
