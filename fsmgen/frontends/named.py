"""Grammars that ship with the package, by name.

    >>> from fsmgen.frontends.named import grammar_named, grammar_names
    >>> grammar_named("json").source
    'grammar json'
    >>> "sql_select" in grammar_names()
    True

A grammar is a file of the folder `grammars`, in GBNF or in lark's notation. Its comment says what it covers and what it does not say; in a
line `// lexer: basic` a lark grammar names the meaning that it is written for, which is `dynamic` otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from fsmgen.automata import Expression
from fsmgen.errors import InvalidOption
from fsmgen.frontends.gbnf import gbnf
from fsmgen.frontends.lark.language import made_network, shipped_file
from fsmgen.frontends.shipped import shipped_network, shipped_path
from fsmgen.grammar import Grammar, Language, LeadingSpace
from fsmgen.grammar.lowered import Lowered
from fsmgen.grammar.network import Network, lower

_PACKAGE = Path(__file__).parents[1]
_GBNF = ("GBNF",)
_LEXER = re.compile(r"^// lexer: (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NamedGrammar:
    """A grammar that ships with the package.

    Attributes:
        name: by which it is loaded.
        path: its file.
        text: what the file holds.
        network: the file of its network.
    """

    name: str
    path: Path
    text: str
    network: Path

    @property
    def title(self) -> str:
        """The first line of its comment."""
        return self.text.split("\n", 1)[0].strip("#/ ")

    @property
    def meaning(self) -> str:
        """`GBNF`, or the lexer of a lark grammar."""
        found = _LEXER.search(self.text)
        return "GBNF" if self.path.suffix == ".gbnf" else found[1] if found else "dynamic"

    def language(self) -> Language:
        """Its texts; a text is its own value."""
        lexer: Any = self.meaning  # checked there
        if self.path.suffix == ".lark":
            return shipped_file(self.path, self.text, lexer, f"grammar {self.name}", self.network)
        network = shipped_network(self.network, {self.name: self.text}, _GBNF)
        grammar = Grammar(Lowered(network, self._rules), "root") if network else gbnf(self.text).grammar
        return Language(grammar, f"grammar {self.name}")

    def made_network(self) -> tuple[Network, Mapping[str, str], tuple[object, ...]]:
        """Its network, made anew, and the texts and the way of reading for which it is."""
        lexer: Any = self.meaning
        if self.path.suffix == ".lark":
            return made_network(self.path, self.text, lexer)
        return lower(self._rules(), "root"), {self.name: self.text}, _GBNF

    def _rules(self) -> Mapping[str, Expression]:
        return gbnf(self.text).grammar.rules


@lru_cache(maxsize=1)
def named_grammars() -> tuple[NamedGrammar, ...]:
    """All grammars that ship with the package, by name in order."""
    files = [path for pattern in ("*.gbnf", "*.lark") for path in _folder().glob(pattern)]
    return tuple(_grammar_of(path) for path in sorted(files, key=lambda path: path.stem))


def _grammar_of(path: Path) -> NamedGrammar:
    return NamedGrammar(path.stem, path, path.read_text(encoding="utf-8"), shipped_path(path))


def grammar_names() -> tuple[str, ...]:
    """Names for `grammar_named`."""
    return tuple(grammar.name for grammar in named_grammars())


def grammar_named(name: str, *, leading_space: LeadingSpace = "no") -> Language:
    """The texts of a grammar that ships with the package; `grammar_names()` lists them. It is read once in a process.

    Raises:
        InvalidOption: there is no such grammar, or `leading_space` is unknown.
    """
    names = grammar_names()
    if name in names:
        return _language(name).with_leading_space(leading_space)
    close = get_close_matches(str(name), names, 1)
    suggestion = f"; did you mean {close[0]!r}?" if close else ""
    raise InvalidOption("the name of a grammar", name, allowed=f"one of {', '.join(names)}{suggestion}")


@lru_cache
def _language(name: str) -> Language:
    return next(grammar for grammar in named_grammars() if grammar.name == name).language()


def _folder() -> Path:
    """`fsmgen/grammars` where the package is installed, and the folder beside `fsmgen` in a checkout."""
    installed = _PACKAGE / "grammars"
    return installed if installed.is_dir() else _PACKAGE.parent / "grammars"
