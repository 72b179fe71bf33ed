"""Constraints as files, without pickle: what is allowed, over which vocabulary, and how an answer is read.

A file is three parts: the line `fsmgen constraint 1`, a line with the SHA-256 of the rest in hex, and JSON. It holds the rules of the
language, not its states and masks: to load is to compile, some milliseconds for a pattern and 0.6 s for 100,000 choices, and a mask costs
less to build than rows of 16 KB to read and to trust.

The function that reads an answer's value is saved by its name in `READERS`, or as the table of a choice; a function of your own is not
saved, since only running code could bring it back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fsmgen.automata.portable import packed, unpacked
from fsmgen.caching import atomic_write
from fsmgen.errors import BrokenFile, InputError, OtherVocabulary, OutputExists
from fsmgen.frontends.numbers import read_decimal, read_integer
from fsmgen.grammar import LEADING_SPACE, Grammar, Language
from fsmgen.tokens import Vocabulary

if TYPE_CHECKING:
    from fsmgen.constraint.constraint import Constraint

_MAGIC = b"fsmgen constraint 1\n"
_FAMILY = b"fsmgen constraint "
_DIGEST = 65

READERS: Mapping[str, Callable[[str], object]] = {
    "text": str,
    "integer": read_integer,
    "decimal": read_decimal,
    "scientific": Decimal,
    "number": float,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
    "uuid": UUID,
}
"""The functions that a file can name."""

_PLAIN = (str, int, float, bool, type(None))


def save(constraint: Constraint, path: Path, *, overwrite: bool) -> None:
    """Write a constraint to a file. See `Constraint.save`."""
    language = constraint.language
    facts = {
        "source": language.source,
        "leading_space": language.leading_space,
        "reader": _named(language),
        "vocabulary": constraint.vocabulary.content_hash,
        "start": language.grammar.start,
        "rules": packed(language.grammar.rules),
    }
    body = json.dumps(facts, ensure_ascii=True).encode()
    data = _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    if overwrite:
        atomic_write(path, data)
        return
    try:
        file = path.open("xb")
    except FileExistsError:
        raise OutputExists(path, instead="name another file, or say overwrite=True") from None
    try:
        with file:
            file.write(data)
    except BaseException:
        path.unlink()
        raise


def load(path: Path, vocabulary: Vocabulary) -> Language:
    """The language in a file that was saved for the vocabulary. See `load_constraint`."""
    facts = _facts(path)
    try:
        saved = str(facts["vocabulary"])
        grammar = Grammar(unpacked(facts["rules"]), facts["start"])
        if grammar.start not in grammar.rules or facts["leading_space"] not in LEADING_SPACE:
            raise ValueError(f"no rule {grammar.start!r}, or no leading space {facts['leading_space']!r}")
        language = Language(grammar, facts["source"], facts["leading_space"], _reader(facts["reader"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenFile(path, reason=f"its contents are wrong ({type(error).__name__}: {error})") from error
    if saved != vocabulary.content_hash:
        raise OtherVocabulary(path, saved=saved, given=vocabulary.content_hash)
    return language


def _facts(path: Path) -> Any:
    """The JSON of a file whose checksum is right."""
    data = path.read_bytes()
    if not data.startswith(_FAMILY):
        raise BrokenFile(path, reason="it is no saved constraint")
    if not data.startswith(_MAGIC):
        first = data.split(b"\n", 1)[0][:60].decode(errors="replace")
        raise BrokenFile(path, reason=f"it is of another version ({first!r}); this fsmgen reads {_MAGIC.decode().strip()!r}")
    digest, body = data[len(_MAGIC) : len(_MAGIC) + _DIGEST], data[len(_MAGIC) + _DIGEST :]
    if digest != hashlib.sha256(body).hexdigest().encode() + b"\n":
        raise BrokenFile(path, reason="its checksum is wrong: it was cut short or changed")
    try:
        return json.loads(body)
    except ValueError as error:
        raise BrokenFile(path, reason=f"it holds no JSON ({error})") from None


def _named(language: Language) -> Any:
    """The function that reads answers, as data: a name, or what a choice's texts stand for."""
    for name, function in READERS.items():
        if language.parse == function:
            return name
    values = getattr(language.parse, "__self__", None)
    if isinstance(values, dict) and language.parse == values.__getitem__ and all(type(value) in _PLAIN for value in values.values()):
        return {"values": values} if any(text != value for text, value in values.items()) else {"texts": list(values)}
    unknown = getattr(language.parse, "__qualname__", repr(language.parse))
    raise InputError(
        f"{language.source} cannot be saved: {unknown} reads its answers, and a file can name only the readers {', '.join(READERS)} and "
        "choices with plain values; dataclasses.replace(language, parse=str) can be saved, and reads an answer as its text"
    )


def _reader(saved: Any) -> Callable[[str], object]:
    if isinstance(saved, str):
        return READERS[saved]
    values = {str(text): text for text in saved["texts"]} if "texts" in saved else dict(saved["values"])
    return values.__getitem__
