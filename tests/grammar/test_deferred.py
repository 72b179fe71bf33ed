"""Deferred rules: a grammar means the same whichever of its rules are made only when they are needed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from fsmgen.automata import EMPTY, NOTHING, Call, Choice, Expression, Repeat, Sequence, Symbol, choice, repeat, sequence, text
from fsmgen.automata.expression import Table, names
from fsmgen.constraint import Limits, compile
from fsmgen.errors import EmptyLanguage, InputError, LimitReached, Unspellable
from fsmgen.grammar import Grammar, Language
from fsmgen.grammar.deferred import expanded
from fsmgen.grammar.empty_words import EmptyRules, nullable
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import allowed_ids, new_rows
from tests.grammar_laws import LIMITS, stepped
from tests.random_grammars import Alphabet, Grammars, random_tokens

OTHERS = sorted(set(range(256)) - set(b"<abcdefgh.>"))
LETTERS = Vocabulary.from_tokens([None, *(bytes([byte]) for byte in [*b"<abcdefgh.>", *OTHERS])], eos_ids=[0])
"""Without a token for every byte all rules are made at once."""


class Orders:
    """Each of some letters at most once, in any order, then a full stop; the rule `used` names the letters that are gone."""

    def __init__(self, letters: str) -> None:
        self.letters, self.made = letters, []

    def least(self, name: str) -> int:
        if not name.startswith("without "):
            raise KeyError(name)
        return 1

    def rule(self, name: str) -> Expression:
        self.least(name)
        self.made.append(name)
        used = name.removeprefix("without ")
        left = [letter for letter in self.letters if letter not in used]
        return choice([text("."), *(sequence([text(letter), self.without(used + letter)]) for letter in left)])

    def without(self, used: str) -> Expression:
        return Call("without " + "".join(sorted(used)))

    def grammar(self) -> Grammar:
        return Grammar({"start": sequence([text("<"), self.without(""), text(">")])}, deferred=self)


def accepts(grammar: Grammar, word: bytes) -> bool:
    automaton = grammar.automaton("a grammar")
    return automaton.accepting(automaton.run(automaton.start, word))


def test_every_order_is_accepted_and_no_letter_twice():
    orders = Orders("abc")
    assert all(accepts(orders.grammar(), word) for word in (b"<.>", b"<b.>", b"<cab.>"))
    assert not any(accepts(orders.grammar(), word) for word in (b"<aa.>", b"<abca.>", b"<ab>", b"<d.>"))


def test_combined_grammars_keep_their_own_deferred_rules():
    one, other = Orders("ab"), Orders("xy")
    both = Grammar.combined([one.grammar(), Grammar.of(text("-")), other.grammar()], sequence)
    assert accepts(both, b"<ba.>-<y.>") and not accepts(both, b"<x.>-<y.>")
    twice = Grammar.combined([both, both], choice)
    assert accepts(twice, b"<ba.>-<y.>")


def test_all_rules_are_made_within_a_limit():
    rules = Orders("abcd").grammar().expanded().rules
    assert len(rules) == 1 + 2**4
    with pytest.raises(LimitReached, match="deferred rules"):
        Orders("abcd").grammar().expanded(limit=15)
    assert len(expanded({"start": EMPTY}, Orders("a"), 0)) == 1


def test_a_deferred_rule_derives_a_word():
    assert Orders("ab").grammar().unproductive() == ()


def test_a_rule_that_nobody_makes_and_a_symbol_are_refused():
    with pytest.raises(InputError, match="'missing' is called and does not exist"):
        Grammar({"start": Call("missing")}, deferred=Orders("a")).automaton("")
    with pytest.raises(InputError, match="symbol '<s>'"):
        Grammar({"start": Call("without ")}, deferred=Reads(Symbol("<s>"))).automaton("")


class Reads(Orders):
    """Its only rule is the given one."""

    def __init__(self, given: Expression) -> None:
        super().__init__("")
        self._given = given

    def rule(self, name: str) -> Expression:
        self.least(name)
        return self._given


def begins(part: Expression, empty: EmptyRules) -> set[str]:
    """Names of the rules that are called before anything is read."""
    match part:
        case Call(rule):
            return {rule}
        case Sequence(parts):
            first = next((i for i, inner in enumerate(parts) if not nullable(inner, empty)), len(parts))
            return set().union(*(begins(inner, empty) for inner in parts[: first + 1]))
        case Choice(parts):
            return set().union(*(begins(inner, empty) for inner in parts))
        case Repeat(inner):
            return begins(inner, empty)
        case Table(_, edges):
            reached, found = {0}, set[str]()
            for _ in edges:
                for source, inner, target in edges:
                    if source in reached:
                        found |= begins(inner, empty)
                        reached |= {target} if nullable(inner, empty) else set()
            return found
    return set()


def deferrable(rules: dict[str, Expression]) -> dict[str, int]:
    """The rules that may be deferred, with the fewest labels of their words."""
    empty = EmptyRules(rules)
    first = {name: begins(rule, empty) for name, rule in rules.items()}
    found = {}
    for name in rules:
        reached = set(first[name])
        while more := set().union(*(first[called] for called in reached)) - reached:
            reached |= more
        if name == "start" or name in empty or name in reached or names(rules[name], Symbol):
            continue
        with suppress(EmptyLanguage):
            states = Grammar(rules, name).automaton("a rule")
            found[name] = states.distance(states.start)
    return found


class Some:
    """Some rules of a grammar, deferred."""

    def __init__(self, rules: dict[str, Expression], fewest: dict[str, int]) -> None:
        self._rules, self.fewest, self.made = rules, fewest, []

    def least(self, name: str) -> int:
        return self.fewest[name]

    def rule(self, name: str) -> Expression:
        self.made.append(name)
        return self._rules[name]

    def grammar(self) -> Grammar:
        return Grammar({name: rule for name, rule in self._rules.items() if name not in self.fewest}, deferred=self)


def cases(count: int) -> Iterator[tuple[Alphabet, dict[str, Expression], Some]]:
    """Grammars with words, each with a random part of its rules deferred."""
    for seed in range(count):
        generator, made = random.Random(seed), Grammars(seed)
        rules = made.rules()
        candidates = deferrable(rules)
        chosen = {name: least for name, least in candidates.items() if generator.random() < 0.7}
        if chosen and "start" not in Grammar(rules).unproductive():
            yield made.alphabet, rules, Some(rules, chosen)


def test_any_rules_may_be_deferred():
    count = 0
    for alphabet, rules, some in cases(400):
        eager, lazy = Grammar(rules).automaton("eager"), some.grammar().automaton("lazy")
        stack = [((), eager.start, lazy.start)]
        for prefix, one, other in stack:  # grows while it runs
            facts = [(states.distance(state), states.accepting(state)) for states, state in ((eager, one), (lazy, other))]
            assert facts[0] == facts[1], (rules, some.fewest, prefix)
            letters = alphabet.letters if len(prefix) < 4 and len(stack) < 300 else ()
            stack += [((*prefix, letter), stepped(eager, one, letter), stepped(lazy, other, letter)) for letter in letters]
        assert len(some.made) == len(set(some.made))
        count += len(some.made) > 0
    assert count > 40


def test_masks_and_budgets_are_those_of_the_whole_grammar():
    for seed, (alphabet, rules, some) in enumerate(cases(60)):
        vocabulary, generator = random_tokens(alphabet, seed % 6).vocabulary, random.Random(seed)
        try:
            one, other = (compile(Language(grammar, ""), vocabulary, limits=LIMITS) for grammar in (Grammar(rules), some.grammar()))
        except (Unspellable, LimitReached):
            continue
        matchers, rows = [one.matcher(), other.matcher()], new_rows(2, vocabulary.size)
        for _ in range(4):
            for matcher, row in zip(matchers, rows, strict=True):
                matcher.write_mask(row)
            assert (rows[0] == rows[1]).all(), (rules, some.fewest)
            fewest = matchers[0].min_tokens_to_accept()
            assert fewest == matchers[1].min_tokens_to_accept()
            for budget in range(fewest.count + 1, fewest.count + 4):
                removed = [matcher.write_mask(row, budget=budget) for matcher, row in zip(matchers, rows, strict=True)]
                assert removed[0] == removed[1] and (rows[0] == rows[1]).all(), (rules, some.fewest, budget)
            matchers[0].write_mask(rows[0])
            ways = [int(token) for token in allowed_ids(rows[0]) if token not in vocabulary.eos_ids]
            if not ways:
                break
            token = generator.choice(ways)
            for matcher in matchers:
                assert matcher.advance(token)


def test_eight_threads_make_each_rule_once_and_agree():
    orders = Orders("abcdefgh")
    constraint = compile(Language(orders.grammar(), "orders"), LETTERS, limits=Limits(table_bytes=1_500_000))

    def walk(seed: int) -> str:
        generator, matcher, row = random.Random(seed), constraint.matcher(), new_rows(1, LETTERS.size)[0]
        text = b""
        while not matcher.finished:
            matcher.write_mask(row)
            left = [i for i, letter in enumerate(b"abcdefgh.", 2) if letter not in text] if text[:1] == b"<" and b"." not in text else []
            wanted = left or [1 if not text else 11 if text[-1:] == b"." else 0]
            assert sorted(allowed_ids(row)) == wanted, text
            token = generator.choice([choice for choice in wanted if choice != 10] or wanted)
            text += LETTERS.token_bytes(token)
            assert matcher.advance(token)
        return text.decode()

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(walk, range(200)))
    assert len(set(texts)) > 150 and all(len(text) == 11 for text in texts)
    assert len(orders.made) == len(set(orders.made)) > 50


def test_new_tables_have_what_was_made():
    orders = Orders("abcdef")
    constraint = compile(Language(orders.grammar(), "orders"), LETTERS)
    constraint.matcher().advance_bytes(b"<fab")
    count = len(orders.made)
    other = constraint.renewed()
    assert other is not constraint and other.matcher().advance_bytes(b"<fab") and len(orders.made) == count
    assert other.matcher().advance_bytes(b"<fc") and len(orders.made) > count
    made = len(orders.made)
    assert constraint.matcher().advance_bytes(b"<fc") and len(orders.made) == made


def test_a_counted_part_of_a_deferred_rule_is_like_any_other():
    body = repeat(choice([text("ab"), sequence([text("c"), Call("more")])]), 3, 40)
    rules = {"start": sequence([text("<"), Call("x"), text(">")]), "x": body, "more": repeat(text("d"), 0, 2)}
    one, other = Grammar(rules).automaton("eager"), Some(rules, {"x": 3}).grammar().automaton("lazy")
    for states in (one, other):
        states.set_horizons((4, 8))
    for word in (b"<ccc>", b"<cdabcdd>", b"<cc>", b"<" + b"ab" * 40 + b">", b"<" + b"ab" * 41 + b">", b"<cddd"):
        assert one.distance(one.run(one.start, word)) == other.distance(other.run(other.start, word))
    near = [len({states.near(states.run(states.start, b"<" + b"ab" * count), 0) for count in range(10, 30)}) for states in (one, other)]
    assert near[0] == near[1] == 1


@pytest.mark.parametrize(
    ("rule", "least", "message"),
    [
        (NOTHING, 1, "derives no word"),
        (repeat(text("a"), 0), 1, "derives the empty word"),
        (text("abc"), 2, "says that its shortest word has 2 labels, and it has 3"),
        (text("abc"), 0, "no word of it may be empty"),
        (choice([text("a"), sequence([Call("x"), text("a")])]), 1, "'x' can begin with a call of itself"),
        (choice([text("a"), sequence([Call("y"), text("a")])]), 1, "can begin with a call of itself"),
        (choice([text("a"), sequence([Call("ordinary"), text("a")])]), 1, "'x' can begin with a call of itself"),
        (choice([text("a"), sequence([Call("z"), text("a")])]), 1, "'z' is called and does not exist"),
    ],
)
def test_a_rule_that_breaks_a_law_is_refused_when_it_is_made(rule, least, message):
    ordinary = choice([text("b"), sequence([Call("x"), text("b")])])
    some = Some({"start": sequence([text("<"), Call("x"), Call("ordinary")]), "ordinary": ordinary, "x": rule, "y": Call("x")}, {})
    some.fewest = {"x": least, "y": 1}
    grammar = Grammar({name: some.rule(name) for name in ("start", "ordinary")}, deferred=some)
    with pytest.raises(InputError, match=message):
        accepts(grammar, b"<ab")


def test_an_error_of_a_rule_leaves_the_automaton_as_it_was():
    some = Some({"start": choice([text("ok"), sequence([text("<"), Call("x")])]), "x": NOTHING}, {"x": 1})
    automaton = some.grammar().automaton("")
    for _ in range(2):
        with pytest.raises(InputError):
            automaton.run(automaton.start, b"<")
        assert automaton.accepting(automaton.run(automaton.start, b"ok"))
