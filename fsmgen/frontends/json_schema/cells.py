"""Names that are not declared, in kinds: which clauses a name falls under decides what is asked of its value.

Most patterns of a schema share no name with each other, and that is seen from how they begin; only for the others is it worked out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.formulas import Named
from fsmgen.frontends.json_schema.nodes import ANY, NONE, Node, both
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import Clause, ObjectSpec

CELLS_LIMIT = 256
"""Kinds of other names that the clauses of one kind of object tell apart."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Names of which everything is asked alike.

    Attributes:
        names: the names.
        node: of the value.
        met: for each obligation whether such an entry meets it (True), undoes it (False), or neither (None). It undoes one since its name
            may be that of the entry that met it, and of two entries of one name the last counts.
    """

    names: StringSet
    node: Node
    met: tuple[bool | None, ...] = ()


def cells_of(spec: ObjectSpec, covered: Callable[[Node, Node], bool], *, sure: bool) -> tuple[Cell, ...]:
    """The names that are not declared and may occur, split by the clauses that they fall under.

    Args:
        covered: whether all values of a node are seen to be of another one.
        sure: whether kinds without a name are left out where that takes work to see.

    Raises:
        LimitReached: there are too many kinds.
    """
    free = StringSet.of_words(spec.declared).complement() if spec.declared else StringSet.ANY
    everywhere = ANY
    clauses: list[Clause] = []
    for names, node in spec.others:
        if names.is_any():
            everywhere = both(everywhere, node)
        else:
            clauses.append((names, node))
    marking = len(clauses)
    clauses += [(names, ANY) for names, _ in spec.some]
    found: list[Cell] = []
    for chosen in _together([names for names, _ in clauses]):
        node = everywhere
        for i in chosen:
            node = both(node, clauses[i][1])
        if node == NONE:
            continue
        names = free
        for i, (inside, _) in enumerate(clauses):
            if i in chosen:
                names = names.meet(inside)
            elif not any(disjoint(inside, clauses[j][0]) for j in chosen):
                names = names.meet(inside.complement())
        if not ((sure or len(chosen) > 1 or not chosen) and names.is_empty()):
            witnesses = [witness if marking + i in chosen else None for i, (_, witness) in enumerate(spec.some)]
            found += _marked(names, node, witnesses, covered)
    return tuple(found)


def _together(sets: list[StringSet]) -> list[tuple[int, ...]]:
    """The groups of sets, by number, of which no two are seen to be disjoint; the empty one too."""
    groups: list[tuple[int, ...]] = [()]
    for i, names in enumerate(sets):
        groups += [(*group, i) for group in groups if not any(disjoint(names, sets[j]) for j in group)]
        if len(groups) > CELLS_LIMIT:
            raise LimitReached("the kinds of names of an object", limit=CELLS_LIMIT, reached=len(groups))
    return groups


def _marked(names: StringSet, node: Node, witnesses: list[Node | None], covered: Callable[[Node, Node], bool]) -> Iterator[Cell]:
    """A kind of names with what its entries do to each obligation; those that they cannot meet have no witness."""
    answers = [(None,) if witness is None else (True,) if covered(node, witness) else (True, False) for witness in witnesses]
    for met in product(*answers):
        asked = node
        for answer, witness in zip(met, witnesses, strict=True):
            if answer and witness is not None:
                asked = both(asked, witness)
        if asked != NONE:
            yield Cell(names, asked, met)


@lru_cache(maxsize=65536)
def disjoint(one: StringSet, other: StringSet) -> bool:
    """Whether two sets of names are seen to share none."""
    a, b = beginning(one), beginning(other)
    if not a.startswith(b) and not b.startswith(a):
        return True
    try:
        return one.meet(other).is_empty()
    except LimitReached:
        return False


@lru_cache(maxsize=65536)
def beginning(names: StringSet) -> str:
    """A text with which all names of a set begin, as far as that is plain from its pattern.

    >>> beginning(StringSet.of_pattern("^ab(c|d)$")), beginning(StringSet.of_pattern("^abc?")), beginning(StringSet.of_pattern("^a|b"))
    ('ab', 'ab', '')
    """
    match names.formula:
        case Named("pattern", pattern, True) if not _ALTERNATIVES.search(re.sub(_GROUP, "", pattern)):
            found = _BEGINNING.match(pattern)
            return found[1] if found else ""
    return ""


_GROUP = r"\\.|\[(?:\\.|[^\]\\])*\]|\((?:\\.|[^()\\])*\)"
_ALTERNATIVES = re.compile(r"[|()]")
_BEGINNING = re.compile(r"\^((?:[\w:/ -](?![*?{+]))+)", re.ASCII)
