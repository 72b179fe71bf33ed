"""The files of a grammar: what `%import` may reach, and in which order lark asks for it.

A grammar reaches files below its own folder and below the folders that the caller passes, and the grammars that come with lark. All of them
are found, and their imports followed, before lark reads any: so a file that imports itself is an error with its place.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from lark.exceptions import LarkError
from lark.lexer import Token
from lark.load_grammar import _parse_grammar
from lark.tree import Tree

from fsmgen.errors import InvalidGrammar, LimitReached
from fsmgen.frontends.lark.places import place_of_syntax

CHARACTER_LIMIT = 300_000
"""Characters that a grammar and what it imports may have; lark reads about 50,000 a second."""
_PACKAGE = "<lark>"
"""Stands for the folder of the grammars that come with lark."""
_STRING = "<grammar>"


class Import(NamedTuple):
    """An `%import`: the path of the file below some folder, whether it is relative to the importing file, and where it stands."""

    path: str
    relative: bool
    position: int


class Files:
    """Finds files, and reads each once.

    Attributes:
        texts: all that was read, by name.
    """

    def __init__(self, folder: Path | None, import_paths: Iterable[str | Path]) -> None:
        self._folders = [Path(path) for path in import_paths]
        self._roots = [path.resolve() for path in [*self._folders, *([folder] if folder is not None else [])]]
        self.name = str(folder / _STRING) if folder is not None else _STRING
        self.texts: dict[str, str] = {}

    def gather(self, text: str) -> None:
        """Read the grammar and all that it imports.

        Raises:
            InvalidGrammar: a text is no grammar, a file is missing, lies outside, or imports itself.
            LimitReached: they are too long.
        """
        self._enter(self.name, text, ())

    def __call__(self, base: str | None, path: str) -> tuple[str, str]:
        """Name and text of an imported file; lark's import protocol."""
        return next(found for found in self._candidates(base, path) if found is not None)

    def _enter(self, name: str, text: str, above: tuple[str, ...]) -> None:
        self.texts[name] = text
        total = sum(map(len, self.texts.values()))
        if total > CHARACTER_LIMIT:
            raise LimitReached("the characters of a grammar", limit=CHARACTER_LIMIT, reached=total)
        for statement in _imports(text):
            found, inner = self._found(name, text, statement)
            if found == name or found in above:
                raise InvalidGrammar(f"{found} imports itself", source=text, position=statement.position)
            if found not in self.texts:
                self._enter(found, inner, (*above, name))

    def _found(self, name: str, text: str, statement: Import) -> tuple[str, str]:
        base = name.rpartition("/")[0] if statement.relative else None
        if base == "" and not self._folders:
            message = f"{statement.path} is imported relative to a grammar that is no file; pass import_paths"
            raise InvalidGrammar(message, source=text, position=statement.position)
        found = [item for item in self._candidates(base, statement.path) if item is not None]
        if not found:
            raise InvalidGrammar(f"no file {statement.path} to import", source=text, position=statement.position)
        path, inner = found[0]
        if not path.startswith(_PACKAGE) and not any(Path(path).resolve().is_relative_to(root) for root in self._roots):
            raise InvalidGrammar(f"{path} lies outside the folders of the grammar", source=text, position=statement.position)
        return path, inner

    def _candidates(self, base: str | None, path: str) -> Iterator[tuple[str, str] | None]:
        """In lark's order: the caller's folders, that of the importing file, lark's own."""
        for folder in [*map(str, self._folders), *([base] if base else [])]:
            yield self._read(f"{folder}/{path}")
        yield self._read(f"{_PACKAGE}/{path}")

    def _read(self, name: str) -> tuple[str, str] | None:
        if name in self.texts:
            return name, self.texts[name]
        try:
            if name.startswith(_PACKAGE):
                data = pkgutil.get_data("lark", "grammars" + name.removeprefix(_PACKAGE)) or b""
            else:
                data = _content(Path(name))
        except OSError:
            return None
        return name, data.decode().replace("\r\n", "\n")


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > 4 * CHARACTER_LIMIT:
        raise LimitReached("the characters of a grammar", limit=CHARACTER_LIMIT, reached=size)
    return path.read_bytes()


def _imports(text: str) -> Iterator[Import]:
    """The imports of a text.

    Raises:
        InvalidGrammar: one of them cannot be read.
    """
    for statement in statements(_only_imports(text)) if _LINE.search(text) else ():
        if statement.data == "import":
            path, *_ = statement.children
            assert isinstance(path, Tree)
            names = [name for name in path.children if isinstance(name, Token)]
            kept = names if len(statement.children) > 1 and isinstance(statement.children[1], Tree) else names[:-1]
            if not kept:
                raise InvalidGrammar("nothing is imported", source=text, position=names[0].start_pos or 0)
            yield Import("/".join(kept) + ".lark", path.data == "import_rel", names[0].start_pos or 0)


_LINE = re.compile(r"^[^\S\n]*%import\b(?:\\ *\n|[^\n])*\n?", re.MULTILINE)


def _only_imports(text: str) -> str:
    """The text with blanks for all that is no import, so that lark reads a large grammar once and not twice."""
    parts, at = [], 0
    for found in _LINE.finditer(text):
        parts += [_blank(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join(parts)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def statements(text: str) -> list[Tree[Token]]:
    """What lark's parser of grammars finds.

    Raises:
        InvalidGrammar: the text is no grammar.
    """
    try:
        tree = _parse_grammar(text, "the grammar")
    except (LarkError, RecursionError, ValueError) as error:
        raise place_of_syntax(text, error) from None
    return [statement for statement in tree.children if isinstance(statement, Tree)]
