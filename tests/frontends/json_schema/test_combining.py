"""The algebra of sets of JSON values: meets, joins and complements have the members that set theory says.

Who is a member of a set is decided from the definitions of its parts, one by one; and jsonschema is the second referee.
"""

import json
from decimal import Decimal
from itertools import combinations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import fsmgen
from fsmgen.cli.referee import Referee
from fsmgen.errors import EmptyLanguage, UnsupportedKeyword
from fsmgen.frontends.json_schema.combining import join
from fsmgen.frontends.json_schema.documents import Documents
from fsmgen.frontends.json_schema.expansion import Expansion, Reading
from fsmgen.frontends.json_schema.nodes import both, frozen
from fsmgen.frontends.json_schema.values import ALL, NOTHING

NAMES = ["a", "b", "ab", "c"]
scalars = st.sampled_from([None, False, True, 0, 1, 2, -1, 2.5, 10, "", "a", "b", "ab", "é"])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), max_leaves=5
)
types = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
counts, patterns = st.integers(0, 3), st.sampled_from(["^a", "b$", "^[ab]*$", "^(?!a)"])


def schemas_of(inner):
    """Schemas that say one or two things of a value and its parts, which are `inner` ones."""
    keywords = {
        "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
        "enum": st.lists(values, min_size=1, max_size=3),
        "const": values,
        "minimum": counts, "exclusiveMaximum": counts, "multipleOf": st.sampled_from([2, 0.5]),
        "minLength": counts, "maxLength": counts, "pattern": patterns,
        "prefixItems": st.lists(inner, min_size=1, max_size=2), "items": inner, "contains": inner,
        "minContains": counts, "maxContains": counts, "minItems": counts, "maxItems": counts, "uniqueItems": st.just(True),
        "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
        "patternProperties": st.dictionaries(patterns, inner, max_size=2),
        "additionalProperties": inner, "propertyNames": inner, "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        "minProperties": counts, "maxProperties": counts,
        "not": inner, "allOf": st.lists(inner, min_size=1, max_size=2), "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=3), "if": inner, "then": inner, "else": inner,
    }  # fmt: skip
    pairs = [st.tuples(st.just(name), part) for name, part in keywords.items()]
    return st.booleans() | st.lists(st.one_of(pairs), min_size=1, max_size=3).map(dict)


schemas = schemas_of(schemas_of(schemas_of(st.booleans())))
quick = settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


class Sets:
    """The sets of some schemas, over one expansion, and who is a member of them."""

    def __init__(self, *parts):
        documents = Documents({"anyOf": [True, *parts]})
        self.expansion = Expansion(documents, Reading())
        self.algebra = self.expansion.algebra
        places = [documents.child(documents.root, "anyOf", i + 1) for i in range(len(parts))]
        self.nodes = [self.expansion.node(place, documents.start) for place in places]
        self.values = [self.expansion.expand(node) for node in self.nodes]

    def has(self, found, value):
        """Whether a value is in a set of values, as the definitions of its parts say."""
        match value:
            case None:
                return found.null
            case bool():
                return value in found.booleans
            case int() | float():
                return found.numbers.contains(Decimal(repr(value)))
            case str():
                return found.strings.contains(value)
            case list():
                return any(self.has_array(spec, value) for spec in found.arrays)
        return any(self.has_object(spec, value) for spec in found.objects)

    def of_node(self, node, value):
        return self.has(self.expansion.expand(node), value)

    def has_array(self, spec, items):
        if not spec.low <= len(items) or (spec.high is not None and len(items) > spec.high):
            return False
        for part in spec.containing:
            count = sum(self.of_node(part.node, item) for item in items[part.start :])
            if count < part.low or (part.high is not None and count > part.high):
                return False
        unique = len({frozen(item) for item in items}) == len(items)
        return spec.unique in (None, unique) and all(self.of_node(spec.of(i), item) for i, item in enumerate(items))

    def has_object(self, spec, members):
        if not spec.low <= len(members) or (spec.high is not None and len(members) > spec.high) or not spec.required <= members.keys():
            return False
        for names, node in spec.some:
            if not any(names.contains(name) and self.of_node(node, value) for name, value in members.items()):
                return False
        return all(self.of_node(spec.of(name), value) for name, value in members.items())


