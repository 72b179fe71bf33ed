"""A schema and the documents that it refers to: its subschemas in the words of draft 2020-12, and where references lead.

    >>> documents = Documents({"$defs": {"n": {"type": "integer"}}, "items": [{"$ref": "#/$defs/n"}], "additionalItems": False})
    >>> schema = documents.keywords(documents.root)
    >>> list(schema)
    ['prefixItems', 'items']
    >>> first = schema["prefixItems"][0]
    >>> documents.pointer(first), documents.keywords(first)
    ('/items/0', {'$ref': '#/$defs/n'})
    >>> target, _ = documents.target(first, "$ref", documents.start)
    >>> documents.pointer(target), documents.keywords(target)
    ('/$defs/n', {'type': ('integer',)})

A **location** is a small integer: a subschema has one location, however it is reached. Subschemas that say the same are one
location too, that of the first, so that a schema of a thousand texts is not a thousand schemas. Subschemas are read when what holds them
is, so what no reference and no keyword leads to is never looked at; names (`$id`, `$anchor`) are looked for when a reference needs them.
A **scope** is what `$dynamicRef` needs to know of the way to a schema: those schema resources of it that define a dynamic anchor first. It
is `()` where there are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from fsmgen.errors import InvalidSchema
from fsmgen.frontends.json_schema.drafts import Dialect, Role
from fsmgen.frontends.json_schema.keywords import NAMING, UNBOUNDED, WrongValue, kind_of, members, names, some, text
from fsmgen.frontends.json_schema.modern import OLD, modernised
from fsmgen.frontends.json_schema.reading import Json, escaped
from fsmgen.frontends.json_schema.registry import RECURSIVE, Place, Registry
from fsmgen.frontends.json_schema.report import Report

_NO_KEY = frozenset({"enum", "const", "dependentRequired"})
"""Keywords whose values are no keys of a dict, or tell 1 from true, which as keys are one."""
_COMPARED = 60
"""Steps to subschemas that are compared with others though they hold some: those are read first, one inside the other."""
_WORDS = 100
"""Texts of an `enum` that are compared."""

Location: TypeAlias = int
Scope: TypeAlias = tuple[int, ...]
Keywords: TypeAlias = Mapping[str, Any]


class Documents:
    """What a schema says, place by place.

    Attributes:
        root: the location of the schema itself.
        start: the scope there.
        report: what became of each keyword.

    Raises:
        InvalidSchema: the schema, or a document of `resources` that it refers to, is no JSON.
        UnsupportedKeyword: its draft is older than 4, or requires a vocabulary that is not known.
    """

    def __init__(self, schema: object, resources: Mapping[str, object] | None = None) -> None:
        self._registry = Registry(schema, resources or {})
        self._first: dict[object, Location] = {}
        self._alike: dict[Location, Location] = {}
        self.root: Location = self._registry.root.number
        self.report = Report(self)
        self.start = self.scope((), self.root)

    def keywords(self, at: Location) -> bool | Keywords:
        """A subschema: the assertions and applicators that it has, under their names in draft 2020-12, and nothing else.

        Values are checked and in normal form: `type` and `required` are tuples, numbers int or Decimal, and subschemas are locations, one
        (`not`, `items`), a tuple (`allOf`, `prefixItems`) or a mapping by name (`properties`, `dependentSchemas`). `$ref` and
        `$dynamicRef` are texts for `target`. Upper bounds that nothing reaches are left out.

        Raises:
            InvalidSchema: it is no schema, or a keyword has a value that it cannot have.
        """
        place = self._registry.places[at]
        if place.keywords is None:
            place.keywords = self._read(place)
        return place.keywords

    def child(self, at: Location, keyword: str, step: str | int | None = None) -> Location:
        """The location in a keyword of a schema, or at a step of it: `child(at, "items")`, `child(at, "properties", "name")`."""
        found: Any = self.keywords(at)[keyword]  # type: ignore[index]
        location: Location = found if step is None else found[step]
        return location

    def target(self, at: Location, keyword: str, scope: Scope) -> tuple[Location, Scope]:
        """Where `$ref` or `$dynamicRef` of a schema leads to, and the scope there.

        Raises:
            UnresolvedReference: nowhere.
        """
        place = self._registry.places[at]
        found = place.targets.get(keyword)
        if found is None:
            found = place.targets[keyword] = self._target(place, keyword)
        location, name = found
        if name is not None:
            definitions = (self._dynamic(number).get(name) for number in scope)
            location = next((other for other in definitions if other is not None), location)
        return location, self.scope(scope, location)

    def scope(self, scope: Scope, at: Location) -> Scope:
        """The scope after entering a location."""
        place = self._registry.places[at]
        if not place.document.dynamic or place.resource.number in scope:
            return scope
        known = {name for number in scope for name in self._dynamic(number)}
        return scope if self._dynamic(place.resource.number).keys() <= known else (*scope, place.resource.number)

    def pointer(self, at: Location, *steps: str | int) -> str:
        """The place for messages: a JSON pointer, after `URI#` in a document other than the schema itself."""
        return "/".join([self._registry.pointer(self._registry.places[at]), *(escaped(str(step)) for step in steps)])

    def dialect(self, at: Location) -> Dialect:
        """The draft by which a place is read."""
        return self._registry.places[at].resource.dialect

    def first_alike(self, at: Location) -> Location:
        """The location that stands for a place: its own, or that of a subschema that says the same."""
        return self._alike.get(at, at)

    def read(self) -> Iterator[tuple[Location, Mapping[str, Json]]]:
        """The schemas that were asked for so far, as they are written, booleans left out."""
        return ((place.number, place.raw) for place in [*self._registry.places] if type(place.keywords) is dict)

    def check(self) -> None:
        """Read every subschema of every document that was needed so far, and resolve every reference in them.

        Raises:
            InvalidSchema, UnresolvedReference: something is wrong anywhere.
        """
        for place in self._registry.everything():
            found = self.keywords(place.number)
            for keyword in {"$ref", "$dynamicRef"} & (found.keys() if isinstance(found, dict) else set()):
                self.target(place.number, keyword, self.start)

    def _read(self, place: Place) -> bool | Keywords:
        raw = place.raw
        if type(raw) is bool:
            return raw
        if type(raw) is not dict:
            raise InvalidSchema(self.pointer(place.number), f"a schema is an object or a boolean, and this is {kind_of(raw)}")
        found: dict[str, Any] = {}
        keyword = ""
        try:
            if place.resource.dialect.lone_references and "$ref" in raw:
                return {(keyword := "$ref"): text(raw["$ref"])}
            checks, parts = place.resource.dialect.checks, place.resource.dialect.parts
            for keyword, value in raw.items():
                if keyword in checks:
                    found[keyword] = checks[keyword](value)
                elif keyword in parts:
                    self._read_part(place, keyword, value, found)
            keyword = ""
            if not OLD.isdisjoint(found) or type(found.get("items")) is list:
                modernised(found, partial(self._conjunction, place))
        except WrongValue as error:
            pointer = self.pointer(place.number, *([keyword] if keyword else []))
            raise InvalidSchema(pointer + error.steps, f"{keyword}: {error}" if keyword else str(error)) from None
        return {name: value for name, value in found.items() if value is not UNBOUNDED} if UNBOUNDED in found.values() else found

    def _read_part(self, place: Place, keyword: str, value: Json, found: dict[str, Any]) -> None:
        """Read a keyword whose value holds schemas or names one."""
        role = place.resource.dialect.parts[keyword]
        if role is Role.MEMBERS:
            found[keyword] = {name: self._place(place, f"/{keyword}/{escaped(name)}", part) for name, part in members(value).items()}
        elif role is Role.SCHEMA and type(value) is list and keyword == "items":
            raise WrongValue("it is an array, which is called prefixItems since draft 2020-12")
        elif role is Role.SCHEMA:
            found[keyword] = self._place(place, f"/{keyword}", value)
        elif role is Role.SCHEMAS:
            found[keyword] = tuple(self._place(place, f"/{keyword}/{i}", part) for i, part in enumerate(some(value)))
        elif role is Role.REFERENCE:
            found[keyword] = text(value)
        elif role is Role.ITEMS and type(value) is list:
            found[keyword] = [self._place(place, f"/{keyword}/{i}", part) for i, part in enumerate(value)]
        elif role is Role.ITEMS:
            found[keyword] = self._place(place, f"/{keyword}", value)
        elif role is Role.DEPENDENCIES:
            found[keyword] = {
                name: names(part) if type(part) is list else self._place(place, f"/{keyword}/{escaped(name)}", part)
                for name, part in members(value).items()
            }
        else:
            NAMING[keyword](value)

    def _place(self, place: Place, suffix: str, raw: Json) -> Location:
        return self._shared(self._registry.place(place.document, place.pointer + suffix, raw, place.resource))

    def _shared(self, place: Place) -> Location:
        """The location of a subschema: that of the first one that says the same."""
        key = self._key(place)
        number = place.number if key is None else self._first.setdefault(key, place.number)
        if number != place.number:
            self._alike[place.number] = number
        return number

    def _key(self, place: Place) -> object | None:
        """What a subschema says, its parts by their locations; None if it is not compared with others."""
        raw, resource = place.raw, place.resource
        if type(raw) is bool:
            return raw
        if type(raw) is not dict:
            return None
        whole = resource.dialect.parts.keys().isdisjoint(raw)
        if not whole and place.pointer.count("/") > _COMPARED:
            return None
        found = self.keywords(place.number)
        assert isinstance(found, dict)
        if whole and _NO_KEY.isdisjoint(found):
            return resource.dialect, tuple(found.items())
        parts: list[object] = [resource.number]
        for keyword, value in found.items():
            part = _listed(keyword, value) if keyword in _NO_KEY else tuple(value.items()) if type(value) is dict else value
            if part is None:
                return None
            parts += (keyword, part)
        return tuple(parts)

    def _conjunction(self, place: Place, name: str, parts: list[Location]) -> Location:
        """A schema that is not written anywhere: what a property asks for by `dependencies` and by `dependentSchemas`."""
        made = self._registry.place(place.document, f"{place.pointer}/dependencies+dependentSchemas/{escaped(name)}", {}, place.resource)
        made.keywords = {"allOf": tuple(parts)}
        return made.number

    def _target(self, place: Place, keyword: str) -> tuple[Location, str | None]:
        written = "$recursiveRef" if keyword == "$dynamicRef" and "$dynamicRef" not in place.raw else keyword
        target, name = self._registry.resolve(place, place.raw[written])
        if written == "$recursiveRef":
            return target.number, RECURSIVE if RECURSIVE in self._dynamic(target.resource.number) else None
        return self._shared(target), name if keyword == "$dynamicRef" else None

    def _dynamic(self, number: int) -> Mapping[str, Location]:
        """The dynamic anchors of a resource."""
        resource = self._registry.resources[number]
        document = self._registry.places[resource.root].document
        if document.dynamic:
            self._registry.index(document)
        return resource.dynamic


def _listed(keyword: str, value: Any) -> object | None:
    """The value of a keyword that lists values, as part of a key; None if it is not compared."""
    if keyword == "const":
        return value if type(value) is str else None
    words = keyword == "enum" and len(value) <= _WORDS and all(type(word) is str for word in value)
    return tuple(value) if words else None
