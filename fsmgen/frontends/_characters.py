"""What a character class of Python's `re` matches, as ranges of code points, asked of `re` itself."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import numpy as np

from fsmgen.automata.expression import Ranges, complement, union
from fsmgen.caching import atomic_write, cache_folder

TOP = sys.maxunicode


@cache
def _all_characters() -> str:
    return np.arange(TOP + 1, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _cased_characters() -> str:
    """Characters that case folding may tie to another one; every other character matches only itself under IGNORECASE."""
    everything = _all_characters()
    blocks = (everything[i : i + 256] for i in range(0, TOP + 1, 256))
    return "".join(c for block in blocks if not block == block.lower() == block.upper() for c in block if not c == c.lower() == c.upper())


@cache
def category(name: str, flags: int) -> Ranges:
    """Code points of an escape such as `\\w`, under re.ASCII or not; kept on disk, since asking takes 50 ms."""
    kind = f"{name[1].lower()}{name[1].isupper():d}{bool(flags & re.ASCII):d}"
    everything = re.compile(f"(?:{name})+", flags & re.ASCII)
    return stored(kind, lambda: tuple((m.start(), m.end() - 1) for m in everything.finditer(_all_characters())))


def stored(kind: str, make: Callable[[], Ranges]) -> Ranges:
    """What `make` gives for a kind of characters of this version of Unicode, kept on disk."""
    path = cache_folder("characters") / f"{unicodedata.unidata_version}-{kind}.json"
    known = _kept(path)
    if known is None:
        known = make()
        with contextlib.suppress(OSError):  # nothing but time is lost
            atomic_write(path, json.dumps([known, _checksum(known)]).encode())
    return known


def _kept(path: Path) -> Ranges | None:
    """The ranges in a file of the cache; None if there is none, or it is damaged."""
    try:
        ranges, checksum = json.loads(path.read_bytes())
        known = tuple((int(low), int(high)) for low, high in ranges)
    except (OSError, ValueError, TypeError):
        return None
    return known if checksum == _checksum(known) else None


def _checksum(ranges: Ranges) -> str:
    return hashlib.sha256(repr(ranges).encode()).hexdigest()


@cache
def case_variants(code_point: int, flags: int) -> Ranges:
    """The code points that a literal matches under IGNORECASE, itself included."""
    literal = re.escape(chr(code_point))
    found = re.finditer(literal, _cased_characters(), re.IGNORECASE | flags & re.ASCII)
    return union([(code_point, code_point), *((ord(m[0]), ord(m[0])) for m in found)])


def ignoring_case(ranges: Iterable[tuple[int, int]], flags: int) -> Ranges:
    """The code points that a class of these ranges matches under IGNORECASE."""
    wanted = union(ranges)
    pattern = "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in wanted) + "]"
    found = re.finditer(pattern, _cased_characters(), re.IGNORECASE | flags & re.ASCII)
    return union([*wanted, *((ord(m[0]), ord(m[0])) for m in found)])


def negated(ranges: Ranges) -> Ranges:
    """All other code points."""
    return complement(ranges, top=TOP)
