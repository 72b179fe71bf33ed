"""Sequences, repeats, options and templates: the value of a text is what its parts read, cut as the rule says."""

from __future__ import annotations

import itertools
import random
import warnings
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fsmgen
from fsmgen.automata import Call, choice, sequence, text
from fsmgen.automata.words import random_word
from fsmgen.constraint import compile
from fsmgen.errors import InputError, InvalidOption, InvalidTemplate, LimitReached
from fsmgen.frontends import AmbiguousAnswerWarning, any_of, integer, of_type, optional, regex, repeat, template
from fsmgen.frontends import choice as choice_of
from fsmgen.frontends import sequence as in_order
from fsmgen.frontends._splitting import Splitter
from fsmgen.frontends.composing import splitter_of
from fsmgen.grammar import Grammar, Language, States
from fsmgen.tokens import Vocabulary
from tests.frontends.enumeration import membership

BALANCED = Language(Grammar({"s": choice([text(""), sequence([text("a"), Call("s"), text("b"), Call("s")])])}, "s"), "balanced")
PALINDROMES = Language(
    Grammar({"s": choice([text("a"), text("b"), text(""), *(sequence([text(c), Call("s"), text(c)]) for c in "ab")])}, "s"), "palindromes"
)
PARTS = [regex("a*"), regex("b?"), regex("(ab)+"), regex("[ab]{1,2}"), regex("a|ab|abb"), BALANCED, PALINDROMES, regex("(a|b)*b")]
AUTOMATA: dict[int, tuple[Language, States]] = {}
BYTES = Vocabulary.from_tokens([*(bytes([byte]) for byte in range(256)), None], eos_ids=[256])


@cache
def has(part: int, word: str) -> bool:
    automaton = automaton_of(PARTS[part])
    return automaton.accepting(automaton.run(automaton.start, word.encode()))


def automaton_of(language: Language):
    """The language's automaton, made once."""
    if id(language) not in AUTOMATA:
        AUTOMATA[id(language)] = language, language.grammar.automaton(language.source)
    return AUTOMATA[id(language)][1]


def all_cuts(parts: tuple[int, ...], word: str) -> list[tuple[str, ...]]:
    """Every way to cut the word into texts of the parts."""
    if not parts:
        return [()] if not word else []
    return [
        (word[:i], *rest)
        for i in range(len(word) + 1)
        if has(parts[0], word[:i])
        for rest in all_cuts(parts[1:], word[i:])
    ]  # fmt: skip


