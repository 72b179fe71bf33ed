"""The networks of large grammars, kept in the user's cache folder: to read one again takes a millisecond, where to make it takes 200.

A file is found by a hash of all that its network depends on: the texts of the grammar and of what it imports, how it is to be read, the
versions of Python's characters and of lark, and the sources of this package that read grammars. Deleting the folder is always safe, and a
damaged file is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import lark

from fsmgen.caching import atomic_write, cache_folder
from fsmgen.grammar.lowered import packed_network, unpacked_network
from fsmgen.grammar.network import Network

_MAGIC = b"fsmgen network 1\n"
_DIGEST = hashlib.sha256().digest_size
_WORTH = 2_000
"""Moves of a network that is worth a file."""
_MOST = 200
"""Files; beyond it the oldest make room."""
_ROOMS = ("automata", "grammar", "frontends")
_log = logging.getLogger("fsmgen")


def key_of(texts: Mapping[str, str], options: tuple[object, ...]) -> str:
    """By which a grammar's network is found, from its texts and how it is read."""
    versions = [lark.__version__, unicodedata.unidata_version, _sources()]
    return hashlib.sha256(json.dumps([list(texts.values()), repr(options), versions]).encode()).hexdigest()


def kept_network(key: str) -> Network | None:
    """The network in the file of that key; None if there is none, or it is damaged."""
    try:
        raw = (cache_folder("networks") / f"{key[:32]}.network").read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST
    if raw[:start] != _MAGIC + _digest(key, raw[start:]):
        return None
    return unpacked_network(raw[start:])


def keep_network(key: str, network: Network) -> None:
    """Write a file, if the network is large; nothing but time is lost where that fails."""
    if len(network.edges) < _WORTH:
        return
    data = packed_network(network)
    try:
        folder = cache_folder("networks")
        _make_room(folder)
        atomic_write(folder / f"{key[:32]}.network", _MAGIC + _digest(key, data) + data)
    except OSError as error:
        _log.warning("the network of a grammar cannot be kept: %s", error)


def _make_room(folder: Path) -> None:
    files = [path for path in folder.iterdir() if path.suffix == ".network"]
    if len(files) >= _MOST:
        with contextlib.suppress(FileNotFoundError):  # another process may be doing the same
            for path in sorted(files, key=lambda path: path.stat().st_mtime)[: len(files) - _MOST + 1]:
                path.unlink()


def _digest(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + data).digest()


@cache
def _sources() -> str:
    """What the sources that read grammars are now: their sizes, and when they were written."""
    package, facts = Path(__file__).parents[2], list[tuple[str, int, int]]()
    folders = [str(package / room) for room in _ROOMS]
    for folder in folders:  # grows while it runs
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.name.endswith(".py"):
                    stat = entry.stat()
                    facts.append((entry.path, stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(repr(sorted(facts)).encode()).hexdigest()
