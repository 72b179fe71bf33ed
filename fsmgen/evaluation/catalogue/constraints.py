r"""A constraint as data, and its language for an item.

>>> from fsmgen.evaluation.tasks import Item
>>> declared = DeclaredConstraint("choice", PER_ITEM, leading_space="optional")
>>> declared.language(Item("1", "Which?", "B", choices=("a pear", "a stone"), labels=("A", "B"))).source
"choice ['A', 'B']"
>>> holes = (("reasoning", DeclaredConstraint("regex", ".+")), ("answer", declared))
>>> form = DeclaredConstraint("template", "{reasoning} So {answer}.", holes=holes)
>>> form.gold_text(Item("1", "Which?", "B", "Stones are no fruit.", choices=("a pear", "a stone"), labels=("A", "B")))
'Stones are no fruit. So B.'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.prompts.rendering import render
from fsmgen.evaluation.tasks import Item
from fsmgen.frontends import choice, gbnf, grammar_named, json_schema, lark, regex, template
from fsmgen.grammar import Language, LeadingSpace

ConstraintKind: TypeAlias = Literal["regex", "choice", "template", "grammar", "gbnf", "lark", "json_schema"]
CONSTRAINT_KINDS: tuple[ConstraintKind, ...] = get_args(ConstraintKind)
PER_ITEM = "answers"
"""The source of a choice among what each item can be answered with."""
_GOLD = {"answer": "{{ gold }}", "reasoning": "{{ solution }}"}
_READ: Mapping[str, Callable[[Any], Language]] = {
    "regex": regex, "choice": choice, "grammar": grammar_named, "gbnf": gbnf, "lark": lark, "json_schema": json_schema,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeclaredConstraint:
    """The language of answers, as a task declares it.

    Attributes:
        source: what its front end reads; the options of a choice, or `answers` for a choice among those of each item.
        gold: a jinja2 template over an item: the text that its gold answer has in this language. By default that of the holes of a
            template in their places, and the gold answer otherwise.
        holes: the constraints of a template, by name; `answer` has the gold answer and `reasoning` the solution by default.
    """

    kind: ConstraintKind
    source: str | tuple[str, ...]
    leading_space: LeadingSpace = "no"
    gold: str = ""
    holes: tuple[tuple[str, DeclaredConstraint], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CONSTRAINT_KINDS:
            raise InvalidOption("kind", self.kind, allowed=f"one of {', '.join(CONSTRAINT_KINDS)}")
        if isinstance(self.source, tuple) != (self.kind == "choice") and (self.kind, self.source) != ("choice", PER_ITEM):
            raise InvalidOption("source", self.source, allowed=f"texts, or {PER_ITEM!r}, for a choice, and one text otherwise")
        if self.holes and self.kind != "template":
            raise InvalidOption("holes", [name for name, _ in self.holes], allowed="given for a template only")

    @property
    def per_item(self) -> bool:
        """Whether items have languages of their own."""
        return self.source == PER_ITEM or any(hole.per_item for _, hole in self.holes)

    def language(self, item: Item) -> Language:
        """The texts that answer an item: one object for items with the same answers, so that a model compiles it once.

        Raises:
            FsmgenError: what its front end raises.
            InvalidOption: a choice among the answers of an item that has none.
        """
        return _language(self, item.answers if self.per_item else ())

    def gold_text(self, item: Item) -> str:
        """The text of the language that an item's gold answer has, without a leading space."""
        if self.gold or self.kind != "template":
            return _rendered(self.gold or _GOLD["answer"], item)
        return str(self.source).format(**{name: self.hole_text(item, name) for name, _ in self.holes})

    def hole_text(self, item: Item, name: str) -> str:
        """The text of a hole that an item's gold answer has; empty where the item has none, as without a solution."""
        return _rendered(dict(self.holes)[name].gold or _GOLD.get(name, ""), item)


@lru_cache(maxsize=1024)
def _language(declared: DeclaredConstraint, answers: tuple[str, ...]) -> Language:
    source = answers if declared.source == PER_ITEM else declared.source
    if not source:
        raise InvalidOption("choices of an item", answers, allowed="given, since the constraint is a choice among them")
    if declared.kind == "template":
        holes: dict[str, Any] = {name: _language(hole, answers if hole.per_item else ()) for name, hole in declared.holes}
        made = template(str(source), **holes)
    else:
        made = _READ[declared.kind](source)
    return made.with_leading_space(declared.leading_space)


def _rendered(source: str, item: Item) -> str:
    return render(source, {**item.fields, "question": item.question, "gold": item.gold, "solution": item.solution, "group": item.group})
