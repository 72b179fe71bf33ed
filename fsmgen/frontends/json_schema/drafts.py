"""The drafts of JSON Schema: which keywords each has.

| draft | differs from 2020-12 |
|---|---|
| 4 | `id`; `exclusiveMinimum` and `exclusiveMaximum` are booleans; no `const`, `contains`, `propertyNames` |
| 4, 6 | no `if`, `then`, `else` |
| 4, 6, 7 | a `$ref` stands alone; `dependencies`; `#name` in `id` or `$id` is an anchor |
| 4, 6, 7, 2019-09 | `items` may be an array, with `additionalItems` behind it |
| 2019-09 | `$recursiveRef` |

A schema without `$schema` is read as 2020-12 that understands these too (`id` names its schema and changes no base), since most schemas
that people write are such mixtures. `dependencies` and `definitions` are read in every draft, and schemas may be booleans in every draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from fsmgen.frontends.json_schema import keywords as k


class Role(Enum):
    """What a keyword's value holds."""

    VALUE = auto()
    SCHEMA = auto()
    SCHEMAS = auto()  # an array of them
    MEMBERS = auto()  # an object of them
    ITEMS = auto()  # a schema or an array of them
    DEPENDENCIES = auto()  # an object of schemas and arrays of names
    REFERENCE = auto()
    DEFINITIONS = auto()  # an object of schemas that says nothing of a value
    CORE = auto()
    ANNOTATION = auto()


CHECKS: Mapping[str, k.Check] = {
    "type": k.types, "enum": k.values, "const": k.anything, "multipleOf": k.divisor,
    "minimum": k.number, "maximum": k.number, "exclusiveMinimum": k.number, "exclusiveMaximum": k.number,
    "minLength": k.count, "maxLength": k.upper_count, "pattern": k.text, "format": k.text,
    "minItems": k.count, "maxItems": k.upper_count, "uniqueItems": k.truth, "minContains": k.count, "maxContains": k.upper_count,
    "minProperties": k.count, "maxProperties": k.upper_count, "required": k.names, "dependentRequired": k.names_by_name,
}  # fmt: skip
"""How the value of each keyword without schemas is read."""


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """The keywords of a draft.

    Attributes:
        name: for messages.
        year: 4, 6, 7, 2019 or 2020.
        roles: each keyword that it knows.
        tolerant: whether keywords of other drafts are read too.
        checks: for each keyword whose value holds no schema, how it is read.
        parts: the other keywords, annotations left out.
        identifier: the keyword that names a schema.
        lone_references: whether `$ref` makes what stands beside it void.
    """

    name: str
    year: int
    roles: Mapping[str, Role]
    tolerant: bool = False
    checks: Mapping[str, k.Check] = field(init=False)
    parts: Mapping[str, Role] = field(init=False)
    identifier: str = field(init=False)
    lone_references: bool = field(init=False)

    def __post_init__(self) -> None:
        checks = {name: CHECKS[name] for name, role in self.roles.items() if role is Role.VALUE}
        if self.tolerant or self.year == 4:
            checks |= dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), k.limit if self.tolerant else k.truth)
        object.__setattr__(self, "checks", checks)
        parts = {name: role for name, role in self.roles.items() if role is not Role.VALUE and role is not Role.ANNOTATION}
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "identifier", "id" if self.year == 4 else "$id")
        object.__setattr__(self, "lone_references", self.year < 2019)

    def of_vocabularies(self, known: Iterable[str]) -> Dialect:
        """The dialect with the keywords of these vocabularies only, by the last part of their URIs; those of the core stay."""
        wanted = {name for vocabulary in ("core", *known) for name in _VOCABULARIES[vocabulary].split()}
        return Dialect(f"{self.name} with some vocabularies", self.year, {n: r for n, r in self.roles.items() if n in wanted})


def _roles(**names: str) -> dict[str, Role]:
    return {name: Role[role] for role, listed in names.items() for name in listed.split()}


