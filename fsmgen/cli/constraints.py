"""The options that name a constraint, the same for every command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from fsmgen.errors import BrokenFile, InvalidOption
from fsmgen.frontends import choice, gbnf, grammar_named, lark_file, regex, template
from fsmgen.frontends.lark import LEXERS
from fsmgen.frontends.named import named_grammars
from fsmgen.grammar import Language

RegexOption = Annotated[
    str | None, typer.Option("--regex", metavar="PATTERN", help="The answer matches this pattern (Python's re, whole text).")
]
ChoiceOption = Annotated[list[str] | None, typer.Option("--choice", metavar="TEXT", help="The answer is one of these; repeat the option.")]
ChoicesOption = Annotated[Path | None, typer.Option("--choices-from", metavar="FILE", help="The answer is one of this file's lines.")]
GbnfOption = Annotated[Path | None, typer.Option("--gbnf", metavar="FILE", help="The answer follows this grammar of llama.cpp's kind.")]
GrammarOption = Annotated[
    str | None, typer.Option("--grammar", metavar="NAME", help="The answer follows this one of the grammars that `fsmgen grammars` lists.")
]
LarkOption = Annotated[Path | None, typer.Option("--lark", metavar="FILE", help="The answer follows this grammar in lark's notation.")]
LexerOption = Annotated[
    str | None, typer.Option("--lexer", metavar="MODE", help=f"How the lexer of --lark finds its terminals: {', '.join(LEXERS)}.")
]
StartOption = Annotated[str | None, typer.Option("--start", metavar="RULE", help="The rule of --lark to start from; default: start.")]
DeclareOption = Annotated[
    list[str] | None, typer.Option("--declare", metavar="NAME=TEXT", help="The text of a terminal that --lark declares; repeat the option.")
]
TemplateOption = Annotated[
    str | None, typer.Option("--template", metavar="TEXT", help="The answer is this text, with {name} filled in as --hole says.")
]
HoleOption = Annotated[
    list[str] | None, typer.Option("--hole", metavar="NAME=PATTERN", help="What may stand in a hole of the template; repeat the option.")
]
SpaceOption = Annotated[
    str, typer.Option("--leading-space", metavar="no|optional|required", help="Whether the answer begins with a space.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The values of the options, None where an option is not given."""

    pattern: str | None = None
    choices: list[str] | None = None
    choices_from: Path | None = None
    gbnf_from: Path | None = None
    template: str | None = None
    holes: list[str] | None = None
    lark_from: Path | None = None
    lexer: str | None = None
    start: str | None = None
    declare: list[str] | None = None
    grammar: str | None = None

    def language(self, leading_space: str) -> Language | None:
        """The language that the options describe; None if they describe none.

        Raises:
            InvalidOption: more than one kind of constraint is given, or holes without a template.
            InputError: a constraint cannot be read.
        """
        kinds = {
            "--regex": self.pattern, "--choice": self.choices or None, "--choices-from": self.choices_from, "--gbnf": self.gbnf_from,
            "--lark": self.lark_from, "--grammar": self.grammar, "--template": self.template,
        }  # fmt: skip
        given = [option for option, value in kinds.items() if value is not None]
        if len(given) > 1:
            raise InvalidOption(given[1], "given", allowed=f"left out beside {given[0]}")
        self._refuse_alone("--hole", self.holes, self.template, "--template")
        for option, value in {"--lexer": self.lexer, "--start": self.start, "--declare": self.declare}.items():
            self._refuse_alone(option, value, self.lark_from, "--lark")
        language = self._language()
        return language and language.with_leading_space(leading_space)  # type: ignore[arg-type]  # checked there

    def lark_text(self) -> str:
        """The text of the grammar in lark's notation, of a kind that ships with the package or not; empty if there is none."""
        if self.lark_from is not None:
            return _text(self.lark_from)
        return next((each.text for each in named_grammars() if each.name == self.grammar and each.path.suffix == ".lark"), "")

    @staticmethod
    def _refuse_alone(option: str, value: str | list[str] | None, needed: object, beside: str) -> None:
        if value and needed is None:
            raise InvalidOption(option, value if isinstance(value, str) else value[0], allowed=f"given together with {beside}")

    def _language(self) -> Language | None:
        if self.pattern is not None:
            return regex(self.pattern)
        if self.template is not None:
            return template(self.template, **_patterns(self.holes or []))  # type: ignore[arg-type]  # checked there
        if self.gbnf_from is not None:
            return gbnf(_text(self.gbnf_from))
        if self.grammar is not None:
            return grammar_named(self.grammar)
        if self.lark_from is not None:
            declared = _pairs("--declare", "NAME=TEXT", self.declare or [])
            lexer: Any = self.lexer or "dynamic"  # checked there
            return lark_file(self.lark_from, start=self.start or "start", lexer=lexer, declare=declared)
        options = self.choices or (self.choices_from and _text(self.choices_from).splitlines())
        return choice(options) if options else None


def _patterns(holes: list[str]) -> dict[str, Language]:
    """The language of each hole by name."""
    return {name: regex(pattern) for name, pattern in _pairs("--hole", "NAME=PATTERN", holes).items()}


def _pairs(option: str, form: str, given: list[str]) -> dict[str, str]:
    """What stands behind each name."""
    found: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or name in found:
            raise InvalidOption(option, pair, allowed=f"{form}, once for each name")
        found[name] = value
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFile(path, reason=f"it is no UTF-8 text ({error.reason} at byte {error.start})") from None
