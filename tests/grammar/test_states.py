"""The lazily built automaton of a grammar decides every string as the fixpoint over spans does."""

from __future__ import annotations

import itertools
import random

import pytest

from fsmgen.automata import DEAD, Call, Choice, Expression, Repeat, Sequence, Words, choice, repeat, sequence, text
from fsmgen.automata.expression import Characters, Escaped, Layered, Table, names
from fsmgen.automata.quoted import Quoted, Signs, Unlisted
from fsmgen.errors import TableFull
from fsmgen.grammar import States
from fsmgen.grammar.completion import complete
from fsmgen.grammar.grammar import replaced
from fsmgen.grammar.network import lower
from tests.reference import SpanTwin

STRINGS = [bytes(letters) for length in range(6) for letters in itertools.product(b"ab", repeat=length)]
COUNTS = [(0, None), (1, None), (0, 1), (2, 3), (2, None), (0, 5), (3, 5), (4, 4)]


def random_expression(generator: random.Random, rules: list[str], depth: int) -> Expression:
    kind = generator.random()
    if depth == 0 or kind < 0.25:
        return Words(tuple(sorted(generator.sample([b"", b"a", b"b", b"ab", b"ba", b"aa"], generator.choice([1, 1, 1, 2])))))
    if kind < 0.5:
        return Call(generator.choice(rules))
    parts = [random_expression(generator, rules, depth - 1) for _ in range(generator.choice([2, 2, 3]))]
    if kind < 0.7:
        return sequence(parts)
    return choice(parts) if kind < 0.88 else repeat(parts[0], *generator.choice(COUNTS))


def random_grammar(seed: int) -> dict[str, Expression]:
    generator = random.Random(seed)
    rules = ["start", "x", "y", "z"][: generator.choice([1, 2, 3, 4])]
    return {rule: random_expression(generator, rules, generator.choice([1, 2, 3])) for rule in rules}


def check(rules: dict[str, Expression], strings: list[bytes] = STRINGS) -> None:
    states = States(lower(rules, "start"))
    for word in strings:
        twin, state = SpanTwin(rules, "start", word), states.run(states.start, word)
        assert (states.accepting(state), state != DEAD) == (twin.accepts, twin.is_prefix), (rules, word)


@pytest.mark.parametrize("block", range(10))
def test_random_grammars_decide_every_short_string_as_the_twin_does(block):
    for seed in range(20 * block, 20 * block + 20):
        check(random_grammar(seed))


A, B, E = Call("a"), Call("b"), Call("start")
NAMED = {
    "left recursion": {"start": choice([sequence([E, text("b")]), text("a")])},
    "ambiguous operators": {"start": choice([sequence([E, text("b"), E]), text("a")])},
    "doubling": {"start": choice([sequence([E, E]), text("a")])},
    "right recursion": {"start": choice([sequence([text("a"), E]), text("b")])},
    "nesting": {"start": choice([sequence([text("a"), E, text("b")]), text("")])},
    "hidden left recursion": {"start": choice([sequence([A, E, text("b")]), text("a")]), "a": choice([text(""), text("b")])},
    "indirect left recursion": {"start": choice([sequence([A, text("a")]), text("b")]), "a": choice([sequence([B, text("b")]), E]), "b": E},
    "unit cycle": {"start": choice([A, text("ab")]), "a": choice([B, text("b")]), "b": choice([E, text("a")])},
    "empty": {"start": Call("a"), "a": text("")},
    "nothing": {"start": Call("a"), "a": sequence([text("a"), Call("a")])},
    "start called at a beginning": {"start": sequence([text("a"), B, text("b")]), "b": choice([sequence([E, text("a")]), text("b")])},
    "palindromes": {"start": choice([sequence([text("a"), E, text("a")]), sequence([text("b"), E, text("b")]), text("")])},
    "counted rule": {"start": sequence([Repeat(Call("a"), 2, 6), text("b")]), "a": choice([text("ab"), text("a"), text("")])},
    "two left recursions": {
        "start": choice([sequence([E, text("a")]), sequence([A, text("b")]), text("a")]), "a": choice([sequence([E, A]), text("b")]),
    },
}  # fmt: skip


