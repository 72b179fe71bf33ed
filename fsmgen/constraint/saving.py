"""Constraints as files, without pickle: what is allowed, over which vocabulary, and how an answer is read.

A file is three parts: the line `fsmgen constraint 1`, a line with the SHA-256 of the rest in hex, and JSON. It holds the rules of the
language, not its states and masks: to load is to compile, some milliseconds for a pattern and 0.6 s for 100,000 choices, and a mask costs
less to build than rows of 16 KB to read and to trust.

The function that reads an answer's value is saved by its name and what it was made of, see `fsmgen.constraint.readers`; a function of your
own is not saved, since only running code could bring it back.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsmgen.caching import atomic_write
from fsmgen.constraint.readers import packed_language, unpacked_language
from fsmgen.errors import BrokenFile, OtherVocabulary, OutputExists
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary

if TYPE_CHECKING:
    from fsmgen.constraint.constraint import Constraint

_MAGIC = b"fsmgen constraint 1\n"
_FAMILY = b"fsmgen constraint "
_DIGEST = 65

def save(constraint: Constraint, path: Path, *, overwrite: bool) -> None:
    """Write a constraint to a file. See `Constraint.save`."""
    facts = packed_language(constraint.language) | {"vocabulary": constraint.vocabulary.content_hash}
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
        language = unpacked_language(facts)
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
    except (ValueError, RecursionError) as error:
        raise BrokenFile(path, reason=f"it holds no JSON ({error})") from None
