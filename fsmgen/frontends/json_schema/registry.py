"""Documents, the schema resources in them, and the places of subschemas; finds what a URI or a pointer names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from fsmgen.errors import InvalidSchema, UnresolvedReference, UnsupportedKeyword
from fsmgen.frontends.json_schema.drafts import TOLERANT, UNSUPPORTED, VOCABULARY_URIS, Dialect, Role, dialect_named
from fsmgen.frontends.json_schema.keywords import kind_of
from fsmgen.frontends.json_schema.reading import Json, escaped, source
from fsmgen.frontends.json_schema.references import fragment_of, resolved, steps

RECURSIVE = ""
"""The name under which `$recursiveAnchor` counts as a dynamic anchor."""
_SEVERAL = -1
_METASCHEMAS = ("http://json-schema.org/", "https://json-schema.org/")
_CONTAINERS = frozenset({Role.SCHEMAS, Role.MEMBERS, Role.DEFINITIONS, Role.DEPENDENCIES, Role.ITEMS})


@dataclass(slots=True, eq=False)
class Document:
    """A JSON document. `uri` is where it was found, empty for the schema itself."""

    uri: str
    dynamic: bool
    places: dict[str, int] = field(default_factory=dict)
    indexed: bool = False


@dataclass(slots=True, eq=False)
class Resource:
    """A schema with a base URI of its own, and what is named in it; the names are there once the document is indexed."""

    number: int
    base: str
    root: int
    dialect: Dialect
    anchors: dict[str, int] = field(default_factory=dict)
    dynamic: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Place:
    """A subschema, as it is written, and what was found out about it."""

    number: int
    pointer: str
    raw: Json
    document: Document
    resource: Resource
    keywords: bool | Mapping[str, object] | None = None
    targets: dict[str, tuple[int, str | None]] = field(default_factory=dict)


class Registry:
    """All that is known of the documents. Documents of the caller are read when a reference needs them; nothing is fetched."""

    def __init__(self, schema: object, resources: Mapping[str, object]) -> None:
        self.places: list[Place] = []
        self.resources: list[Resource] = []
        self.entered: list[Document] = []
        self._given = {uri.removesuffix("#"): document for uri, document in resources.items()}
        self._documents: list[Document] = []
        self._roots: dict[str, int] = {}
        self._repeated: set[str] = set()
        self._default = TOLERANT
        self.root = self._load("", schema)
        self.entered.append(self.root.document)
        self._default = self.root.resource.dialect

    def place(self, document: Document, pointer: str, raw: Json, outer: Resource) -> Place:
        """The place of a subschema inside a resource; it may begin a resource of its own."""
        known = document.places.get(pointer)
        if known is not None:
            return self.places[known]
        inner = _identifier(raw, outer.dialect) if type(raw) is dict and outer.dialect.identifier in raw else ""
        return self._new_place(document, pointer, raw, self._inner_resource(raw, inner, outer) if inner else outer)

    def _new_place(self, document: Document, pointer: str, raw: Json, resource: Resource) -> Place:
        place = Place(len(self.places), pointer, raw, document, resource)
        document.places[pointer] = place.number
        self.places.append(place)
        return place

    def resolve(self, place: Place, reference: str) -> tuple[Place, str | None]:
        """What a reference names, seen from a place, and the name if it is a dynamic anchor.

        Raises:
            UnresolvedReference: nothing.
        """
        base = place.resource.base
        uri, fragment = (base, reference[1:]) if reference.startswith("#") else fragment_of(resolved(base, reference))
        try:
            root = self.places[place.resource.root] if uri == base else self.find(uri)
            if root.document not in self.entered:
                self.entered.append(root.document)
            if not fragment:
                return root, None
            if fragment.startswith("/"):
                return self._descend(root, steps(fragment)), None
            return self._anchor(root, unquote(fragment))
        except LookupError as error:
            raise UnresolvedReference(self.pointer(place), reference, reason=str(error.args[0])) from None

    def pointer(self, place: Place) -> str:
        """The place for messages and reports."""
        return f"{place.document.uri}#{place.pointer}" if place.document.uri else place.pointer

    def index(self, document: Document) -> None:
        """Find the names in a document."""
        if document.indexed:
            return
        document.indexed = True
        waiting = [self.places[document.places[""]]]
        while waiting:
            place = waiting.pop()
            if type(place.raw) is dict:
                self._note_names(place)
                waiting += [
                    self.place(document, place.pointer + suffix, raw, place.resource)
                    for suffix, raw in _subschemas(place.raw, place.resource.dialect)
                ]

    def everything(self) -> Iterator[Place]:
        """Every subschema of the documents that references led to, those included that they lead to meanwhile."""
        for document in self.entered:
            self.index(document)
            yield from [self.places[number] for number in [*document.places.values()]]

    def find(self, uri: str) -> Place:
        """The root of the resource with a URI.

        Raises:
            LookupError: there is none, or more than one.
        """
        if uri not in self._roots:
            self._look_for(uri)
        if uri in self._repeated:
            raise LookupError(f"more than one schema is named {uri!r}")
        if uri not in self._roots:
            known = ", ".join(map(repr, sorted(filter(None, self._roots))[:8])) or "none"
            raise LookupError(f"there is no document {uri!r}; documents are never fetched, pass it in `resources` (known: {known})")
        return self.places[self._roots[uri]]

    def _look_for(self, uri: str) -> None:
        """Load and index documents until one is known by the URI, or all are."""
        if uri in self._given:
            self._load(uri, self._given[uri])
            return
        for document in [*self._documents]:
            self.index(document)
        for other in self._given:
            if uri not in self._roots and other not in self._roots:
                self.index(self._load(other, self._given[other]).document)
        if uri not in self._roots and uri.startswith(_METASCHEMAS):
            metaschema = _published(uri)
            if metaschema is not None:
                self._load(uri, metaschema)

    def _load(self, uri: str, schema: object) -> Place:
        """Read a document; its root is known by where it was found and by its own name."""
        try:
            value, dynamic = source(schema)
        except InvalidSchema as error:
            raise (InvalidSchema(f"{uri}#{error.pointer}", error.fault) if uri else error) from None
        document, named = Document(uri, dynamic), value if type(value) is dict else {}
        self._documents.append(document)
        dialect = self._dialect(named.get("$schema"), f"{uri}#" if uri else "", self._default)
        root = self._new_place(document, "", value, self._new_resource(resolved(uri, _identifier(named, dialect)), dialect))
        self._roots.setdefault(uri, root.number)
        return root

    def _inner_resource(self, raw: Json, identifier: str, outer: Resource) -> Resource:
        dialect = self._dialect(raw.get("$schema"), outer.base, outer.dialect)
        return self._new_resource(resolved(outer.base, identifier), dialect)

    def _new_resource(self, base: str, dialect: Dialect) -> Resource:
        """A resource whose root is the place that is made next."""
        base = base.removesuffix("#")
        if base in self._roots:
            self._repeated.add(base)
        self._roots.setdefault(base, len(self.places))
        self.resources.append(Resource(len(self.resources), base, len(self.places), dialect))
        return self.resources[-1]

    def _dialect(self, named: Json, pointer: str, usual: Dialect) -> Dialect:
        """The dialect that a `$schema` names, where there is one."""
        if type(named) is not str:
            return usual
        known = dialect_named(named)
        if known is not None:
            return known
        if named.rstrip("#").partition("://")[2] in UNSUPPORTED:
            raise UnsupportedKeyword(f"{pointer}/$schema", "$schema", reason=f"{named} is older than draft 4", instead="use draft 2020-12")
        metaschema = self._given.get(named.removesuffix("#"))
        if metaschema is None:
            return TOLERANT
        return self._custom(source(metaschema).value, pointer)

    def _custom(self, metaschema: Json, pointer: str) -> Dialect:
        """The dialect of a metaschema that the caller gave: a known draft with the vocabularies that it lists."""
        named = metaschema if type(metaschema) is dict else {}
        usual = dialect_named(str(named.get("$schema"))) or TOLERANT
        vocabularies = named.get("$vocabulary")
        if type(vocabularies) is not dict:
            return usual
        unknown = [uri for uri, required in vocabularies.items() if required is not False and uri not in VOCABULARY_URIS]
        if unknown:
            raise UnsupportedKeyword(f"{pointer}/$schema", "$vocabulary", reason=f"the vocabulary {unknown[0]} is required and not known")
        return usual.of_vocabularies(VOCABULARY_URIS[uri] for uri in vocabularies if uri in VOCABULARY_URIS)

    def _anchor(self, root: Place, name: str) -> tuple[Place, str | None]:
        self.index(root.document)
        resource = root.resource
        number = resource.anchors.get(name)
        if number is None:
            known = ", ".join(map(repr, sorted(resource.anchors)[:8])) or "none"
            raise LookupError(f"{resource.base or 'the schema'} has no anchor {name!r} (it has: {known})")
        if number == _SEVERAL:
            raise LookupError(f"more than one schema of {resource.base or 'the document'} has the anchor {name!r}")
        return self.places[number], name if resource.dynamic.get(name) == number else None

    def _note_names(self, place: Place) -> None:
        raw, resource = place.raw, place.resource
        old = raw.get(resource.dialect.identifier)
        if resource.dialect.tolerant and type(raw.get("id")) is str:
            self._note_stray(place, raw["id"])
        if resource.dialect.year < 2019 and type(old) is str and old.startswith("#"):
            _note(resource.anchors, old[1:], place.number)
        for keyword in ("$anchor", "$dynamicAnchor"):
            if type(raw.get(keyword)) is str and keyword in resource.dialect.roles:
                _note(resource.anchors, raw[keyword], place.number)
        if type(raw.get("$dynamicAnchor")) is str and "$dynamicAnchor" in resource.dialect.roles:
            _note(resource.dynamic, raw["$dynamicAnchor"], place.number)
        if raw.get("$recursiveAnchor") is True and place.number == resource.root and "$recursiveAnchor" in resource.dialect.roles:
            resource.dynamic[RECURSIVE] = place.number

    def _note_stray(self, place: Place, identifier: str) -> None:
        """An `id` in a schema that names no draft: references find it, but it changes no base."""
        if identifier.startswith("#"):
            place.resource.anchors.setdefault(identifier[1:], place.number)
        else:
            self._roots.setdefault(resolved(place.resource.base, identifier).removesuffix("#"), place.number)

    def _descend(self, root: Place, path: list[str]) -> Place:
        """The schema at a JSON pointer below the root of a resource.

        Raises:
            LookupError: there is none.
        """
        raw, pointer, resource, inside = root.raw, root.pointer, root.resource, Role.SCHEMA
        for step in path:
            role = resource.dialect.roles.get(step) if inside is Role.SCHEMA and type(raw) is dict else None
            raw = _step(raw, step, pointer)
            pointer = f"{pointer}/{escaped(step)}"
            if inside is Role.MEMBERS or role is Role.SCHEMA or (role is Role.ITEMS and type(raw) is not list):
                inside, resource = Role.SCHEMA, self.place(root.document, pointer, raw, resource).resource
            else:
                inside = Role.MEMBERS if role in _CONTAINERS else Role.VALUE
        if type(raw) is not dict and type(raw) is not bool:
            raise LookupError(f"{pointer} is {kind_of(raw)}, and no schema")
        return self.place(root.document, pointer, raw, resource)


def _step(raw: Json, step: str, pointer: str) -> Json:
    if type(raw) is dict and step in raw:
        return raw[step]
    if type(raw) is list and step.isascii() and step.isdigit() and int(step) < len(raw) and str(int(step)) == step:
        return raw[int(step)]
    names = ", ".join(map(repr, list(raw)[:8])) if type(raw) is dict and raw else ""
    raise LookupError(f"there is no {step!r} in #{pointer}" + (f", which has {names}" + (", ..." if len(raw) > 8 else "") if names else ""))


def _subschemas(raw: dict[str, Json], dialect: Dialect) -> Iterator[tuple[str, Json]]:
    """The subschemas of a schema, with what leads to them."""
    for keyword, value in raw.items():
        role = dialect.roles.get(keyword)
        if role is Role.SCHEMA or (role is Role.ITEMS and type(value) is not list):
            yield f"/{keyword}", value
        elif role in _CONTAINERS:
            parts = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
            for step, part in parts:
                if role is not Role.DEPENDENCIES or type(part) is not list:
                    yield f"/{keyword}/{escaped(str(step))}", part


def _identifier(raw: dict[str, Json], dialect: Dialect) -> str:
    """The URI that a schema gives itself, or nothing."""
    if dialect.lone_references and "$ref" in raw:
        return ""
    found = raw.get(dialect.identifier)
    return "" if type(found) is not str or found.startswith("#") else fragment_of(found)[0]


def _note(names: dict[str, int], name: str, number: int) -> None:
    names[name] = _SEVERAL if name in names and names[name] != number else number


def _published(uri: str) -> Json:
    """A metaschema of a published draft, if the package that carries them is installed."""
    try:
        from jsonschema_specifications import REGISTRY
    except ImportError:
        return None
    found = REGISTRY.get(uri) or REGISTRY.get(f"{uri}#")
    return found and found.contents
