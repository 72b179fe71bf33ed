"""The networks of the grammars that ship with the package, in files beside theirs, so that the first use on a machine need not make them.

A file is for one text, read in one way, by one version of lark and of Python's characters; with any other one the network is made, as for
any other grammar. A test makes all of them and compares; `python -m bench.networks` writes them. Beside a user's own grammars nothing is
looked for: numbers from elsewhere would be taken as they are.
"""

from __future__ import annotations

import hashlib
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


def shipped_network(path: Path, texts: Mapping[str, str], options: tuple[object, ...]) -> Network | None:
    """The network of these texts, read in this way; None if the file is of others, is damaged, or is not there."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return None
    begin = len(_HEAD) + _DIGEST
    packed = raw[begin:]
    if raw[:begin] != _HEAD + _digest(texts, options, packed):
        return None
    return unpacked_network(zlib.decompress(packed))


def written_network(network: Network, texts: Mapping[str, str], options: tuple[object, ...]) -> bytes:
    """The file of a network."""
    packed = zlib.compress(packed_network(network), 9)
    return _HEAD + _digest(texts, options, packed) + packed


def of_these_versions(path: Path) -> bool:
    """Whether the file is for this lark and these characters."""
    return path.read_bytes().startswith(_HEAD)


def _digest(texts: Mapping[str, str], options: tuple[object, ...], packed: bytes) -> bytes:
    """A hash of all three; the options say how many texts there are, and the texts how long they are."""
    found = hashlib.sha256(repr((options, [len(text) for text in texts.values()])).encode())
    for text in texts.values():
        found.update(text.encode("utf-8", "surrogatepass"))
    found.update(packed)
    return found.digest()


_HEAD = _MAGIC + f"{versions()}\n".encode()
