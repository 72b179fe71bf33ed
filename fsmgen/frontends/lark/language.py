"""Grammars as languages: the functions that users call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from fsmgen.automata import Expression
from fsmgen.errors import BrokenFile, InputError, InvalidGrammar, InvalidOption
from fsmgen.frontends.lark.analysis import Analysis
from fsmgen.frontends.lark.bodies import bodies
from fsmgen.frontends.lark.copies import Copies, productive
from fsmgen.frontends.lark.dynamic import Dynamic
from fsmgen.frontends.lark.files import CHARACTER_LIMIT, Files
from fsmgen.frontends.lark.kept import keep_network, kept_network, key_of
from fsmgen.frontends.lark.lalr import lalr_rules
from fsmgen.frontends.lark.memory import Remembering
from fsmgen.frontends.lark.patterns import refuse_zero_width
from fsmgen.frontends.lark.places import position_of_name
from fsmgen.frontends.lark.reading import Source, read
from fsmgen.frontends.lark.scannerless import Scannerless
from fsmgen.frontends.shipped import shipped_network
from fsmgen.grammar import Grammar, Language, LeadingSpace
from fsmgen.grammar.lowered import Lowered
from fsmgen.grammar.network import Network, lower

Lexer: TypeAlias = Literal["dynamic", "contextual", "basic", "scannerless"]
LEXERS: tuple[Lexer, ...] = get_args(Lexer)
Options: TypeAlias = tuple[str, Iterable[str | Path], Mapping[str, str]]
"""The start rule, folders to import from, and texts for terminals."""
_PLAIN: Options = ("start", (), {})
_LONG = 1_000
"""Characters of a grammar whose network may be worth keeping."""


def lark(
    grammar: str, *, start: str = "start", lexer: Lexer = "dynamic", import_paths: Iterable[str | Path] = (),
    declare: Mapping[str, str] | None = None, leading_space: LeadingSpace = "no",
) -> Language:  # fmt: skip
    """The texts that lark parses with this grammar.

    Args:
        grammar: the text of the grammar.
        start: the rule to start from.
        lexer: how lexemes are found; see the package's docstring.
        import_paths: folders for `%import`; lark's own grammars are always there, and nothing else is reached.
        declare: texts for the terminals of `%declare`, by name.

    Raises:
        InvalidGrammar: lark cannot read it, a name is missing, or a file that is imported; or a rule that is used derives nothing.
        UnsupportedFeature: its meaning cannot be kept exactly.
        EmptyLanguage: it derives no text.
        LimitReached: it is too large.
        InvalidOption: `lexer` or `leading_space` is unknown.
    """
    if not isinstance(grammar, str):
        raise InputError(f"a grammar is a text, and {grammar!r} is {type(grammar).__name__}")
    language = _language(grammar, None, f"lark grammar ({lexer})", lexer, (start, import_paths, declare or {}))
    return language.with_leading_space(leading_space)


def lark_file(
    path: str | Path, *, start: str = "start", lexer: Lexer = "dynamic", import_paths: Iterable[str | Path] = (),
    declare: Mapping[str, str] | None = None, leading_space: LeadingSpace = "no",
) -> Language:  # fmt: skip
    """The texts that lark parses with the grammar of a file, which may import from its own folder; otherwise as `lark`.

    Raises:
        BrokenFile: there is no such file, or it is no text.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFile(path, reason=str(error)) from None
    source = f"{path.name} ({lexer})"
    return _language(text, path.parent, source, lexer, (start, import_paths, declare or {})).with_leading_space(leading_space)


def shipped_file(path: Path, text: str, lexer: Lexer, source: str, network: Path) -> Language:
    """The texts of a grammar that ships with the package, as may its network; otherwise as `lark_file`."""
    return _language(text, path.parent, source, lexer, _PLAIN, shipped=network)


def made_network(path: Path, text: str, lexer: Lexer) -> tuple[Network, Mapping[str, str], tuple[object, ...]]:
    """The network of such a grammar, made anew, and the texts and the way of reading for which it is."""
    files = Files(path.parent, ())
    files.gather(text)
    rules = _MEANINGS[lexer](_read(text, path.parent, lexer, _PLAIN), True)
    return lower(rules, "%start"), files.texts, _way(lexer, _PLAIN)


