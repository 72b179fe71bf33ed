"""Whether a byte string begins some text that a pattern matches, asked of the `regex` package's partial matching.

It shares nothing with fsmgen. A text that ends inside a character is decided by trying the characters that it can become. What `\\d`,
`\\w` and `\\s` match is asked of `re`, since `regex` knows a later version of Unicode.

>>> oracle = Oracle("[0-9]{2}(é)?")
>>> oracle.begins(b"1"), oracle.begins(b"12\\xc3"), oracle.begins(b"12\\xc4"), oracle.matches(b"12"), oracle.matches(b"1")
(True, True, False, True, False)
"""

from __future__ import annotations

import codecs
import re
import sys
from functools import cache, lru_cache

import regex


class Oracle:
    """Questions about one pattern, under fullmatch."""

    def __init__(self, pattern: str) -> None:
        self._pattern = regex.compile(spelled_out(pattern), regex.VERSION0)
        self._text_begins = lru_cache(100_000)(self._partial)
        self._begun_character = lru_cache(100_000)(self._can_complete)

    def matches(self, data: bytes) -> bool:
        """Whether the data is a text that matches."""
        try:
            return self._pattern.fullmatch(data.decode()) is not None
        except UnicodeDecodeError:
            return False

    def begins(self, data: bytes) -> bool:
        """Whether the data can be continued to a text that matches, or is one."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            text = decoder.decode(data)
        except UnicodeDecodeError:
            return False
        begun = decoder.getstate()[0]
        return self._begun_character(text, begun) if begun else self._text_begins(text)

    def _partial(self, text: str) -> bool:
        return self._pattern.fullmatch(text, partial=True) is not None

    def _can_complete(self, text: str, begun: bytes) -> bool:
        return self._partial(text) and any(self._partial(text + character) for character in _completions(begun))


def spelled_out(pattern: str) -> str:
    r"""The pattern with `\d`, `\w` and `\s` as ranges of the code points that `re` has in them.

    Raises:
        ValueError: a complement of these, in a class.
    """
    result, inside = "", False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part in (r"\d", r"\w", r"\s"):
            part = _ranges(part) if inside else f"[{_ranges(part)}]"
        elif part in (r"\D", r"\W", r"\S"):
            if inside:
                raise ValueError(f"{part} in a class")
            part = f"[^{_ranges(part.lower())}]"
        elif part in "[]":
            inside = part == "["
        result += part
    return result


@cache
def _ranges(escape: str) -> str:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    return "".join(f"\\U{m.start():08x}-\\U{m.end() - 1:08x}" for m in re.finditer(f"{escape}+", everything))


@lru_cache(1000)
def _completions(begun: bytes) -> tuple[str, ...]:
    """The characters whose encodings begin so."""
    length = 2 if begun[0] < 0xE0 else 3 if begun[0] < 0xF0 else 4
    found = []
    for rest in range(64 ** (length - len(begun))):
        tail = bytes(0x80 | rest >> 6 * place & 63 for place in reversed(range(length - len(begun))))
        try:
            found.append((begun + tail).decode())
        except UnicodeDecodeError:
            continue
    return tuple(found)
