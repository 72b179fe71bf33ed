"""What the keywords of a schema ask for by themselves, as sets of values: all but combinations in place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

from fsmgen.errors import InvalidPattern, InvalidSchema, LimitReached, UnsupportedFeature
from fsmgen.frontends.json_schema.combining import joined
from fsmgen.frontends.json_schema.documents import Keywords, Location, Scope
from fsmgen.frontends.json_schema.formats import reason, restriction
from fsmgen.frontends.json_schema.listed import values_of
from fsmgen.frontends.json_schema.nodes import ANY, NONE, both
from fsmgen.frontends.json_schema.numbers import NumberSet
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import (
    ALL,
    ANY_ARRAY,
    ANY_OBJECT,
    BOOLEANS,
    ArraySpec,
    Clause,
    Containing,
    ObjectSpec,
    Values,
)

if TYPE_CHECKING:
    from fsmgen.frontends.json_schema.expansion import Expansion

NUMERIC = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
TEXTUAL = frozenset({"minLength", "maxLength", "pattern", "format"})
ARRAY = frozenset({"prefixItems", "items", "minItems", "maxItems", "contains", "uniqueItems"})
OBJECT = frozenset(
    {"properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties", "maxProperties"}
)


class Assertions:
    """Reads them for an expansion."""

    def __init__(self, expansion: Expansion) -> None:
        self.expansion = expansion

    def asserted(self, at: Location, scope: Scope, keywords: Keywords, *, strict: bool = False) -> Values:
        """The values that satisfy the keywords of a schema that are not combinations in place.

        Args:
            strict: whether nothing may be left out, since the other values are asked for.
        """
        types = keywords.get("type")
        values = ALL if types is None else _TYPES[types] if types in _TYPES else joined(_TYPES[name,] for name in types)
        if "enum" in keywords or "const" in keywords:
            with self.expansion.explained(at, "enum" if "enum" in keywords else "const"):
                for listed in (keywords.get("enum"), [keywords["const"]] if "const" in keywords else None):
                    values = values if listed is None else self.expansion.algebra.meet(values, values_of(self.expansion.terms, listed))
        found = keywords.keys()
        numbers, strings, arrays, objects = values.numbers, values.strings, values.arrays, values.objects
        if not NUMERIC.isdisjoint(found):
            with self.expansion.explained(at, "multipleOf" if "multipleOf" in found else "minimum"):
                numbers = numbers.meet(_numbers(keywords))
        if not TEXTUAL.isdisjoint(found):
            strings = strings.meet(self._strings(at, keywords, strict=strict))
        if arrays and not ARRAY.isdisjoint(found):
            arrays = self.expansion.algebra.both_arrays(arrays, (self._array(scope, keywords),))
        if objects and not OBJECT.isdisjoint(found):
            objects = self.expansion.algebra.both_objects(objects, (self._object(at, scope, keywords),))
        return Values(values.null, values.booleans, numbers, strings, arrays, objects) if found - {"type", "enum", "const"} else values

    def _strings(self, at: Location, keywords: Keywords, *, strict: bool) -> StringSet:
        strings = StringSet.ANY
        if "minLength" in keywords or "maxLength" in keywords:
            low, high = keywords.get("minLength", 0), keywords.get("maxLength")
            strings = StringSet.NONE if high is not None and high < low else StringSet.of_length(low, high)
        if "pattern" in keywords:
            strings = strings.meet(self._pattern(at, "pattern", keywords["pattern"], strict=strict))
        if "format" in keywords and self.expansion.reading.assert_formats:
            strings = strings.meet(self._format(at, keywords["format"], strict=strict))
        elif "format" in keywords:
            self.expansion.documents.report.note(at, "format", "annotation", "formats are not asserted")
        return strings

    def _pattern(self, at: Location, keyword: str, pattern: str, *, strict: bool) -> StringSet:
        try:
            return StringSet.of_pattern(pattern)
        except InvalidPattern as error:
            raise InvalidSchema(self.expansion.documents.pointer(at, keyword), f"not a pattern: {error}") from None
        except UnsupportedFeature as error:
            self.expansion.leave_out(at, keyword, str(error), error.instead, strict=strict)
        except LimitReached as error:
            self.expansion.leave_out(at, keyword, str(error), "a pattern with a smaller automaton", strict=strict)
        return StringSet.ANY

    def _format(self, at: Location, name: str, *, strict: bool) -> StringSet:
        known = StringSet.of_format(name)
        if known is not None:
            if (lacking := restriction(name)) is not None:
                if strict:
                    why = f"format {name!r}, which must not hold here: {lacking}"
                    self.expansion.leave_out(at, "format", why, 'format="annotate"', strict=True)
                self.expansion.narrow()
                self.expansion.documents.report.note(at, "format", "narrowed", lacking)
            return known
        why = reason(name)
        if name in ("regex", "idn-hostname"):
            self.expansion.leave_out(at, "format", f"format {name!r}: {why}", 'format="annotate"', strict=strict)
        else:
            self.expansion.documents.report.note(at, "format", "annotation", why)
        return StringSet.ANY

    def _array(self, scope: Scope, keywords: Keywords) -> ArraySpec:
        prefix = tuple(self.expansion.node(part, scope) for part in keywords.get("prefixItems", ()))
        rest = self.expansion.node(keywords["items"], scope) if "items" in keywords else ANY
        containing: tuple[Containing, ...] = ()
        if "contains" in keywords:
            low, high = keywords.get("minContains", 1), keywords.get("maxContains")
            if low or high is not None:
                containing = (Containing(0, self.expansion.node(keywords["contains"], scope), low, high),)
        unique = True if keywords.get("uniqueItems") else None
        return ArraySpec(prefix, rest, keywords.get("minItems", 0), keywords.get("maxItems"), containing, unique)

    def _object(self, at: Location, scope: Scope, keywords: Keywords) -> ObjectSpec:
        clauses = self._clauses(at, scope, keywords)
        patterns = ObjectSpec(others=tuple(clauses))
        declared = {name: self.expansion.node(part, scope) for name, part in keywords.get("properties", {}).items()}
        if clauses:
            declared = {name: both(node, patterns.of(name)) for name, node in declared.items()}
        if "additionalProperties" in keywords and (node := self.expansion.node(keywords["additionalProperties"], scope)):
            matched = [names for names, _ in clauses]
            rest = reduce(StringSet.join, matched, StringSet.NONE).complement() if matched else StringSet.ANY
            clauses.append((rest, node))
        named = self.expansion.node(keywords["propertyNames"], scope) if "propertyNames" in keywords else ANY
        if named and (names := self.expansion.expand(named).strings) != StringSet.ANY:
            clauses.append((names.complement(), NONE))
            declared = {name: node if names.contains(name) else NONE for name, node in declared.items()}
        described = ObjectSpec(others=tuple(clauses))
        required = keywords.get("required", ())
        declared |= {name: described.of(name) for name in required if name not in declared}
        low, high = keywords.get("minProperties", 0), keywords.get("maxProperties")
        return ObjectSpec(declared, described.others, frozenset(required), low, high)

    def _clauses(self, at: Location, scope: Scope, keywords: Keywords) -> list[Clause]:
        patterns = keywords.get("patternProperties", {}).items()
        names = (self._pattern(at, "patternProperties", pattern, strict=True) for pattern, _ in patterns)
        return list(zip(names, (self.expansion.node(part, scope) for _, part in patterns), strict=True))


def _numbers(keywords: Keywords) -> NumberSet:
    numbers = NumberSet.ANY
    low, above = keywords.get("minimum"), keywords.get("exclusiveMinimum")
    high, below = keywords.get("maximum"), keywords.get("exclusiveMaximum")
    if low is not None or high is not None:
        numbers = NumberSet.of_range(low, high)
    if above is not None or below is not None:
        numbers = numbers.meet(NumberSet.of_range(above, below, low_open=True, high_open=True))
    if "multipleOf" in keywords:
        numbers = numbers.meet(NumberSet.of_multiple(keywords["multipleOf"]))
    return numbers


_TYPES: Mapping[tuple[str, ...], Values] = {
    ("null",): Values(null=True),
    ("boolean",): Values(booleans=BOOLEANS),
    ("integer",): Values(numbers=NumberSet.INTEGERS),
    ("number",): Values(numbers=NumberSet.ANY),
    ("string",): Values(strings=StringSet.ANY),
    ("array",): Values(arrays=(ANY_ARRAY,)),
    ("object",): Values(objects=(ANY_OBJECT,)),
}
