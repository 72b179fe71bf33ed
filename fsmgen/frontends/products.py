r"""Languages that two languages make: what both allow, what only one of them allows, what one does not allow.

    >>> from fsmgen.frontends import regex
    >>> intersection(regex(r"\d{1,3}"), regex("[1-5]*")).grammar.automaton("").distance(1)
    1
    >>> difference(regex("(yes|no|perhaps)"), regex("no.*")).source
    "regex '(yes|no|perhaps)' without regex 'no.*'"

One of two languages must be regular: its rules do not call themselves. The other one may be any grammar, and the result is a grammar too.
Texts are compared whole, so a leading space is part of them; answers are read as the first language reads them.
"""

from __future__ import annotations

from fsmgen.automata import Characters, Dfa, repeat
from fsmgen.errors import EmptyLanguage, InputError, LimitReached
from fsmgen.frontends.combining import refuse_opening
from fsmgen.grammar import Grammar, Language
from fsmgen.grammar.products import MOVE_LIMIT, Filter, is_recursive, product

STATE_LIMIT = 10_000
"""States that the deterministic automaton of a regular language may have, before it is made small."""
_ANY_TEXT = repeat(Characters(((0, 0xD7FF), (0xE000, 0x10FFFF))), 0)


def intersection(one: Language, other: Language, *, state_limit: int = STATE_LIMIT, move_limit: int = MOVE_LIMIT) -> Language:
    """The texts of both, read as `one` reads them.

    Args:
        state_limit: states that the deterministic automaton of the regular one may have; the other one is taken if it has more.
        move_limit: moves that the result may have.

    Raises:
        EmptyLanguage: there is no such text.
        InputError: the rules of both call themselves.
        LimitReached: a limit, or the memory for an automaton's states.
    """
    source = f"{one.source} and {other.source}"
    _refuse_openings(one, other)
    regular = [language for language in (other, one) if not is_recursive(language.grammar)]
    if not regular:
        raise InputError(
            f"{source}: the rules of both call themselves, and whether two such languages share a text is undecidable; "
            "give one of them as a pattern, a list, or rules that nest to a fixed depth"
        )
    chosen = regular[0]
    try:
        dfa = _dfa(chosen, state_limit)
    except LimitReached:
        if len(regular) == 1:
            raise
        chosen = regular[1]
        dfa = _dfa(chosen, state_limit)
    grammar = (one if chosen is other else other).grammar
    return _made(one, source, product(grammar, Filter.of(dfa, accepted=True), limit=move_limit))


def difference(one: Language, other: Language, *, state_limit: int = STATE_LIMIT, move_limit: int = MOVE_LIMIT) -> Language:
    """The texts of `one` that are not of `other`, read as `one` reads them. Arguments as in `intersection`.

    Raises:
        EmptyLanguage: there is no such text.
        InputError: the rules of `other` call themselves.
        LimitReached: a limit, or the memory for an automaton's states.
    """
    source = f"{one.source} without {other.source}"
    _refuse_openings(one, other)
    if is_recursive(other.grammar):
        raise InputError(
            f"{source}: the rules of what is taken away call themselves, and whether such a language leaves a text is undecidable; "
            "give it as a pattern, a list, or rules that nest to a fixed depth"
        )
    return _made(one, source, product(one.grammar, Filter.of(_dfa(other, state_limit), accepted=False), limit=move_limit))


def complement(language: Language, *, state_limit: int = STATE_LIMIT, move_limit: int = MOVE_LIMIT) -> Language:
    """All texts but those of the language; special tokens are in none of them. Arguments and errors as in `difference`."""
    return difference(Language.of(_ANY_TEXT, "any text"), language, state_limit=state_limit, move_limit=move_limit)


def _refuse_openings(*languages: Language) -> None:
    for language in languages:
        refuse_opening(language, "compared with another language")


def _dfa(language: Language, limit: int) -> Dfa:
    return Dfa.of(language.grammar.automaton(language.source), limit=limit).minimized()


def _made(one: Language, source: str, grammar: Grammar | None) -> Language:
    if grammar is None:
        raise EmptyLanguage(source)
    return Language(grammar, source, one.leading_space, one.parse)