def read(language: Language, word: str) -> tuple[object, bool]:
    """The value, and whether there was a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = language.read(word)
    return value, any(warning.category is AmbiguousAnswerWarning for warning in caught)


@pytest.mark.parametrize("seed", range(12))
def test_a_text_is_cut_with_earlier_parts_as_long_as_possible_and_other_ways_are_reported(seed):
    generator = random.Random(seed)
    parts = tuple(generator.choices(range(len(PARTS)), k=generator.randint(1, 4)))
    language = in_order(*(PARTS[part] for part in parts))
    for word in map("".join, itertools.chain(*(itertools.product("ab", repeat=n) for n in range(8)))):
        cuts = all_cuts(parts, word)
        if not cuts:
            with pytest.raises(InputError, match="is no answer of"):
                language.read(word)
        else:
            assert read(language, word) == (max(cuts, key=lambda cut: tuple(map(len, cut))), len(cuts) > 1)


def repeats(part: int, low: int, high: int | None, word: str) -> list[tuple[str, ...]]:
    """Every way to cut the word into items, none empty that need not be."""
    found = [()] if not word else []
    found += [(word[:i], *rest) for i in range(1, len(word) + 1) if has(part, word[:i]) for rest in repeats(part, 0, None, word[i:])]
    if has(part, ""):
        found = [cut + ("",) * (low - len(cut)) for cut in found]
    return [cut for cut in found if low <= len(cut) and (high is None or len(cut) <= high)]


@pytest.mark.parametrize(("low", "high"), [(0, None), (2, None), (0, 2), (1, 3), (2, 2)])
@pytest.mark.parametrize("part", range(len(PARTS)))
def test_repeats_are_read_item_by_item(part, low, high):
    language = repeat(PARTS[part], low, high)
    accepts = automaton_of(language)
    for word in map("".join, itertools.chain(*(itertools.product("ab", repeat=n) for n in range(6)))):
        cuts = repeats(part, low, high, word)
        assert accepts.accepting(accepts.run(accepts.start, word.encode())) == bool(cuts)
        if cuts:
            assert read(language, word) == (list(max(cuts, key=lambda cut: tuple(map(len, cut)))), len(cuts) > 1)


@given(st.lists(st.integers(-99, 99), max_size=5), st.sampled_from([", ", "; ", "\n- "]))
def test_a_list_with_separators_is_read_back(numbers, separator):
    assert repeat(int, separator=separator).read(separator.join(map(str, numbers))) == numbers


def test_separators_are_counted_between_the_items():
    assert [n for n in range(6) if membership(repeat("x", 2, 4, separator=","))(",".join("x" * n))] == [2, 3, 4]
    assert repeat(integer(), 1, 3, separator=regex(" *, *")).read("1 ,2,  3") == [1, 2, 3]
    assert [membership(repeat("x", 0, 1, separator=","))(word) for word in ("", "x", "x,", "x,x")] == [True, True, False, False]


names = st.from_regex("[A-Z][a-z]{0,5}", fullmatch=True)
weights = st.one_of(st.none(), st.decimals(-9, 9, places=2).map(float))


@given(names, st.integers(0, 150), st.lists(st.sampled_from(["red", "green"]), max_size=3), weights)
@settings(max_examples=50)
def test_a_template_gives_back_what_was_put_into_its_holes(name, age, colours, weight):
    answer = f"{{Name}}: {name}\nAge: {age}, likes [{'; '.join(colours)}]" + ("" if weight is None else f" weighs {weight}")
    wanted = {"name": name, "age": age, "colours": colours, "weight": None if weight is None else (weight,)}
    assert membership_of(PERSON)(answer) and PERSON.read(answer) == wanted


PERSON = template(
    "{{Name}}: {name}\nAge: {age}, likes [{colours}]{weight}",
    name=regex("[A-Z][a-z]*"), age=of_type(int, 0, 150), colours=repeat(choice_of(["red", "green"]), separator="; "),
    weight=optional(in_order(" weighs ", float)),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_random_texts_of_a_template_are_read_hole_by_hole(seed):
    automaton = automaton_of(PERSON)
    word = bytes(random_word(automaton, random.Random(seed))).decode()
    values = PERSON.read(word)
    assert word.startswith(f"{{Name}}: {values['name']}\nAge: ") and f"likes [{'; '.join(values['colours'])}]" in word
    assert (values["weight"] is None) == word.endswith("]") and 0 <= values["age"] <= 150


def test_any_text_in_a_hole_ends_at_the_last_literal_that_fits():
    language = template("Q: {question}\nA: {answer}", question=str, answer=str)
    assert read(language, "Q: 1\nA: 2") == ({"question": "1", "answer": "2"}, False)
    assert read(language, "Q: 1\nA: 2\nA: 3") == ({"question": "1\nA: 2", "answer": "3"}, True)
    assert read(template("{a}|{b}", a=str, b=int), "x|1|2") == ({"a": "x|1", "b": 2}, False)
    assert read(template("{a}|{b}", a=str, b=int), "é|1|2") == ({"a": "é|1", "b": 2}, False)


def test_what_calls_rules_can_be_a_hole_twice():
    language = template("<{a}|{b}>", a=BALANCED, b=PALINDROMES)
    assert language.read("<aabb|abba>") == {"a": "aabb", "b": "abba"}
    assert not membership_of(language)("<aab|abba>") and membership_of(language)("<|>")


def membership_of(language):
    automaton = automaton_of(language)
    return lambda word: automaton.accepting(automaton.run(automaton.start, word.encode()))


def test_options_and_alternatives_are_read_as_what_was_written():
    language = in_order("x", optional(integer()), any_of(":none", in_order(":", regex("[a-z]"), "-")))
    assert language.read("x:none") == (None, ":none") and language.read("x12:q-") == (12, ("q",))
    assert optional("").read("") == "" and optional(repeat("a")).read("") == [] and optional("a").read("") is None


def test_literal_text_is_forced():
    matcher = compile(template("Name: {name}\nAge: {age}!", name=choice_of(["Ada", "Bob"]), age=of_type(int, 0, 9)), BYTES).matcher()
    assert matcher.forced() == b"Name: "
    assert matcher.advance_bytes(b"Name: B") and matcher.forced() == b"ob\nAge: "
    assert matcher.advance_bytes(b"ob\nAge: 7") and matcher.forced() == b"!"


def test_a_leading_space_stands_before_the_template_and_inside_a_hole():
    language = template("{a}:{b}", a=regex("[a-z]+", leading_space="optional"), b=int, leading_space="required")
    assert language.read("  x:1") == language.read(" x:1") == {"a": "x", "b": 1}


def test_the_cost_of_cutting_is_bounded_and_said():
    splitter = splitter_of([BALANCED, BALANCED], "two")
    narrow = Splitter(splitter.grammar, "two", step_limit=30)
    assert splitter.cut("ab" * 20, warn=False) == ["ab" * 20, ""]
    with pytest.raises(LimitReached, match="cut into parts"):
        narrow.cut("ab" * 20, warn=False)


@pytest.mark.parametrize(
    ("given_text", "holes", "message", "position"),
    [
        ("a {b} {", {"b": int}, "a single '{'; write '{{'", 6),
        ("a } {b}", {"b": int}, "a single '}'", 2),
        ("{}", {}, "'' is no name", 0),
        ("{a b}", {}, "'a b' is no name", 0),
        ("{a:5}", {"a": int}, "'a:5' is no name", 0),
        ("{a} {a}", {"a": int}, "the hole 'a' stands there twice", 4),
        ("x\ny {nmae}", {"name": int}, r"the hole 'nmae' has no constraint \(did you mean 'name'\?\)", 4),
    ],
)
def test_a_wrong_template_is_refused_with_the_place(given_text, holes, message, position):
    with pytest.raises(InvalidTemplate, match=message) as caught:
        template(given_text, **holes)
    assert caught.value.position == position and str(caught.value).endswith("^")


def test_wrong_constraints_and_parts_are_refused_by_name():
    with pytest.raises(InputError, match=r"no hole 'nam' \(did you mean 'name'\?\); its holes: name"):
        template("{name}", name=int, nam=int)
    with pytest.raises(InputError, match="the hole 'a' is given the text 'yes'"):
        template("{a}", a="yes")
    with pytest.raises(InputError, match="the hole 'a': there is no language for 5"):
        template("{a}", a=5)
    with pytest.raises(InputError, match="lone surrogate"):
        template("\ud800{a}", a=int)
    with pytest.raises(InputError, match="no parts"):
        in_order()
    with pytest.raises(InvalidOption, match="range of counts"):
        repeat("a", 3, 2)
    with pytest.raises(InputError, match="lone surrogate"):
        any_of("\ud800")
    assert template("no hole").read("no hole") == {}


def test_a_model_fills_a_template_and_the_values_come_back_by_name():
    model = fsmgen.load_model("embedded:stories")
    prompt = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
    form = template(" {work}.\nSum: {sum}", work=regex("Take [0-9A-Za-z :*=]{1,60}"), sum=of_type(int, 0, 999))
    [answer] = fsmgen.generate(model, [prompt], form, max_tokens=60)
    work, total = answer.value["work"], answer.value["sum"]
    assert answer.text == f" {work}.\nSum: {total}" and 0 <= total <= 999
