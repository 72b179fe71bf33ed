"""Deferred rules: a grammar means the same whichever of its rules are made only when they are needed."""

from __future__ import annotations

import pytest

from fsmgen.automata import EMPTY, Call, Expression, Symbol, choice, sequence, text
from fsmgen.errors import InputError, LimitReached
from fsmgen.grammar import Grammar
from fsmgen.grammar.deferred import expanded


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
