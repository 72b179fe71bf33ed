"""The options that name a constraint, the same for every command."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from fsmgen.errors import BrokenFile, InputError, InvalidOption
from fsmgen.frontends import choice, gbnf, grammar_named, lark_file, regex, template
from fsmgen.frontends.json_schema import Indent, json_schema
from fsmgen.frontends.lark import LEXERS
from fsmgen.frontends.named import named_grammars
from fsmgen.grammar import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """The values of the options, None where an option is not given."""

    pattern: Annotated[
        str | None, typer.Option("--regex", metavar="PATTERN", help="The answer matches this pattern (Python's re, whole text).")
    ] = None
    choices: Annotated[
        list[str] | None, typer.Option("--choice", metavar="TEXT", help="The answer is one of these; repeat the option.")
    ] = None
    choices_from: Annotated[
        Path | None, typer.Option("--choices-from", metavar="FILE", help="The answer is one of this file's lines.")
    ] = None
    schema: Annotated[
        Path | None, typer.Option("--schema", metavar="FILE", help="The answer is JSON by this JSON Schema; - is standard input.")
    ] = None
    gbnf: Annotated[Path | None, typer.Option("--gbnf", metavar="FILE", help="The answer follows this grammar of llama.cpp's kind.")] = None
    grammar: Annotated[
        str | None,
        typer.Option("--grammar", metavar="NAME", help="The answer follows this grammar, one of those that `fsmgen grammars` lists."),
    ] = None
    lark: Annotated[Path | None, typer.Option("--lark", metavar="FILE", help="The answer follows this grammar in lark's notation.")] = None
    template: Annotated[
        str | None, typer.Option("--template", metavar="TEXT", help="The answer is this text, with {name} filled in as --hole says.")
    ] = None
    leading_space: Annotated[
        str, typer.Option("--leading-space", metavar="no|optional|required", help="Whether the answer begins with a space.")
    ] = "no"
    holes: Annotated[
        list[str] | None, typer.Option("--hole", metavar="NAME=PATTERN", help="What may stand in a hole of --template; repeat the option.")
    ] = None
    lexer: Annotated[
        str | None, typer.Option("--lexer", metavar="MODE", help=f"How the lexer of --lark finds its terminals: {', '.join(LEXERS)}.")
    ] = None
    start: Annotated[str | None, typer.Option("--start", metavar="RULE", help="The rule of --lark to start from; default: start.")] = None
    declare: Annotated[
        list[str] | None,
        typer.Option("--declare", metavar="NAME=TEXT", help="The text of a terminal that --lark declares; repeat the option."),
    ] = None
    order: Annotated[
        str | None, typer.Option("--order", metavar="schema|free", help="Properties in the order of --schema, or in any.")
    ] = None
    whitespace: Annotated[
        str | None,
        typer.Option(
            "--whitespace", metavar="compact|spaced|flexible|indent=N", help="White space in the JSON of --schema; default: spaced."
        ),
    ] = None
    ensure_ascii: Annotated[bool, typer.Option("--ascii", help="No character beyond ASCII in the JSON of --schema.")] = False
    escapes: Annotated[
        str | None, typer.Option("--escapes", metavar="all|minimal", help="Escapes that strings in the JSON of --schema may have.")
    ] = None
    formats: Annotated[
        str | None, typer.Option("--format", metavar="assert|annotate", help="Whether `format` in --schema constrains; default: assert.")
    ] = None
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Relax what of --schema cannot be kept exactly, instead of refusing it; inspect lists it.")
    ] = False
    resources: Annotated[
        list[str] | None, typer.Option("--resource", metavar="URI=FILE", help="A document that --schema refers to; repeat the option.")
    ] = None
    standard_input: bytes | None = None
    """What was read for `--schema -`; no option."""

    def language(self) -> Language | None:
        """The language that the options describe; None if they describe none.

        Raises:
            InvalidOption: more than one kind of constraint is given, or an option of one without it.
            InputError: a constraint cannot be read.
        """
        given = self.given
        if len(given) > 1:
            raise InvalidOption(given[1], "given", allowed=f"left out beside {given[0]}")
        self._refuse_alone("--hole", self.holes, self.template, "--template")
        for option, value in {"--lexer": self.lexer, "--start": self.start, "--declare": self.declare}.items():
            self._refuse_alone(option, value, self.lark, "--lark")
        for option, value in self._of_schemas.items():
            self._refuse_alone(option, value, self.schema, "--schema")
        language = self._language()
        return language and language.with_leading_space(self.leading_space)  # type: ignore[arg-type]  # checked there

    @property
    def given(self) -> list[str]:
        """The kinds of constraints that are asked for."""
        kinds = {
            "--regex": self.pattern, "--choice": self.choices or None, "--choices-from": self.choices_from, "--schema": self.schema,
            "--gbnf": self.gbnf, "--grammar": self.grammar, "--lark": self.lark, "--template": self.template,
        }  # fmt: skip
        return [option for option, value in kinds.items() if value is not None]

    def required(self) -> Language:
        """The language that the options describe.

        Raises:
            InputError: there is none, or one cannot be read.
        """
        language = self.language()
        if language is None:
            raise InputError("give --regex, --choice, --choices-from, --schema, --gbnf, --grammar, --lark or --template")
        return language

    @property
    def _of_schemas(self) -> dict[str, str | list[str] | None]:
        return {
            "--order": self.order, "--whitespace": self.whitespace, "--ascii": "given" if self.ensure_ascii else None,
            "--escapes": self.escapes, "--format": self.formats, "--lenient": "given" if self.lenient else None,
            "--resource": self.resources,
        }  # fmt: skip

    def lark_text(self) -> str:
        """The text of the grammar in lark's notation, of a kind that ships with the package or not; empty if there is none."""
        if self.lark is not None:
            return _text(self.lark)
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
        if self.schema is not None:
            return self._by_schema(self.schema)
        if self.gbnf is not None:
            return gbnf(_text(self.gbnf))
        if self.grammar is not None:
            return grammar_named(self.grammar)
        if self.lark is not None:
            declared = _pairs("--declare", "NAME=TEXT", self.declare or [])
            lexer: Any = self.lexer or "dynamic"  # checked there
            return lark_file(self.lark, start=self.start or "start", lexer=lexer, declare=declared)
        options = self.choices or (self.choices_from and _text(self.choices_from).splitlines())
        return choice(options) if options else None

    def schema_text(self, path: Path) -> bytes:
        """The text of the schema."""
        return path.read_bytes() if self.standard_input is None else self.standard_input

    def _by_schema(self, path: Path) -> Language:
        given: dict[str, Any] = {"order": self.order, "escapes": self.escapes, "format": self.formats}
        return json_schema(
            self.schema_text(path),
            **{option: value for option, value in given.items() if value is not None},
            whitespace=whitespace(self.whitespace or "spaced"),
            ensure_ascii=self.ensure_ascii,
            lenient=self.lenient,
            resources=self.documents(),
        )

    def documents(self) -> dict[str, bytes]:
        """The documents that a schema refers to, by URI."""
        pairs = (self._document(pair) for pair in self.resources or ())
        return {uri: path.read_bytes() for uri, path in pairs}

    @staticmethod
    def _document(pair: str) -> tuple[str, Path]:
        uri, equals, path = pair.rpartition("=")  # URIs may have an = in them
        if not equals or not uri:
            raise InvalidOption("--resource", pair, allowed="URI=FILE")
        return uri, Path(path)


def whitespace(given: str) -> Any:
    """The white space that an option names."""
    name, equals, width = given.partition("=")
    if not equals:
        return given
    if name != "indent" or not (width.isascii() and width.isdigit()):
        raise InvalidOption("--whitespace", given, allowed="compact, spaced, flexible or indent=N")
    return Indent(int(width))


def with_constraint(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter `asked` is given by options, those of `Asked`."""
    own = inspect.signature(command, eval_str=True)
    hints = get_type_hints(Asked, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    named = [each for each in fields(Asked) if each.name != "standard_input"]
    options = [inspect.Parameter(each.name, kind, default=each.default, annotation=hints[each.name]) for each in named]

    def run(**values: Any) -> None:
        given = {option.name: values.pop(option.name) for option in options}
        read = sys.stdin.read().encode("utf-8", "surrogateescape") if given["schema"] == Path("-") else None
        command(asked=Asked(**given, standard_input=read), **values)

    others = [each.replace(kind=kind) for name, each in own.parameters.items() if name != "asked"]
    place = list(own.parameters).index("asked")
    parameters = [*others[:place], *options, *others[place:]]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return run


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
