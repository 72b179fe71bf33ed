"""Languages and vocabularies that the contract of Matcher is run over."""

from __future__ import annotations

from fsmgen.automata import Characters, Symbol, choice, repeat, sequence, text
from fsmgen.frontends.regex import parse
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary

PATTERNS = [
    r"\d{3}",
    r"yes|no|yesterday",
    r"(a|b)*abb",
    r"a{2,4}b?",
    r"[^a]{0,2}",
    r"(|a|ab)(b|c)*",
    r"1(,234)?",
    r"é|日本|\U0001F600+",
    r"(a|aa){3}",
    r"[ab ]{2,5}Ans: \d",
    r"(a?){4}a{4}",
    r"z{2}|aaz",
]

EXPRESSIONS = {
    **{pattern: parse(pattern) for pattern in PATTERNS},
    "symbols": sequence([repeat(text("a"), 0, 3), Symbol("<|end|>"), choice([text("b"), Symbol("<|call|>")])]),
    "two bytes of three": repeat(Characters(((0x80, 0x7FF),)), 1, 2),
}

BYTES = [bytes([byte]) for byte in range(256)]

VOCABULARIES = {
    "bytes and merges": Vocabulary.from_tokens(
        [*BYTES, b"ab", b"abb", b"aa", b"yes", b"no", b"12", b"123", b",2", b"34", b"s: ", b"Ans", "é".encode(), b"\xc3", "日".encode(),
         b"\xe6\x97", b"\x97\xa5", "本\U0001f600".encode(), b"\x9f\x98\x80\xf0", None, None, None],
        eos_ids=(274,), special_ids={"<|end|>": 275, "<|call|>": 276}, size=300,
    ),
    "odd ids": Vocabulary.from_tokens(
        [None, b"", b"a", b"a", b"b", b"ab", *BYTES, b"ab", None, None, b"a" * 300, b"1", None],
        eos_ids=(0, 264), special_ids={"<|end|>": 263, "<|call|>": 267}, size=333,
    ),
    "few bytes": Vocabulary.from_tokens(
        [b"a", b"b", b"bb", b"ab", b"yes", b"no", b"terday", b"1", b"23", b",2", b"34", b"4", b" ", b"Ans:", "é".encode(),
         "日本".encode(), b"\xf0\x9f", b"\x98\x80", b"\xc3", b"\xb6", None, None, None],
        eos_ids=(22,), special_ids={"<|end|>": 20, "<|call|>": 21},
    ),
}  # fmt: skip


def language(name: str) -> Language:
    """The named expression as a front end would return it."""
    return Language.of(EXPRESSIONS[name], name)
