"""`fsmgen inspect`: a constraint's states and words, what texts lead to, how it compares with another, and its machine over tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from fsmgen.automata import Dfa, Lexicon
from fsmgen.cli import analysis, expecting
from fsmgen.cli.analysis import Row
from fsmgen.cli.constraints import Asked, with_constraint
from fsmgen.cli.tables import print_rows
from fsmgen.constraint.readers import report_of
from fsmgen.errors import OutputExists
from fsmgen.frontends import regex
from fsmgen.grammar import Language

_MODEL = "embedded:stories"

EXAMPLES = r"""Examples:

  fsmgen inspect --regex '[1-9]\d{0,2}(,\d{3})*' --text 1,234 --text 12,34

  fsmgen inspect --choice yes --choice no --examples 2

  fsmgen inspect --regex '[a-c]{1,3}' --count --words 10 --longest --uniform 5

  fsmgen inspect --gbnf chess.gbnf --examples 3

  fsmgen inspect --schema person.schema.json --order free --whitespace compact --text '{"name":"Ann"}'
  fsmgen inspect --grammar sql_select --text 'SELECT a FROM ' --text 'SELECT ,' --json

  fsmgen inspect --lark sums.lark --lexer contextual --text '1 + 2'

  fsmgen inspect --regex '[0-9]{1,3}' --compare '[1-9][0-9]*'

  fsmgen inspect --choice yes --choice no --choice maybe --svg machine.svg --model embedded:stories
"""


@with_constraint
def inspect(
    *,
    asked: Asked,
    texts: Annotated[list[str] | None, typer.Option("--text", metavar="TEXT", help="Show what this text leads to; repeatable.")] = None,
    examples: Annotated[int, typer.Option(min=0, max=10_000, help="How many random words to show.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the random words.")] = 0,
    state_limit: Annotated[int, typer.Option(min=2, help="Build the explicit automaton up to this many states.")] = 20_000,
    count: Annotated[bool, typer.Option("--count", help="Count the words, exactly, and those of each length.")] = False,
    words: Annotated[int, typer.Option(min=0, metavar="N", help="List the first N words: shorter ones first, then in byte order.")] = 0,
    longest: Annotated[bool, typer.Option("--longest", help="Show the longest word.")] = False,
    uniform: Annotated[int, typer.Option(min=0, metavar="N", help="Draw N words, each word equally probable.")] = 0,
    max_length: Annotated[int | None, typer.Option(min=0, metavar="BYTES", help="For --count and --uniform: up to this length.")] = None,
    other: Annotated[str | None, typer.Option("--compare", metavar="PATTERN", help="Compare with the language of this pattern.")] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the machine over tokens into this new file.")] = None,
    model: Annotated[str | None, typer.Option(help=f"Show the machine over this model's tokens; with --svg by default {_MODEL}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:  # fmt: skip
    """Show a constraint: states, words and their number, what texts lead to, another one beside it, its machine over tokens."""
    language = asked.required()
    if svg is not None and svg.exists():
        raise _taken(svg)
    automaton = language.grammar.automaton(language.source)
    rows = [("constraint", language.source), *analysis.basics(automaton, state_limit), *analysis.random_words(automaton, examples, seed)]
    entries = report_of(language)
    rows[1:1] = analysis.reported(entries) if entries else ()
    if longest or count or words or uniform:
        lexicon = Lexicon(Dfa.of(automaton, limit=state_limit))
        rows += [analysis.longest(lexicon)] if longest else []
        rows += analysis.counted(lexicon, max_length) if count else []
        rows += analysis.listed(lexicon, words)
        rows += analysis.drawn(lexicon, uniform, max_length, seed)
    warned = list(expecting.warnings(language, (asked.lark_text(), asked.start or "start"), seed))
    found = [] if as_json else [row for text in texts or () for row in expecting.text_rows(language, automaton, text)]
    after = list(analysis.compared(automaton, regex(other))) if other is not None else []
    after += _machine(language, model or _MODEL, svg) if model is not None or svg is not None else []
    if as_json:
        facts = [expecting.text_facts(language, automaton, text) for text in texts or ()]
        typer.echo(json.dumps({"rows": rows + after, "warnings": warned, "texts": facts}))
    else:
        print_rows([*rows, *(("warning", text) for text in warned), *found, *after])


inspect.__doc__ = f"{inspect.__doc__}\n\n{escape(EXAMPLES)}"


def _machine(language: Language, model: str, svg: Path | None) -> Iterator[Row]:
    """The machine over the tokens of a model, drawn into a file if that is asked for."""
    from fsmgen.constraint import compile
    from fsmgen.decoding import load_model  # torch takes seconds to import

    fsm = compile(language, load_model(model).vocabulary).token_fsm()
    yield analysis.machine(fsm, model)
    if svg is not None:
        picture = fsm.to_svg()
        try:
            with svg.open("x", encoding="utf-8") as file:
                file.write(picture)
        except FileExistsError:
            raise _taken(svg) from None
        yield "drawn into", str(svg)


def _taken(path: Path) -> OutputExists:
    return OutputExists(path, instead="name another file, or remove it first")

