"""The kernels that build states and rows do the same as Python that they do compiled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from unittest.mock import patch

import numpy as np

from fsmgen.automata import Call, choice, repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.constraint import compile, factoring
from fsmgen.constraint.knowledge import Knowledge
from fsmgen.constraint.runs import Runs
from fsmgen.grammar import Grammar, Language, States
from fsmgen.grammar.network import lower
from fsmgen.tokens import Vocabulary, sections
from tests.grammar.test_states import NAMED, random_grammar

TOKENS = [None, b"a", b"b", b"ab", b"ba", b"aab", b"a", b"bbbb", b"abababababababab"]
RULES = [rules for rules in (*NAMED.values(), *map(random_grammar, range(4))) if States(lower(rules, "start")).start]


TEXTS = [*TOKENS, b"c", b" ", b"b c", b"\xc3", b"\xa9", b"[", b"]", b"a]"]
NAMES = choice([text("ab"), text("ac"), repeat(choice([Call("letter"), text("é")]), 1)])
TEXT_RULES = {"start": sequence([text("["), NAMES, text("]")]), "letter": choice([characters([(32, 32), (97, 122)]), text("\\b")])}


def facts() -> list[object]:
    """What walks over several constraints meet: rows, states, transitions; and what is found out about texts beside names."""
    vocabulary = Vocabulary.from_tokens(TOKENS, eos_ids=[0])
    found: list[object] = []
    texts = Vocabulary.from_tokens(TEXTS, eos_ids=[0])
    constraint = compile(Language(Grammar(TEXT_RULES), "texts"), texts)
    knowledge = Knowledge(constraint.walker.automaton, texts.fragments)
    for begun in (b"", b"[", b"[a", b"[ab", b"[ab\xc3", b"[ab]"):
        state = constraint.after_bytes(constraint.start, begun)
        found.append([knowledge.of(state, number, -1) for number in range(len(texts.fragments))])
    few = Grammar({"start": sequence([repeat(characters([(32, 32), (97, 122), (233, 900)]), 0, 3), text("]")])})
    counted = compile(Language(few, "few"), texts).walker.automaton
    runs = Runs(counted, texts.fragments, 9)
    for begun in (b"", b"a", b"ab", b"abc", b"ab\xc3"):
        state = counted.run(counted.start, begun)
        found.append([runs.find(state) is None, *(runs.after(number, state) for number in range(len(texts.fragments)))])
    for rules in RULES:
        constraint = compile(Language(Grammar(rules), "rules"), vocabulary)
        matcher, row = constraint.matcher(), np.zeros(1, np.uint32)
        for token in (1, 2, 3, 4, 2, 8):
            matcher.write_mask(row)
            found.append((int(row[0]), matcher.advance(token), matcher.forced().decode()))
        automaton = constraint.walker.automaton
        found.append([automaton.state_count, automaton.row(constraint.start).tolist(), automaton.run(constraint.start, b"abba")])
        found.append(automaton.pools.transitions[: automaton.state_count].tolist())
    return found + joined_facts()


def joined_facts() -> list[object]:
    """What rows are where they are joined from those of items, with sections, exits, and an item that is walked whole."""
    texts, found = Vocabulary.from_tokens([*TEXTS, b" b", b" ab[", b"b[", b" a]b"], eos_ids=[0]), list[object]()
    name = repeat(characters([(97, 98)]), 1)
    rules = {"start": sequence([Call("name"), repeat(sequence([characters([(32, 32), (91, 91)]), Call("start")]), 0, 1)]), "name": name}
    for least in (1, 3):
        with patch.multiple(factoring, _LARGE=least, _MANY_ITEMS=1), patch.multiple(sections, _CUT=1, _SECTION=1):
            constraint = compile(Language(Grammar(rules), "joined"), texts)
            for begun in (b"", b"a", b"ab", b"a ", b"a[b", b"a[b b"):
                row = constraint.row(constraint.after_bytes(constraint.start, begun))
                found.append((begun.decode(), row.tolist(), constraint.walker.automaton.state_count))
    return found


def test_kernels_do_the_same_as_python_that_they_do_compiled():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    script = "import json; from tests.constraint.test_kernels_as_python import facts; print(json.dumps(facts()))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    words = [[False] * 5 + [True, False, True]]
    assert facts()[:6] == [[False] * 8, *3 * words, [False] * 8, [False] * 8]
    assert json.loads(done.stdout) == json.loads(json.dumps(facts()))