def sets_of(*parts):
    """The sets of some schemas; a schema that is refused is not looked at."""
    try:
        return Sets(*parts)
    except UnsupportedKeyword:
        assume(False)


@quick
@given(schemas, st.lists(values, min_size=5, max_size=15))
def test_a_schema_has_the_instances_that_jsonschema_says(schema, tried):
    sets, referee = sets_of(schema), Referee(schema)
    for value in tried:
        assert sets.has(sets.values[0], value) == (referee.complaint(json.dumps(value)) is None), value


@quick
@given(schemas, schemas, st.lists(values, min_size=5, max_size=15))
def test_sets_are_combined_as_set_theory_says(one, other, tried):
    sets = sets_of(one, other)
    a, b = sets.values
    algebra = sets.algebra
    try:
        neither = algebra.complement(join(a, b))
        less = algebra.meet(a, algebra.complement(b))
        by_nodes = sets.expansion.expand(both(sets.nodes[0], sets.expansion.terms.negated(sets.nodes[1])))
    except UnsupportedKeyword:
        assume(False)
    for value in tried:
        in_a, in_b = sets.has(a, value), sets.has(b, value)
        assert sets.has(algebra.meet(a, b), value) == (in_a and in_b), value
        assert sets.has(join(a, b), value) == (in_a or in_b), value
        assert sets.has(neither, value) == (not in_a and not in_b), value
        assert sets.has(less, value) == sets.has(by_nodes, value) == (in_a and not in_b), value


@quick
@given(schemas, st.lists(values, min_size=5, max_size=15))
def test_a_set_and_its_complement_are_all_and_share_nothing(schema, tried):
    sets = sets_of(schema)
    [a] = sets.values
    try:
        rest = sets.algebra.complement(a)
        everything, nothing, again = join(a, rest), sets.algebra.meet(a, rest), sets.algebra.complement(rest)
    except UnsupportedKeyword:
        assume(False)
    for value in tried:
        assert sets.has(everything, value) and not sets.has(nothing, value), value
        assert sets.has(again, value) == sets.has(a, value), value


def test_everything_and_nothing_are_each_others_complement():
    algebra = Sets().algebra
    assert algebra.complement(ALL) == NOTHING and algebra.complement(NOTHING) == ALL
    assert algebra.meet(ALL, NOTHING) == NOTHING and join(ALL, NOTHING) == ALL


@quick
@given(st.lists(schemas, min_size=2, max_size=3), st.lists(values, min_size=3, max_size=8))
def test_what_is_seen_to_be_disjoint_covered_or_empty_is(parts, tried):
    sets = sets_of(*parts)
    for (one, a), (other, b) in combinations(zip(sets.nodes, sets.values, strict=True), 2):
        for value in tried:
            in_a, in_b = sets.has(a, value), sets.has(b, value)
            assert not (in_a and in_b and sets.expansion.disjoint(a, b)), value
            assert not (in_a and not in_b and sets.expansion.covered(one, other)), value
            assert not (in_a and sets.expansion.is_empty(one)), value


@settings(quick, max_examples=60)
@given(schemas, st.lists(values, min_size=5, max_size=15))
def test_texts_are_those_of_the_members(schema, tried):
    sets = sets_of(schema)
    try:
        states = fsmgen.json_schema(schema, order="free").grammar.automaton("")
    except UnsupportedKeyword:
        assume(False)
    except EmptyLanguage:
        states = None
    for value in tried:
        taken = states is not None and states.accepting(states.run(states.start, json.dumps(value, ensure_ascii=False).encode()))
        assert taken == sets.has(sets.values[0], value), value