_DRAFT_4 = _roles(
    VALUE="type enum multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern format minItems maxItems "
    "uniqueItems minProperties maxProperties required",
    SCHEMA="not additionalProperties additionalItems",
    SCHEMAS="allOf anyOf oneOf",
    MEMBERS="properties patternProperties",
    ITEMS="items",
    DEPENDENCIES="dependencies",
    REFERENCE="$ref",
    DEFINITIONS="definitions",
    CORE="$schema id",
    ANNOTATION="title description default",
)
_DRAFT_6 = {name: role for name, role in _DRAFT_4.items() if name != "id"} | _roles(
    VALUE="const", SCHEMA="contains propertyNames", CORE="$id", ANNOTATION="examples"
)
_DRAFT_7 = _DRAFT_6 | _roles(SCHEMA="if then else", ANNOTATION="$comment readOnly writeOnly contentMediaType contentEncoding")
_DRAFT_2019 = _DRAFT_7 | _roles(
    VALUE="minContains maxContains dependentRequired",
    SCHEMA="unevaluatedItems unevaluatedProperties",
    MEMBERS="dependentSchemas",
    REFERENCE="$recursiveRef",
    DEFINITIONS="$defs",
    CORE="$anchor $recursiveAnchor $vocabulary",
    ANNOTATION="contentSchema deprecated",
)
_DRAFT_2020 = {n: r for n, r in _DRAFT_2019.items() if n not in ("additionalItems", "$recursiveRef", "$recursiveAnchor")} | _roles(
    SCHEMA="items", SCHEMAS="prefixItems", REFERENCE="$dynamicRef", CORE="$dynamicAnchor"
)
_EVERY = _DRAFT_2019 | _DRAFT_2020 | _roles(ITEMS="items", CORE="id")

DRAFTS: Mapping[str, Dialect] = {
    "json-schema.org/draft-04/schema": Dialect("draft 4", 4, _DRAFT_4),
    "json-schema.org/draft-06/schema": Dialect("draft 6", 6, _DRAFT_6),
    "json-schema.org/draft-07/schema": Dialect("draft 7", 7, _DRAFT_7),
    "json-schema.org/draft/2019-09/schema": Dialect("draft 2019-09", 2019, _DRAFT_2019),
    "json-schema.org/draft/2020-12/schema": Dialect("draft 2020-12", 2020, _DRAFT_2020),
}
"""The drafts by `$schema`, without scheme and fragment."""
TOLERANT = Dialect("every draft", 2020, _EVERY, tolerant=True)
"""How a schema is read that does not say which draft it is of."""
UNSUPPORTED = frozenset(f"json-schema.org/draft-0{n}/schema" for n in range(4))

_VOCABULARIES: Mapping[str, str] = {
    "core": "$schema $id $ref $anchor $dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor $vocabulary $comment $defs definitions",
    "applicator": "allOf anyOf oneOf not if then else dependentSchemas dependencies properties patternProperties additionalProperties "
    "propertyNames items prefixItems additionalItems contains unevaluatedItems unevaluatedProperties",
    "unevaluated": "unevaluatedItems unevaluatedProperties",
    "validation": "type enum const multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern minItems "
    "maxItems uniqueItems minContains maxContains minProperties maxProperties required dependentRequired",
    "meta-data": "title description default deprecated readOnly writeOnly examples",
    "format": "format",
    "format-annotation": "format",
    "format-assertion": "format",
    "content": "contentMediaType contentEncoding contentSchema",
}
VOCABULARY_URIS: Mapping[str, str] = {
    f"https://json-schema.org/draft/{draft}/vocab/{name}": name for draft in ("2019-09", "2020-12") for name in _VOCABULARIES
}
"""The vocabularies that are understood."""


def dialect_named(uri: str) -> Dialect | None:
    """The draft that a `$schema` names."""
    return DRAFTS.get(uri.removesuffix("#").partition("://")[2])
