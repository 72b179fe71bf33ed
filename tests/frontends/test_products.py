"""Products of languages against sets: a short text is in the product exactly if it is in the one and in the other, or not in it."""

from __future__ import annotations

import random

import pytest

import fsmgen
from fsmgen.automata import Call, Characters, Symbol, choice, repeat, sequence, text
from fsmgen.constraint import compile, load_constraint
from fsmgen.errors import EmptyLanguage, InputError, LimitReached
from fsmgen.frontends import complement, difference, intersection, regex
from fsmgen.frontends.numbers import integer
from fsmgen.grammar import Grammar, Language
from fsmgen.grammar.products import is_recursive
from tests.grammar_laws import Rules, Walks, automaton_laws
from tests.languages import VOCABULARIES
from tests.random_grammars import Alphabet, Grammars, random_tokens
from tests.reference_paths import ShortWords, Text

LENGTH = 4
NESTED: Rules = {"start": choice([sequence([text("a"), Call("start"), text("b")]), text("")])}


def language(rules: Rules, source: str = "rules") -> Language:
    return Language(Grammar(rules), source)


def short(rules: Rules, alphabet: Alphabet) -> frozenset[Text]:
    return ShortWords(rules, "start", length=LENGTH, letters=alphabet.letters).words


def regular_rules(made: Grammars) -> Rules:
    """The next grammar of which no rule calls itself."""
    while is_recursive(Grammar(rules := made.rules())):
        pass
    return rules


def cases(first: int, count: int) -> list[tuple[Alphabet, Rules, Rules]]:
    """Alphabet, any rules, regular rules."""
    found = []
    for seed in range(first, first + count):
        made = Grammars(seed)
        found.append((made.alphabet, made.rules(), regular_rules(made)))
    return found


def product_words(made, one: Rules, other: Rules, alphabet: Alphabet) -> frozenset[Text] | None:
    """Short words of a product, as the twin sees its rules; None if it was refused for the size of a limit."""
    try:
        rules = dict(made(language(one), language(other), state_limit=300, move_limit=20_000).grammar.rules)
    except EmptyLanguage:
        return frozenset()
    except LimitReached:
        return None
    assert list(automaton_laws(rules, alphabet, length=3)) == []
    return short(rules, alphabet)


@pytest.mark.parametrize("block", range(4))
def test_the_intersection_has_the_texts_of_both_whichever_is_regular(block):
    known = 0
    for alphabet, rules, regular in cases(100 * block, 25):
        wanted = short(rules, alphabet) & short(regular, alphabet)
        for one, other in ((rules, regular), (regular, rules)):
            found = product_words(intersection, one, other, alphabet)
            assert found in (None, wanted), (rules, regular)
            known += found is not None
    assert known > 40


@pytest.mark.parametrize("block", range(4))
def test_the_difference_has_the_texts_that_only_the_first_has(block):
    known = 0
    for alphabet, rules, regular in cases(1000 + 100 * block, 25):
        found = product_words(difference, rules, regular, alphabet)
        assert found in (None, short(rules, alphabet) - short(regular, alphabet)), (rules, regular)
        known += found is not None
    assert known > 20


def test_masks_of_products_are_the_twins():
    walked = 0
    for seed, (alphabet, rules, regular) in enumerate(cases(5000, 20)):
        for made in (intersection, difference):
            try:
                grammar = made(language(rules), language(regular), state_limit=100, move_limit=200).grammar
            except (EmptyLanguage, LimitReached):
                continue
            walks = Walks(dict(grammar.rules), random_tokens(alphabet, seed % 6), random.Random(seed))
            assert list(walks.laws(walks=1, steps=3)) == []
            walked += walks.rows > 0
    assert walked > 10


def test_the_complement_has_all_other_well_formed_texts():
    made = complement(regex("(?:é|a)*b?")).grammar.automaton("complement")
    for word in ("b", "é", "ab", "aéb", "c", "ba", "abb", "日", ""):
        assert made.accepting(made.run(made.start, word.encode())) == (word not in ("b", "é", "ab", "aéb", ""))
    assert not made.accepting(made.run(made.start, b"\xc3"))
    assert not made.run(made.start, b"\xc3\x28")


