"""A slow, obvious validator over `Documents`: each keyword as the specification words it. Formats are annotations here."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import regex

from fsmgen.frontends.json_schema.documents import Documents


def value(text):
    """A JSON text with exact numbers."""
    return json.loads(text, parse_float=Decimal)


def accepts(schema, instance, resources=None):
    """Whether the schema says that the instance is valid."""
    documents = Documents(schema, resources)
    return evaluate(documents, documents.root, documents.start, instance) is not None


def canonical(instance):
    """A hashable that is equal for equal JSON values: 1 and 1.0 are, 1 and true are not."""
    if isinstance(instance, bool) or instance is None:
        return ("word", str(instance))
    if isinstance(instance, (int, float, Decimal)):
        return ("number", Decimal(repr(instance)) if isinstance(instance, float) else Decimal(instance))
    if isinstance(instance, (list, tuple)):
        return ("array", tuple(map(canonical, instance)))
    if isinstance(instance, dict):
        return ("object", frozenset((name, canonical(part)) for name, part in instance.items()))
    return ("string", instance)


def types_of(instance):
    """The names of the types that a value is of."""
    kind, data = canonical(instance)
    if kind == "word":
        return {"null"} if data == "None" else {"boolean"}
    return {"number", "integer"} if kind == "number" and data == data.to_integral_value() else {kind}


@dataclass
class Evaluated:
    """The names and positions that were evaluated."""

    names: set = field(default_factory=set)
    positions: set = field(default_factory=set)

    def add(self, other):
        self.names |= other.names
        self.positions |= other.positions


def evaluate(documents, at, scope, instance):
    """What was evaluated, or None if the instance is not valid."""
    schema, scope = documents.keywords(at), documents.scope(scope, at)
    if isinstance(schema, bool):
        return Evaluated() if schema else None
    return Evaluation(documents, at, schema, scope, instance).result()


class Evaluation:
    def __init__(self, documents, at, schema, scope, instance):
        self.documents, self.at, self.schema, self.scope, self.instance = documents, at, schema, scope, instance
        self.seen = Evaluated()

    def result(self):
        for check in (self.values, self.numbers, self.strings, self.applicators, self.arrays, self.objects, self.unevaluated):
            if not check():
                return None
        return self.seen

    def below(self, location, instance):
        return evaluate(self.documents, location, self.scope, instance) is not None

    def here(self, location, scope=None):
        return evaluate(self.documents, location, self.scope if scope is None else scope, self.instance)

    def all_here(self, locations):
        """Whether all hold; then what they evaluated counts."""
        results = [self.here(location) for location in locations]
        for found in results:
            if found is not None:
                self.seen.add(found)
        return all(found is not None for found in results)

    def values(self):
        schema, kinds = self.schema, types_of(self.instance)
        return (
            ("type" not in schema or bool(kinds & set(schema["type"])))
            and ("const" not in schema or canonical(schema["const"]) == canonical(self.instance))
            and ("enum" not in schema or canonical(self.instance) in set(map(canonical, schema["enum"])))
        )

    def numbers(self):
        if "number" not in types_of(self.instance):
            return True
        number, schema = canonical(self.instance)[1], self.schema
        return (
            number >= schema.get("minimum", -math.inf)
            and number <= schema.get("maximum", math.inf)
            and number > schema.get("exclusiveMinimum", -math.inf)
            and number < schema.get("exclusiveMaximum", math.inf)
            and ("multipleOf" not in schema or (Fraction(number) / Fraction(schema["multipleOf"])).denominator == 1)
        )

    def strings(self):
        if not isinstance(self.instance, str):
            return True
        schema = self.schema
        return schema.get("minLength", 0) <= len(self.instance) <= schema.get("maxLength", math.inf) and (
            "pattern" not in schema or regex.search(schema["pattern"], self.instance) is not None
        )

    def applicators(self):
        schema = self.schema
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                found = self.here(*self.documents.target(self.at, keyword, self.scope))
                if found is None:
                    return False
                self.seen.add(found)
        if not self.all_here(schema.get("allOf", ())):
            return False
        if "anyOf" in schema:
            holding = [location for location in schema["anyOf"] if self.here(location) is not None]
            if not holding or not self.all_here(holding):
                return False
        if "oneOf" in schema:
            holding = [location for location in schema["oneOf"] if self.here(location) is not None]
            if len(holding) != 1 or not self.all_here(holding):
                return False
        if "not" in schema and self.here(schema["not"]) is not None:
            return False
        if "if" in schema:
            holds = self.all_here([schema["if"]]) if self.here(schema["if"]) is not None else False
            branch = "then" if holds else "else"
            return branch not in schema or self.all_here([schema[branch]])
        return True

    def arrays(self):
        if not isinstance(self.instance, list):
            return True
        schema, items = self.schema, self.instance
        prefix = schema.get("prefixItems", ())
        if not schema.get("minItems", 0) <= len(items) <= schema.get("maxItems", math.inf):
            return False
        if schema.get("uniqueItems") and len(set(map(canonical, items))) < len(items):
            return False
        for i, item in enumerate(items):
            location = prefix[i] if i < len(prefix) else schema.get("items")
            if location is not None:
                if not self.below(location, item):
                    return False
                self.seen.positions.add(i)
        if "contains" in schema:
            found = {i for i, item in enumerate(items) if self.below(schema["contains"], item)}
            if self.documents.dialect(self.at).year >= 2020:
                self.seen.positions |= found
            return schema.get("minContains", 1) <= len(found) <= schema.get("maxContains", math.inf)
        return True

    def objects(self):
        if not isinstance(self.instance, dict):
            return True
        schema, members = self.schema, self.instance
        if not schema.get("minProperties", 0) <= len(members) <= schema.get("maxProperties", math.inf):
            return False
        if any(name not in members for name in schema.get("required", ())):
            return False
        required = [other for name, others in schema.get("dependentRequired", {}).items() if name in members for other in others]
        if any(name not in members for name in required):
            return False
        if not self.all_here(location for name, location in schema.get("dependentSchemas", {}).items() if name in members):
            return False
        return all(self.member(name, part) for name, part in members.items())

    def member(self, name, part):
        schema = self.schema
        if "propertyNames" in schema and not self.below(schema["propertyNames"], name):
            return False
        locations = [schema["properties"][name]] if name in schema.get("properties", {}) else []
        locations += [location for pattern, location in schema.get("patternProperties", {}).items() if regex.search(pattern, name)]
        if not locations and "additionalProperties" in schema:
            locations = [schema["additionalProperties"]]
        if locations:
            self.seen.names.add(name)
        return all(self.below(location, part) for location in locations)

    def unevaluated(self):
        schema = self.schema
        if "unevaluatedItems" in schema and isinstance(self.instance, list):
            for i in set(range(len(self.instance))) - self.seen.positions:
                if not self.below(schema["unevaluatedItems"], self.instance[i]):
                    return False
                self.seen.positions.add(i)
        if "unevaluatedProperties" in schema and isinstance(self.instance, dict):
            for name in self.instance.keys() - self.seen.names:
                if not self.below(schema["unevaluatedProperties"], self.instance[name]):
                    return False
                self.seen.names.add(name)
        return True
