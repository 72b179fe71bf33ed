"""The options that name a constraint, the same for every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fsmgen.errors import InvalidOption
from fsmgen.frontends import choice, regex
from fsmgen.grammar import Language

RegexOption = Annotated[
    str | None, typer.Option("--regex", metavar="PATTERN", help="The answer matches this pattern (Python's re, whole text).")
]
ChoiceOption = Annotated[list[str] | None, typer.Option("--choice", metavar="TEXT", help="The answer is one of these; repeat the option.")]
ChoicesOption = Annotated[Path | None, typer.Option("--choices-from", metavar="FILE", help="The answer is one of this file's lines.")]
SpaceOption = Annotated[
    str, typer.Option("--leading-space", metavar="no|optional|required", help="Whether the answer begins with a space.")
]


def language_of(pattern: str | None, choices: list[str] | None, file: Path | None, leading_space: str) -> Language | None:
    """The language that the options describe; None if they describe none.

    Raises:
        InvalidOption: more than one kind of constraint is given.
    """
    given = [option for option, value in (("--regex", pattern), ("--choice", choices), ("--choices-from", file)) if value]
    if pattern == "":
        given.append("--regex")
    if len(given) > 1:
        raise InvalidOption(given[1], "given", allowed=f"left out beside {given[0]}")
    if pattern is not None:
        return regex(pattern).with_leading_space(leading_space)  # type: ignore[arg-type]  # checked there
    options = choices or (file and file.read_text(encoding="utf-8").splitlines())
    return choice(options).with_leading_space(leading_space) if options else None  # type: ignore[arg-type]
