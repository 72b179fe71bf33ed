"""Where a schema that no value satisfies asks for too much, and where the rules of its grammar come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from fsmgen.errors import LimitReached, UnsupportedKeyword
from fsmgen.frontends.json_schema.documents import Location, Scope
from fsmgen.frontends.json_schema.expansion import Expansion
from fsmgen.frontends.json_schema.nodes import Node

_ASKED = 200
"""Parts of one schema that are looked at where that takes a grammar for each."""

Place = tuple[Location, Scope]


def culprit(expansion: Expansion, is_void: Callable[[Node], bool]) -> str:
    """The pointer of the innermost subschema without a value that every value of the schema must have, or be.

    Args:
        is_void: whether a node is seen to have no value; more than `Expansion.is_empty` sees.
    """
    at, scope = expansion.documents.root, expansion.documents.start
    seen = {at}
    while True:
        parts = [part for part in _needed(expansion, at, scope) if part[0] not in seen]
        inner = _first(parts, lambda part: expansion.is_empty(expansion.node(*part)))
        inner = inner or _first(islice(parts, _ASKED), lambda part: is_void(expansion.node(*part)))
        if inner is None:
            return expansion.documents.pointer(at)
        at, scope = inner
        seen.add(at)


def _first(parts: Sequence[Place] | Iterator[Place], holds: Callable[[Place], bool]) -> Place | None:
    for part in parts:
        try:
            if holds(part):
                return part
        except (UnsupportedKeyword, LimitReached):
            continue
    return None


def _needed(expansion: Expansion, at: Location, scope: Scope) -> Iterator[Place]:
    """The subschemas that must have a value if a schema has one."""
    documents, keywords = expansion.documents, expansion.documents.keywords(at)
    if isinstance(keywords, bool):
        return
    for reference in ("$ref", "$dynamicRef"):
        if reference in keywords:
            yield documents.target(at, reference, scope)
    alone = [keywords[name] for name in ("anyOf", "oneOf") if len(keywords.get(name, ())) == 1]
    prefix, least = keywords.get("prefixItems", ()), keywords.get("minItems", 0)
    parts = [*keywords.get("allOf", ()), *(part for parts in alone for part in parts), *prefix[:least]]
    if least > len(prefix) and "items" in keywords:
        parts.append(keywords["items"])
    if "contains" in keywords and keywords.get("minContains", 1):
        parts.append(keywords["contains"])
    properties = keywords.get("properties", {})
    parts += [properties[name] for name in keywords.get("required", ()) if name in properties]
    yield from ((part, scope) for part in parts)


class Places:
    """Where rules come from."""

    def __init__(self, expansion: Expansion, nodes: Sequence[Node]) -> None:
        self._expansion, self._nodes = expansion, nodes

    def __call__(self, name: str) -> str:
        """The place of a rule for messages: of the subschema whose values it derives, or of the whole schema."""
        number = name.partition("@")[0]
        pointer = self._expansion.pointer(self._nodes[int(number)])[1] if number.isdigit() else ""
        return shown(pointer)


def shown(pointer: str) -> str:
    """A pointer for messages."""
    return f"schema at #{pointer}" if pointer[:1] in ("", "/") else f"schema at {pointer}"
