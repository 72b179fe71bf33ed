"""The networks of the grammars that ship with the package, in files beside theirs, so that the first use on a machine need not make them.

A file is for one text, read in one way, by one version of lark and of Python's characters; with any other one the network is made, as for
any other grammar. A test makes all of them and compares; `python -m bench.networks` writes them. Beside a user's own grammars nothing is
looked for: numbers from elsewhere would be taken as they are.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
import zlib
from collections.abc import Mapping
from pathlib import Path

import lark

from fsmgen.grammar.lowered import packed_network, unpacked_network
from fsmgen.grammar.network import Network

_MAGIC = b"fsmgen shipped network 1\n"
_DIGEST = hashlib.sha256().digest_size


def versions() -> str:
    """What a network depends on, its grammar and this package apart."""
    return f"lark {lark.__version__}, characters {unicodedata.unidata_version}"


def shipped_path(grammar: Path) -> Path:
    """Where the network of a grammar's file is."""
    return grammar.with_suffix(".network")


def shipped_network(grammar: Path, texts: Mapping[str, str], options: tuple[object, ...]) -> Network | None:
    """The network of these texts, read in this way; None if the file is of others, is damaged, or is not there."""
    try:
        raw = shipped_path(grammar).read_bytes()
    except OSError:
        return None
    begin = len(head := _head())
    packed = raw[begin + _DIGEST :]
    if raw[: begin + _DIGEST] != head + _digest(texts, options, packed):
        return None
    return unpacked_network(zlib.decompress(packed))


def written_network(network: Network, texts: Mapping[str, str], options: tuple[object, ...]) -> bytes:
    """The file of a network."""
    packed = zlib.compress(packed_network(network), 9)
    return _head() + _digest(texts, options, packed) + packed


def of_these_versions(grammar: Path) -> bool:
    """Whether the file is for this lark and these characters."""
    return shipped_path(grammar).read_bytes().startswith(_head())


def _head() -> bytes:
    return _MAGIC + f"{versions()}\n".encode()


def _digest(texts: Mapping[str, str], options: tuple[object, ...], packed: bytes) -> bytes:
    facts = json.dumps([list(texts.values()), repr(options)]).encode()
    return hashlib.sha256(hashlib.sha256(facts).digest() + packed).digest()
