"""JSON Schema as languages: exact over values, and an error where that cannot be.

    >>> from fsmgen.frontends.json_schema import json_schema
    >>> language = json_schema({"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}, "required": ["age"]})
    >>> language.read('{"age": 7}')
    {'age': 7}

The stages: `reading` and `documents` (text to checked subschemas), `expansion` (subschemas to sets of values), `schema` with `objects`,
`arrays`, `strings` and `numbers` (sets to rules of a grammar).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Literal

from fsmgen.errors import EmptyLanguage, InvalidOption
from fsmgen.frontends.json_schema.documents import Documents
from fsmgen.frontends.json_schema.emptiness import culprit, shown
from fsmgen.frontends.json_schema.expansion import Expansion, Reading
from fsmgen.frontends.json_schema.layout import Indent, Layout, Order, WhiteSpace
from fsmgen.frontends.json_schema.models import described
from fsmgen.frontends.json_schema.nodes import Node
from fsmgen.frontends.json_schema.schema import Rules
from fsmgen.frontends.json_schema.spelling import Escapes
from fsmgen.grammar import Language

__all__ = ["Indent", "json_schema"]


def json_schema(
    schema: str | bytes | bool | Mapping[str, object] | type,
    *,
    order: Order = "schema",
    whitespace: WhiteSpace = "spaced",
    whitespace_limit: int = 20,
    ensure_ascii: bool = False,
    escapes: Escapes = "all",
    format: Literal["assert", "annotate"] = "assert",  # noqa: A002 - the keyword's name
    lenient: bool = False,
    resources: Mapping[str, object] | None = None,
) -> Language:
    """The JSON texts of the values that satisfy a schema, each read as its value.

    Args:
        schema: JSON text, an object as `json` reads it, or a Python type: a pydantic model, a dataclass, a TypedDict.
        order: of the properties: as the schema has them, declared ones first, or free.
        whitespace: `compact`, `spaced` as `json.dumps` writes it, `Indent(n)`, or `flexible`: any, wherever JSON allows it.
        whitespace_limit: the longest run of flexible white space.
        ensure_ascii: whether other characters are always escaped.
        escapes: `all` that JSON has, or `minimal`: those that it requires.
        format: whether `format` restricts a value.
        lenient: whether what cannot be kept exactly is left out; `report` says what that was.
        resources: documents that references may lead to, by URI. Nothing is fetched.

    Raises:
        InvalidSchema: it is no JSON, no schema, or a keyword has a value that it cannot have.
        UnresolvedReference: a reference leads to none of the documents.
        UnsupportedKeyword: a keyword cannot be kept exactly.
        EmptyLanguage: no value satisfies the schema. What has no finite value for it contains itself is left to `compile` to find.
        InvalidOption: an argument has a value that it cannot have.
    """
    if format not in ("assert", "annotate"):
        raise InvalidOption("format", format, allowed="assert or annotate")
    layout = Layout(order, whitespace, whitespace_limit, escapes, ensure_ascii)
    read: Callable[[str], object] = json.loads
    if not isinstance(schema, str | bytes | bool | Mapping):
        model = described(schema)
        schema, read = model.schema, model.read
    documents = Documents(schema, resources)
    expansion = Expansion(documents, Reading(assert_formats=format == "assert", lenient=lenient))
    rules = Rules(expansion, layout)
    source = "schema"
    grammar = rules.grammar(expansion.node(documents.root, documents.start))
    if grammar.start in rules.voids():
        pointer = culprit(expansion, lambda node: _is_void(expansion, layout, node))
        raise EmptyLanguage(source, reason="no value satisfies it", where=shown(pointer))
    return Language(grammar, source, parse=read, report=documents.report.entries)


def _is_void(expansion: Expansion, layout: Layout, node: Node) -> bool:
    """Whether a node has no value."""
    grammar = Rules(expansion, layout).grammar(node)
    return grammar.start in grammar.unproductive()