def test_a_balanced_language_keeps_its_count_and_its_reader(tmp_path):
    nested = intersection(language(NESTED, "brackets"), regex("a{3,}b*"))
    assert nested.source == "brackets and regex 'a{3,}b*'"
    matcher = compile(nested, VOCABULARIES["bytes and merges"]).matcher()
    assert matcher.advance_bytes(b"aaaa") and matcher.forced() == b"" and matcher.advance_bytes(b"bbbb")
    assert matcher.accepting and not matcher.advance_bytes(b"b")
    even = difference(integer(0, 99, leading_space="optional"), regex(" ?.*[13579]"))
    compile(even, VOCABULARIES["bytes and merges"]).save(tmp_path / "even")
    loaded = load_constraint(tmp_path / "even", VOCABULARIES["bytes and merges"])
    assert loaded.language == even and loaded.language.read(" 42") == 42
    assert loaded.matcher().advance_bytes(b" 42") and not loaded.matcher().advance_bytes(b"43")
    assert not loaded.matcher().advance_bytes(b"4 ")


def test_symbols_are_letters_like_others_and_one_that_only_the_first_names_is_not_taken_away():
    one = Language.of(repeat(choice([text("a"), Symbol("<|x|>"), Symbol("<|y|>")]), 0, 2), "one")
    other = Language.of(repeat(choice([text("a"), Symbol("<|y|>"), Symbol("<|z|>")]), 0, 2), "other")
    alphabet = Alphabet((b"a",), (), ("<|x|>", "<|y|>", "<|z|>"))
    mine, theirs = (short(dict(made.grammar.rules), alphabet) for made in (one, other))
    assert short(dict(intersection(one, other).grammar.rules), alphabet) == mine & theirs
    assert short(dict(difference(one, other).grammar.rules), alphabet) == mine - theirs
    assert (("<|x|>",) in mine - theirs) and (("<|y|>",) in mine & theirs)


def test_large_counts_stay_workable():
    made = intersection(regex("[a-z ]{1,2000}"), regex(".*cat.*")).grammar.automaton("cats")
    assert made.distance(made.start) == 3
    assert made.accepting(made.run(made.start, b"a" * 1997 + b"cat")) and not made.run(made.start, b"a" * 1998)


@pytest.mark.parametrize("made", [intersection, difference])
def test_a_product_without_a_text_is_refused(made):
    one, other = (regex("a+"), regex("b+")) if made is intersection else (language(NESTED, "brackets"), regex("[ab]*"))
    with pytest.raises(EmptyLanguage, match="no text satisfies"):
        made(one, other)


def test_two_recursive_languages_and_a_recursive_subtrahend_are_refused_with_what_to_do():
    with pytest.raises(InputError, match=r"undecidable; give one of them as a pattern"):
        intersection(language(NESTED), language(NESTED))
    with pytest.raises(InputError, match=r"undecidable; give it as a pattern"):
        difference(regex("a*"), language(NESTED))
    assert fsmgen.intersection is intersection and fsmgen.difference is difference and fsmgen.complement is complement


def test_limits_are_named():
    with pytest.raises(LimitReached, match="the states of an explicit automaton"):
        difference(regex("a"), regex(".*a.{14}"), state_limit=1000)
    with pytest.raises(LimitReached, match="the moves of a product"):
        intersection(regex("[ab]{1,500}"), regex(".*b.*"), move_limit=300)
    few = intersection(regex("(?:a|b)*a(?:a|b){3}"), regex(".*a.{14}"), state_limit=1000)
    automaton = few.grammar.automaton("few")
    assert automaton.accepting(automaton.run(automaton.start, b"a" + b"b" * 10 + b"abbb")), "the first one, being small, was made explicit"


def test_wide_classes_stay_few_after_a_product():
    classes = Language.of(repeat(Characters(((0x80, 0x10FFFF),)), 0), "wide")
    made = intersection(classes, regex("..")).grammar.automaton("wide")
    assert made.class_count < 20