def _way(lexer: Lexer, options: Options) -> tuple[object, ...]:
    """How a grammar is read, as far as its network depends on it."""
    start, _, declare = options
    return lexer, start, declare


def _language(text: str, folder: Path | None, name: str, lexer: Lexer, options: Options, *, shipped: Path | None = None) -> Language:
    if lexer not in LEXERS:
        raise InvalidOption("lexer", lexer, allowed=f"one of {', '.join(LEXERS)}")
    source = cache(lambda: _read(text, folder, lexer, options))
    meaning, outline = _MEANINGS[lexer], lambda: Grammar(_MEANINGS[lexer](source(), False), "%start")
    if not _LONG <= len(text) <= CHARACTER_LIMIT:
        return Language(Grammar(meaning(source(), True), "%start", outline=outline), name)
    files, make = Files(folder, options[1]), cache(lambda: meaning(source(), True))
    files.gather(text)
    network = shipped_network(shipped, files.texts, _way(lexer, options)) if shipped else None
    network = network or _kept(files.texts, _way(lexer, options), make)
    return Language(Grammar(Lowered(network, make), "%start", outline=outline), name)


def _kept(texts: Mapping[str, str], way: tuple[object, ...], make: Callable[[], dict[str, Expression]]) -> Network:
    """The network from the user's cache folder, where it is kept from now on."""
    key = key_of(texts, way)
    network = kept_network(key)
    if network is None:
        network = lower(make(), "%start")
        keep_network(key, network)
    return network


def _read(text: str, folder: Path | None, lexer: Lexer, options: Options) -> Source:
    start, import_paths, declare = options
    source = read(text, start=start, folder=folder, import_paths=import_paths, declare=declare)
    _refuse_unproductive(source)
    if lexer != "scannerless":
        refuse_zero_width(source)
    return source


def _refuse_unproductive(source: Source) -> None:
    """Refuse rules that derive nothing, as a grammar that needs one cannot be meant.

    Raises:
        InvalidGrammar: there is one.
    """
    found = productive(source.rules)
    unproductive = [name for name in source.rules if name not in found]
    places = [(i, position, name) for i, text in enumerate(source.texts.values()) for name in unproductive
              if (position := position_of_name(text, name)) is not None]  # fmt: skip
    if unproductive:
        i, position, name = min(places, default=(0, 0, unproductive[0]))
        text = [*source.texts.values()][i]
        message = f"rule {name} derives no text: none of its alternatives comes to an end"
        raise InvalidGrammar(message, source=text, position=_definition(text, name, position))


def _definition(text: str, name: str, position: int) -> int:
    found = re.search(rf"^[?!]*{re.escape(name)}\b(?=[^\n]*:)", text, re.MULTILINE)
    return found.start() if found else position


def _scannerless(source: Source, merge: bool) -> dict[str, Expression]:
    lexing, analysis = Scannerless(source), Analysis(source.rules, source.start)
    return Copies(analysis, bodies(analysis, source.start, merge=merge), lexing, source.start).rules() | lexing.rules


def _dynamic(source: Source, merge: bool) -> dict[str, Expression]:
    analysis = Analysis(source.rules, source.start)
    shifts = {name: (name, 0) for name in analysis.bit}
    lexing = Remembering(analysis, Dynamic(source), shifts, 0, source.start, merge)
    return Copies(analysis, bodies(analysis, source.start, merge=merge), lexing, source.start).rules() | lexing.rules


_MEANINGS: dict[Lexer, Callable[[Source, bool], dict[str, Expression]]] = {
    "dynamic": _dynamic,
    "contextual": lambda source, merge: lalr_rules(source, contextual=True, merge=merge),
    "basic": lambda source, merge: lalr_rules(source, contextual=False, merge=merge),
    "scannerless": _scannerless,
}
"""What they make of a grammar, whose rules they may merge."""
