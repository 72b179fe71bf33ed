"""A schema of an older draft, read in today's words, decides as `jsonschema` does by that draft."""

import random

import jsonschema
import pytest

from tests.frontends.json_schema.twin import accepts

DRAFTS = {
    "http://json-schema.org/draft-04/schema#": jsonschema.Draft4Validator,
    "http://json-schema.org/draft-06/schema#": jsonschema.Draft6Validator,
    "http://json-schema.org/draft-07/schema": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
}
ALWAYS = ("type", "enum", "items", "properties", "required", "additionalProperties", "allOf", "anyOf", "not", "bounds", "$ref", "stray")
SOME = (
    "const", "contains", "propertyNames", "if", "then", "else", "additionalItems", "minContains", "dependentRequired", "dependencies",
    "unevaluatedItems", "unevaluatedProperties", "prefixItems", "dependentSchemas",
)  # fmt: skip
NAMES = ("a", "b", "c")


class Drawing:
    """Random schemas with the keywords of a draft, and keywords that it does not know."""

    def __init__(self, uri, seed):
        self.uri, self.random = uri, random.Random(seed)
        self.year = {"4": 4, "6": 6, "7": 7, "9": 2019, "2": 2020}[uri.removesuffix("#").removesuffix("/schema")[-1]]

    def whole(self):
        definitions = {name: self.schema(1) for name in NAMES}
        schema = self.schema(3)
        return {**(schema if isinstance(schema, dict) else {"not": {}}), "definitions": definitions, "$schema": self.uri}

    def schema(self, depth):
        if depth == 0 or self.random.random() < 0.1:
            return self.leaf()
        schema = {}
        for keyword in self.random.sample(ALWAYS + SOME, self.random.randint(1, 4)):
            if not self.misread(keyword):
                schema |= self.keyword(keyword, depth - 1)
        return schema

    def misread(self, keyword):
        """Whether jsonschema departs from the draft: in 2019-09 additional properties are evaluated, what `contains` finds is not."""
        return (keyword == "dependencies" and self.year > 7) or (keyword.startswith("unevaluated") and self.year == 2019)

    def leaf(self):
        kinds = [{"type": "integer"}, {"type": "string"}, {"enum": [1, "x", None]}, {"type": ["array", "object"]}, {}]
        return self.random.choice([*kinds, True, False] if self.year > 4 else kinds)

    def keyword(self, keyword, depth):
        draw = self.random
        if keyword in ("allOf", "anyOf", "prefixItems"):
            return {keyword: [self.schema(depth) for _ in range(draw.randint(1, 2))]}
        if keyword in ("properties", "dependentSchemas"):
            return {keyword: {name: self.schema(depth) for name in draw.sample(NAMES, 2)}}
        if keyword == "dependencies":
            return {keyword: {"a": ["b"], "b": self.schema(depth)}}
        if keyword == "items":
            return {keyword: [self.schema(depth), self.schema(depth)] if self.year < 2020 and draw.random() < 0.6 else self.schema(depth)}
        if keyword == "bounds":
            return {"minimum": 1, "exclusiveMinimum": draw.random() < 0.5} if self.year == 4 else {"minimum": 1, "exclusiveMinimum": 1}
        return {keyword: self.plain(keyword, depth)}

    def plain(self, keyword, depth):
        draw = self.random
        match keyword:
            case "type":
                return draw.choice(["integer", "string", "array", "object", ["array", "object", "null"]])
            case "enum":
                return draw.choice([[1, 2, "x"], [[], {"a": 1}, None], [True, 0]])
            case "const":
                return draw.choice([1, "x", [], {"a": 1}, False])
            case "required" | "dependentRequired":
                return [draw.choice(NAMES)] if keyword == "required" else {draw.choice(NAMES): [draw.choice(NAMES)]}
            case "minContains":
                return draw.randint(0, 2)
            case "$ref":
                return f"#/definitions/{draw.choice(NAMES)}" if depth else "#/definitions/a"
            case "stray":
                return {"type": 5}
        return self.schema(depth)

    def instance(self, depth):
        draw = self.random
        if depth == 0 or draw.random() < 0.3:
            return draw.choice([0, 1, 2, "x", "a", None, True, False, 1.5])
        if draw.random() < 0.5:
            return [self.instance(depth - 1) for _ in range(draw.randint(0, 3))]
        return {name: self.instance(depth - 1) for name in draw.sample(NAMES, draw.randint(0, 3))}


@pytest.mark.parametrize("uri", DRAFTS)
def test_every_draft_decides_as_jsonschema_does(uri):
    decided = {True: 0, False: 0}
    for seed in range(400):
        drawing = Drawing(uri, seed)
        schema = drawing.whole()
        validator = DRAFTS[uri](schema)
        for instance in [drawing.instance(2) for _ in range(8)]:
            try:
                expected, ours = validator.is_valid(instance), accepts(schema, instance)
            except RecursionError:  # a reference leads back to itself in place
                continue
            assert ours == expected, (schema, instance)
            decided[expected] += 1
    assert min(decided.values()) > 300
