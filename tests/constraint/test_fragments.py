"""Where a state goes on with any text of a standard fragment, its row is the fragment's and the walk of the other tokens."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from fsmgen.automata import sequence, text
from fsmgen.automata.expression import Layered
from fsmgen.constraint import compile, filling
from fsmgen.errors import EmptyLanguage
from fsmgen.frontends import json_schema, regex
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens import Vocabulary, allowed_ids

PATTERNS = [
    r".{1,500}", r"(?s:.*)", r"[a-z ]{1,5000}", r'"([^"\\\x00-\x1f]|\\["n])*"',
    r'"[ -!#-\[\]-~]{0,40}"', r"[A-Za-z0-9 ,.-]{10,70}The end \d+",
    r"(ab|[a-c ]){3,}é?", r"[^é]{2,90}", r"\w+( \w+){0,30}", r"([a-z]{1,3} )*x", r"[A-Z][a-z ]*\.", r"(a|é|日)*", r"(?=.*x).{0,30}",
]  # fmt: skip


def vocabulary(seed: int) -> Vocabulary:
    choose = random.Random(seed)
    pieces = [bytes([byte]) for byte in range(256)]
    for _ in range(600):
        text = "".join(choose.choices('ab xyzTheend ABé日"\\n\n,.0159-', k=choose.randint(2, 9))).encode()
        start = choose.choice([0, 0, 0, 1])
        pieces.append(text[start : choose.choice([len(text), len(text), len(text) - 1])] or b"a")
    return Vocabulary.from_tokens([None, *pieces], eos_ids=[0])


def json_vocabulary(seed: int) -> Vocabulary:
    choose = random.Random(seed)
    pieces = [bytes([byte]) for byte in range(256)]
    for _ in range(900):
        text = "".join(choose.choices('aaabbb  xyé"",:{}1\\u\n', k=choose.randint(2, 8))).encode()
        start = choose.choice([0, 0, 0, 1])
        pieces.append(text[start : choose.choice([len(text), len(text), len(text) - 1])] or b"a")
    return Vocabulary.from_tokens([None, *pieces], eos_ids=[0])


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("seed", range(2))
def test_rows_with_fragments_are_those_of_whole_walks(pattern, seed, monkeypatch):
    tokens, language, choose = vocabulary(seed), regex(pattern), random.Random(seed)
    plain = compile(language, tokens)
    monkeypatch.setattr(filling, "_WORTH_A_FRAGMENT", 0)
    quick, taken = compile(language, tokens), set()
    matchers, rows = (plain.matcher(), quick.matcher()), np.zeros((2, (tokens.size + 31) // 32), np.uint32)
    for _ in range(25):
        for matcher, row in zip(matchers, rows, strict=True):
            matcher.write_mask(row)
        assert (rows[0] == rows[1]).all()
        fragment = quick.walker.filler.fragment(quick.walker.filler.alike(matchers[1].state)[1], filling.USUAL)
        taken.add(None if fragment is None else fragment.name)
        token = int(choose.choice(allowed_ids(rows[0])))
        if token == 0:
            break
        assert all(matcher.advance(token) for matcher in matchers)
    assert taken - {None} or pattern in PATTERNS[4:], "these patterns go on with standard fragments"


def _schema(seed: int) -> dict[str, object]:
    """An object with declared names, some of them the beginnings of others, beside any other ones."""
    choose = random.Random(seed)
    names = {"".join(choose.choices("abxyé", k=choose.randint(1, 5))) for _ in range(choose.choice([1, 4, 12]))}
    kinds: list[object] = [
        {"type": "string"}, {"type": "string", "maxLength": 12}, {"type": "integer"}, {"enum": ["ab", "a b"]}, {"pattern": "^[a-z ]+$"},
    ]  # fmt: skip
    properties = {name: choose.choice(kinds) for name in sorted(names)}
    return {"type": "object", "properties": properties, "additionalProperties": choose.choice([True, {"type": "string"}, False])}


@pytest.mark.parametrize("seed", range(12))
def test_rows_of_open_objects_are_those_of_whole_walks(seed, monkeypatch):
    tokens, schema, choose = json_vocabulary(seed % 3), _schema(seed), random.Random(seed)
    language = json_schema(schema)
    plain = compile(language, tokens)
    monkeypatch.setattr(plain.walker.filler, "_nested", False)
    monkeypatch.setattr(filling, "_WORTH_A_FRAGMENT", 0)
    quick, taken = compile(language, tokens), 0
    for begun in (b"", b'{"', b'{"'):
        matchers, rows = (plain.matcher(), quick.matcher()), np.zeros((2, (tokens.size + 31) // 32), np.uint32)
        assert all(matcher.advance_bytes(begun) for matcher in matchers)
        for _ in range(40):
            for matcher, row in zip(matchers, rows, strict=True):
                matcher.write_mask(row)
            assert (rows[0] == rows[1]).all(), (allowed_ids(rows[0]), allowed_ids(rows[1]))
            taken += quick.walker.filler.fragment(quick.walker.filler.alike(matchers[1].state)[1], filling.USUAL) is not None
            token = int(choose.choice(allowed_ids(rows[0])))
            if token == 0:
                break
            assert all(matcher.advance(token) for matcher in matchers)
    assert taken or not schema["additionalProperties"]


def test_texts_beside_many_names_are_found():
    tokens = json_vocabulary(0)
    names = ["".join(random.Random(seed).choices("abcdefgh", k=6)) for seed in range(150)]
    constraint = compile(json_schema({"properties": {name: {"type": "integer"} for name in names}}), tokens)
    knowledge = filling.Knowledge(constraint.walker.automaton, tokens.fragments)
    for begun in (b'{"', b'{"a', b'{"' + names[7][:4].encode(), b'{"' + names[7].encode()):
        found = knowledge.number(constraint.after_bytes(constraint.start, begun), -1)
        assert tokens.fragments[found].name == "inside of a JSON string"


def test_fragments_hold_the_tokens_that_are_text_of_their_characters():
    kinds = [r"(?s:.*)", ".*", r'[^"\\\x00-\x1f]*', "[A-Za-z0-9 ,.-]*", "[A-Za-z ]*", "[a-z ]*", "[A-Za-z0-9]*", "[a-z]*"]
    tokens = vocabulary(0)
    for fragment, kind in zip(tokens.fragments, kinds, strict=True):
        inside = [set(allowed_ids(row).tolist()) for row in fragment.rows]
        others = [set(((rest.nodes >> 16 & 0xFFFFFF).astype(int) - 1).tolist() + rest.duplicates[:, 1].tolist()) for rest in fragment.rests]
        for token in range(1, tokens.size):
            data = tokens.token_bytes(token)
            part = int(len(data) > tokens.usual_length)
            assert [(token in a) + (token in b) for a, b in zip(inside, others, strict=True)] == [1 - part, part]
            text = data.decode("utf-8", "replace")
            if "\ufffd" not in text:
                assert (token in inside[part]) == bool(re.fullmatch(kind, text))


@pytest.mark.parametrize("seed", range(40))
def test_rows_in_layers_that_are_alike_are_those_of_whole_walks(seed, monkeypatch):
    choose = random.Random(seed)
    tokens, rows = json_vocabulary(seed % 3), []
    size, letters = choose.randint(1, 4), "abxy:,1 é"
    for _ in range(choose.randint(size, 4 * size)):
        low = ord(choose.choice(letters))
        rows.append((choose.randrange(size), low, low + choose.choice([0, 0, 2]), "", choose.randrange(size)))
    low, high = choose.choice([0, 0, 1, 3, 30]), choose.choice([3, 20, 40, 60])
    finals = tuple(sorted({choose.randrange(size) for _ in range(2)}))
    grammar = Grammar({"start": sequence([Layered(size, finals, tuple(rows), low, max(low, high)), text("{")])})
    try:
        quick, plain = (compile(Language(grammar, "layers"), tokens) for _ in range(2))
    except EmptyLanguage:
        return
    monkeypatch.setattr(plain.walker.filler, "alike", lambda state, counted: (state, state, state))
    walk_beside(quick, plain, choose)


COUNTED = [r"^([ab]+x){0,%d}y$", r"^([ab]*x){2,%d}[ab]y?$", r"^(\S+\s+){0,%d}\S+$", r"^((a|b)x?){%d}(:|,)*$", r"^([^x]x){1,%d}(é| )$"]


@pytest.mark.parametrize("pattern", COUNTED)
@pytest.mark.parametrize("seed", range(3))
def test_masks_of_counts_within_a_bounded_length_are_those_of_whole_walks(pattern, seed, monkeypatch):
    choose, tokens = random.Random(seed), json_vocabulary(seed)
    lengths = {"minLength": choose.choice([0, 3]), "maxLength": choose.choice([25, 60])}
    schema = {"type": "string", "pattern": pattern % choose.randint(4, 14), **lengths}
    quick, plain = (compile(json_schema(schema), tokens) for _ in range(2))
    monkeypatch.setattr(plain.walker.filler, "alike", lambda state, counted: (state, state, state))
    walk_beside(quick, plain, choose)


def walk_beside(quick, plain, choose):
    """Random walks along which two constraints have the same masks."""
    size = quick.vocabulary.size
    for _ in range(4):
        matchers, found = (quick.matcher(), plain.matcher()), np.zeros((2, (size + 31) // 32), np.uint32)
        for _ in range(40):
            for matcher, row in zip(matchers, found, strict=True):
                matcher.write_mask(row)
            assert (found[0] == found[1]).all(), (allowed_ids(found[0]), allowed_ids(found[1]))
            token = int(choose.choice(allowed_ids(found[0])))
            if token == 0:
                break
            assert all(matcher.advance(token) for matcher in matchers)


def test_masks_of_counted_words_are_shared_whatever_their_number():
    tokens = json_vocabulary(0)
    constraint = compile(json_schema({"pattern": r"^(\S+\s+){0,29}\S+$", "type": "string", "maxLength": 300}), tokens)
    texts = [b'"' + b"ab, " * words + b"a" * letters for words in range(20) for letters in (1, 2, 3)]
    states = {constraint.after_bytes(constraint.start, text) for text in texts}
    assert len(states) == 60
    assert len({constraint.walker.filler.alike(state)[0] for state in states}) == 1


def test_masks_of_a_pattern_of_bounded_length_are_shared_by_its_counts():
    tokens = json_vocabulary(0)
    constraint = compile(json_schema({"pattern": "^[ab_.]+$", "type": "string", "minLength": 3, "maxLength": 200}), tokens)
    states = {constraint.after_bytes(constraint.start, b'"' + b"ab_." * count) for count in range(3, 30)}
    assert len(states) == 27
    assert len({constraint.walker.filler.alike(state)[0] for state in states}) == 1
