"""The options that name a constraint, the same for every command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from fsmgen.errors import BrokenFile, InvalidOption
from fsmgen.frontends import choice, gbnf, regex, template
from fsmgen.grammar import Language

RegexOption = Annotated[
    str | None, typer.Option("--regex", metavar="PATTERN", help="The answer matches this pattern (Python's re, whole text).")
]
ChoiceOption = Annotated[list[str] | None, typer.Option("--choice", metavar="TEXT", help="The answer is one of these; repeat the option.")]
ChoicesOption = Annotated[Path | None, typer.Option("--choices-from", metavar="FILE", help="The answer is one of this file's lines.")]
GbnfOption = Annotated[Path | None, typer.Option("--gbnf", metavar="FILE", help="The answer follows this grammar of llama.cpp's kind.")]
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

    def language(self, leading_space: str) -> Language | None:
        """The language that the options describe; None if they describe none.

        Raises:
            InvalidOption: more than one kind of constraint is given, or holes without a template.
            InputError: a constraint cannot be read.
        """
        kinds = {
            "--regex": self.pattern, "--choice": self.choices or None, "--choices-from": self.choices_from, "--gbnf": self.gbnf_from,
            "--template": self.template,
        }  # fmt: skip
        given = [option for option, value in kinds.items() if value is not None]
        if len(given) > 1:
            raise InvalidOption(given[1], "given", allowed=f"left out beside {given[0]}")
        if self.holes and self.template is None:
            raise InvalidOption("--hole", self.holes[0], allowed="given together with --template")
        language = self._language()
        return language and language.with_leading_space(leading_space)  # type: ignore[arg-type]  # checked there

    def _language(self) -> Language | None:
        if self.pattern is not None:
            return regex(self.pattern)
        if self.template is not None:
            return template(self.template, **_patterns(self.holes or []))  # type: ignore[arg-type]  # checked there
        if self.gbnf_from is not None:
            return gbnf(_text(self.gbnf_from))
        options = self.choices or (self.choices_from and _text(self.choices_from).splitlines())
        return choice(options) if options else None


def _patterns(holes: list[str]) -> dict[str, Language]:
    """The language of each hole by name."""
    found: dict[str, Language] = {}
    for hole in holes:
        name, equals, pattern = hole.partition("=")
        if not equals or name in found:
            raise InvalidOption("--hole", hole, allowed="NAME=PATTERN, once for each name")
        found[name] = regex(pattern)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFile(path, reason=f"it is no UTF-8 text ({error.reason} at byte {error.start})") from None