ESCAPED = {
    "start": Escaped(4, ord("b"), ((0, 97, 97, "a", 2), (0, 98, 98, "", 3), (2, 1, 0, "a", 3), (3, 97, 98, "start", 1)), ((2, E, 1),)),
    "a": choice([text("a"), sequence([text("bb"), A])]),
}


LAYERED = {
    "start": Layered(3, (0, 2), ((0, 97, 97, "a", 1), (1, 98, 98, "", 2), (2, 1, 0, "a", 0), (1, 97, 98, "start", 1)), 2, 5),
    "a": choice([text("bb"), sequence([text("b"), A])]),
}


WORDS_IN_LAYERS = {  # at most four words
    "start": Layered(
        8, (1, 3, 5, 7),
        tuple((at, letter, letter, "a" if letter == 32 else "", to) for at in range(8) for letter, to in (
            ((97, at), (32, min(at + 1, 7))) if at % 2 else ((97, at + 1), (32, at))
        )), 1, 20,
    ),
    "a": choice([text("bb"), sequence([text("b"), A])]),
}


SIGNS = Signs(ord('"'), ord("\\"), tuple(f"letter {letter}" for letter in range(128)))
LETTERS = {
    f"letter {i}": choice([text(f"u00{digits}") for digits in sorted({f"{i:02x}", f"{i:02X}"})] + [text(chr(i))] * (i in (34, 47, 92)))
    for i in range(128)
}
QUOTED = {
    "start": Quoted(
        4,
        ((0, b"a", 2), (0, b"ab", 3), (0, b"b/", 1), (2, b"", 3), (2, b'"', 1), (3, b"b", 1)),
        SIGNS,
        ((2, text(":"), 3), (3, E, 1)),
    ),
    **LETTERS,
}
UNLISTED = {
    "start": Unlisted(
        (b"", b"/j", b"ab", b"abc", b'b"', b"n"),
        SIGNS,
        ((2, text('"'), 1), (2, Characters(((97, 98),)), 2), (3, text("é"), 2)),
    ),
    **LETTERS,
}


@pytest.mark.parametrize("rules", [QUOTED, UNLISTED, {**UNLISTED, "start": Unlisted((b"a",), SIGNS, UNLISTED["start"].others)}])
def test_tables_of_words_in_quotes_are_what_they_stand_for(rules):
    table = rules["start"]
    assert set(names(table, Call)) >= set(names(Table(table.states, table.edges), Call)) - {"start"}
    first, second = (States(lower({**rules, "start": rule}, "start")) for rule in (table, Table(table.states, table.edges)))
    texts = ("a", "b", "c", "j", "n", "/", "é", '"', ":", "\\", "\\u006", "\\u00", "1", "2", "a", "A", "\\n", "\\u002", "F")
    for parts in itertools.product(texts, repeat=3):
        for word in ('"' + "".join(parts) + '"', "".join(parts), '"' + "".join(parts)):
            ends = [states.run(states.start, word.encode()) for states in (first, second)]
            assert [end == DEAD for end in ends] in ([True] * 2, [False] * 2), word
            assert first.accepting(ends[0]) == second.accepting(ends[1]), word
            assert first.distance(ends[0]) == second.distance(ends[1]), word


@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 5), (2, 5), (3, 3), (5, 5)])
def test_a_layered_table_is_what_it_stands_for(low, high):
    table = LAYERED["start"]
    start = Layered(table.size, table.finals, table.rows, low, high)
    automata = [States(lower({**LAYERED, "start": rule}, "start")) for rule in (start, Table(start.states, start.edges))]
    for length in range(10):
        for letters in itertools.product(b"ab", repeat=length):
            first, second = (states.run(states.start, bytes(letters)) for states in automata)
            assert (first == DEAD) == (second == DEAD)
            assert automata[0].accepting(first) == automata[1].accepting(second)
            assert automata[0].distance(first) == automata[1].distance(second)


