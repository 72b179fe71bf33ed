"""Rows near the last count of a repeat: by characters that are left, and as whole walks find them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fsmgen.automata import Characters, choice, repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.constraint import Constraint, compile, filling
from fsmgen.constraint.runs import MIXED, Runs
from fsmgen.frontends import json_schema, regex
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens import Vocabulary, allowed_ids

RAW = Characters(((0x20, 0x21), (0x23, 0x5B), (0x5D, 0xD7FF), (0xE000, 0x10FFFF)))
INSIDE = choice([RAW, sequence([text("\\"), characters([(97, 99)])])])


@pytest.fixture(autouse=True)
def every_vocabulary_is_large(monkeypatch):
    monkeypatch.setattr(filling, "_WORTH_A_FRAGMENT", 1)


def tokens(seed: int) -> Vocabulary:
    """Texts of a few characters, whole and cut within one, and such that leave a string."""
    choose = random.Random(seed)
    letters = ["a", "b", "z", " ", "é", "日", "😀", "7", "\\a", "\\", '"', "-"]
    words = {"".join(choose.choices(letters, k=choose.randint(1, 6))).encode() for _ in range(300)}
    words |= {word[:-1] for word in words} | {word[1:] for word in words} | {bytes([byte]) for byte in range(256)}
    return Vocabulary.from_tokens([None, *sorted(words - {b""})], eos_ids=[0])


def pair(language: Language, over: Vocabulary) -> tuple[Constraint, Constraint]:
    """A constraint, and one whose rows near the end are whole walks: the slow twin."""
    one, plain = (compile(language, over) for _ in range(2))
    plain.walker.filler._runs = Runs(plain.walker.automaton, (), 0)
    return one, plain


LANGUAGES = {
    "a string of 0 to 9": json_schema({"type": "string", "maxLength": 9}),
    "a string of 4 to 5": json_schema({"type": "string", "minLength": 4, "maxLength": 5}, ensure_ascii=True),
    "strings in an object": json_schema({"additionalProperties": {"type": "string", "maxLength": 7}, "type": "object", "maxProperties": 3}),
    "small letters": regex("[a-z]{1,6}-?"),
    "letters and spaces, then others": regex("[a-z ]{2,8}[a-z]{0,3}7?"),
    "words up to a count": regex('"(?:[^ "]+ +){0,9}[^ "]+"'),
    "words up to a count and a length": json_schema({"type": "string", "pattern": "^(?:\\S+\\s+){0,9}\\S+$", "maxLength": 40}),
    "an alternating count": regex("(?:[ab]|z[ab]){1,7}"),
    "characters": Language(Grammar({"start": sequence([text('"'), repeat(INSIDE, 0, 6), text('"')])}), "characters"),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_rows_are_those_of_whole_walks(name):
    found = 0
    for seed in range(2):
        one, plain = pair(LANGUAGES[name], tokens(seed))
        for walk in range(6):
            choose, matchers = random.Random(walk), (one.matcher(), plain.matcher())
            rows = np.zeros((2, (one.vocabulary.size + 31) // 32), np.uint32)
            for _ in range(12):
                for matcher, row in zip(matchers, rows, strict=True):
                    matcher.write_mask(row)
                assert (rows[0] == rows[1]).all()
                runs = one.walker.filler._runs
                found += runs.find(matchers[0].state) is not None
                short = [int(token) for token in allowed_ids(rows[0]) if 0 < len(one.vocabulary.token_bytes(int(token)) or b"") < 4]
                if not short:
                    break
                token = choose.choice(short)
                assert all(matcher.advance(token) for matcher in matchers)
    assert found > 5 or name == "an alternating count"


def test_a_character_leads_where_all_of_a_fragment_lead():
    over = tokens(0)
    for name, language in LANGUAGES.items():
        automaton = compile(language, over).walker.automaton
        for begun in (b"", b'"', b'"a', b"a", b"ab", b'{"a":"b'):
            state = automaton.run(automaton.start, begun)
            for fragment in over.fragments:
                letters = ["a", "z", " ", "7", "é", "日", "😀", "\n", "~", "\\", '"']
                inside = [letter for letter in letters if read(fragment.targets, letter.encode())]
                targets = {automaton.run(state, letter.encode()) for letter in inside}
                found = Runs(automaton, (fragment,), 9).after(0, state)
                assert found == MIXED or targets == {found}, (name, begun, fragment.name)


def read(targets, data: bytes) -> bool:
    """Whether an automaton reads a text to its start."""
    state = 0
    for byte in data:
        state = targets[state, byte] if state >= 0 else -1
    return state == 0


def test_characters_are_counted_where_they_begin():
    over = Vocabulary.from_tokens([None, b"a", b"ab", "é".encode(), "é".encode()[:1], "aé日".encode(), b"\xa9"], eos_ids=[0])
    assert over.characters.tolist() == [0, 1, 2, 1, 1, 3, 0]
    assert allowed_ids(over.of_characters(1)).tolist() == [0, 1, 3, 4, 6]