def test_an_escaped_table_is_what_it_stands_for():
    to_2 = choice([text("a"), sequence([text("b"), A])])
    to_3 = choice([text("b"), sequence([to_2, text("b"), A])])
    by_hand = choice([sequence([to_3, choice([text("a"), text("b"), sequence([text("b"), E])])]), sequence([to_2, E])])
    check({**ESCAPED, "start": by_hand})
    start = ESCAPED["start"]
    ways = [ESCAPED, {**ESCAPED, "start": Table(start.states, start.edges)}, {**ESCAPED, "start": by_hand}]
    automata = [States(lower(rules, "start")) for rules in ways]
    for letters in itertools.product(b"ab", repeat=8):
        assert len({states.accepting(states.run(states.start, bytes(letters))) for states in automata}) == 1


@pytest.mark.parametrize("name", NAMED)
def test_named_hard_cases_are_decided_as_the_twin_does(name):
    check(NAMED[name], [bytes(letters) for length in range(8) for letters in itertools.product(b"ab", repeat=length)])


@pytest.mark.parametrize("name", ["ambiguous operators", "doubling", "right recursion", "left recursion"])
def test_redundant_returns_are_eliminated_so_the_states_are_few(name):
    states = States(lower(NAMED[name], "start"))
    word = {"ambiguous operators": b"ab" * 200 + b"a", "right recursion": b"a" * 300, "left recursion": b"a" + b"b" * 300}.get(
        name, b"a" * 300
    )
    assert states.run(states.start, word) != DEAD
    assert states.state_count <= 6


def test_a_recursion_of_depth_2000_has_one_state_for_each_depth():
    states = States(lower(NAMED["nesting"], "start"))
    assert states.accepting(states.run(states.start, b"a" * 2000 + b"b" * 2000))
    assert states.state_count <= 4003


def test_the_twin_knows_prefixes():
    twin = SpanTwin(NAMED["nesting"], "start", b"aab")
    assert twin.is_prefix and not twin.accepts
    assert isinstance(NAMED["nesting"]["start"], Choice) and isinstance(NAMED["doubling"]["start"].parts[0], Sequence)


def test_a_row_is_what_its_classes_are_built_to_one_by_one():
    for seed in range(40):
        rules = random_grammar(seed)
        whole, single = States(lower(rules, "start")), States(lower(rules, "start"))
        for word in STRINGS[:20]:
            row = whole.row(whole.run(whole.start, word))
            state = single.run(single.start, word)
            built = [single.build(state, label_class) for label_class in range(single.class_count)]
            assert [whole.distance(int(target)) for target in row] == [single.distance(target) for target in built]
    assert len(complete.signatures) == 1


def test_a_long_palindrome_of_many_contexts_is_decided():
    """The middle may be anywhere, so every prefix leaves a context for each place: this outgrows all tables several times."""
    states = States(lower(NAMED["palindromes"], "start"))
    half = bytes(random.Random(0).choices(b"ab", k=300))
    for word in (half + half[::-1], half + b"a" + half[::-1]):
        assert states.accepting(states.run(states.start, word)) == (len(word) % 2 == 0)


def test_a_step_that_found_the_tables_full_leaves_nothing_behind():
    full = 0
    for seed in range(20):
        generator = random.Random(seed)
        small, large = States(lower(NAMED["palindromes"], "start"), table_bytes=40_000), States(lower(NAMED["palindromes"], "start"))
        for _ in range(40):
            word = bytes(generator.choices(b"ab", k=generator.randint(1, 40)))
            wanted = large.run(large.start, word)
            try:
                state = small.run(small.start, word)
            except TableFull:
                full += 1
                continue
            assert (small.distance(state), small.accepting(state)) == (large.distance(wanted), large.accepting(wanted))
    assert full > 100


@pytest.mark.parametrize("rules", [ESCAPED, LAYERED])
def test_rules_of_a_table_of_rows_are_renamed_in_place(rules):
    start = rules["start"]
    renamed = replaced(start, lambda leaf: Call(f"x.{leaf.rule}") if isinstance(leaf, Call) else leaf)
    assert type(renamed) is type(start) and set(names(renamed, Call)) == {"x.a", "x.start"}
    for kind in (Call, Characters):

        def change(leaf, kind=kind):
            return text("a") if isinstance(leaf, kind) else leaf

        written_out = replaced(Table(start.states, start.edges), change)
        automata = [States(lower({"start": rule, "a": rules["a"]}, "start")) for rule in (replaced(start, change), written_out)]
        for word in STRINGS:
            assert len({states.accepting(states.run(states.start, word)) for states in automata}) == 1
