"""`fsmgen generate`: prompts from the command line, a file or standard input; answers as text or JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from fsmgen.cli.constraints import Asked, with_constraint
from fsmgen.errors import InputError, InvalidOption, OutputExists

if TYPE_CHECKING:
    from fsmgen.decoding import Generation

_BATCH = 64

EXAMPLES = """Examples:

  fsmgen generate --regex '[0-9]{1,3}' --leading-space optional 'Question: Ann has 3 pens and buys 4. How many? Answer:'

  fsmgen generate --choice yes --choice no --json-lines --prompts questions.txt

  fsmgen generate --template ' Take {work}. Answer: {sum}' --hole 'work=[0-9*= ]{1,20}' --hole 'sum=[0-9]{1,3}' 'What is 7 * 9? Answer:'

  fsmgen generate --schema answer.schema.json --json-lines --prompts questions.txt

  cat questions.jsonl | fsmgen generate --model ./checkpoint --max-tokens 64 --temperature 0.7 --seed 1 --prompts - --json-lines
"""


@with_constraint
def generate(
    *,
    prompts: Annotated[list[str] | None, typer.Argument(metavar="PROMPT...", help="Prompts; or give --prompts.")] = None,
    model: Annotated[str, typer.Option(help="An embedded model, a checkpoint folder, or a Hub name.")] = "embedded:stories",
    asked: Asked,
    prompts_from: Annotated[Path | None, typer.Option("--prompts", metavar="FILE", help="One prompt a line, or JSON lines with a key "
                            "\"prompt\" (*.jsonl, or lines that are objects); - is standard input.")] = None,
    json_lines: Annotated[bool, typer.Option("--json-lines", help="One JSON object with all facts for each answer.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write to this file, which must not exist.")] = None,
    max_tokens: Annotated[int, typer.Option(help="Most tokens of an answer, its end token included.")] = 128,
    temperature: Annotated[float, typer.Option(help="0 takes the most probable token.")] = 0.0,
    top_k: Annotated[int, typer.Option(help="Keep the k most probable tokens; 0 keeps all.")] = 0,
    top_p: Annotated[float, typer.Option(help="Keep the most probable tokens up to this mass.")] = 1.0,
    min_p: Annotated[float, typer.Option(help="Keep tokens at least this many times as probable as the best one.")] = 0.0,
    repetition_penalty: Annotated[float, typer.Option(help="Above 1: tokens that occurred become less probable.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 0,
    stop: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="End a free answer before this text; repeatable.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, ...")] = "cpu",
    dtype: Annotated[str, typer.Option(help="float32, bfloat16, float16 or float64.")] = "float32",
    revision: Annotated[str | None, typer.Option(help="Revision of a Hub model.")] = None,
) -> None:  # fmt: skip
    """Generate answers, constrained or free."""
    if asked.standard_input is not None and prompts_from == Path("-"):
        raise InvalidOption("--prompts", "-", allowed="a file, since --schema is read from standard input")
    language = asked.language()
    texts = _prompts(prompts, prompts_from)
    from fsmgen.decoding import Sampling, load_model  # torch takes seconds to import; wrong options should not
    from fsmgen.decoding import generate as run

    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p, repetition_penalty=repetition_penalty, seed=seed)
    with _target(output) as file:
        loaded = load_model(model, device=device, dtype=dtype, revision=revision)
        seeds = sampling.row_seeds(len(texts))
        for first in track(
            range(0, len(texts), _BATCH), description="generating", console=Console(stderr=True), disable=len(texts) <= _BATCH
        ):
            part = slice(first, first + _BATCH)
            seeded = replace(sampling, seed=seeds[part])
            for answer in run(loaded, texts[part], language, max_tokens=max_tokens, sampling=seeded, stop=tuple(stop or ())):
                file.write((_facts(answer) if json_lines else answer.text) + "\n")
            file.flush()


generate.__doc__ = f"{generate.__doc__}\n\n{escape(EXAMPLES)}"


def _prompts(given: list[str] | None, file: Path | None) -> list[str]:
    """The prompts of the arguments or of the file."""
    if bool(given) == bool(file):
        raise InputError("give prompts as arguments, or --prompts FILE, and not both" if given else "no prompt given")
    if given:
        return given
    assert file is not None
    lines = (sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")).splitlines()
    texts = [_prompt(line, file, i) for i, line in enumerate(lines, 1) if line.strip()]
    if not texts:
        raise InputError(f"{file} holds no prompt")
    return texts


def _prompt(line: str, file: Path, number: int) -> str:
    """The prompt of one line: the line, or the value of `prompt` where the line is a JSON object."""
    if not line.lstrip().startswith("{") and file.suffix != ".jsonl":
        return line
    try:
        prompt = json.loads(line)["prompt"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f'{file}, line {number}: a JSON object with a key "prompt" is wanted ({type(error).__name__}: {error})') from None
    if not isinstance(prompt, str):
        raise InputError(f"{file}, line {number}: the prompt is no text")
    return prompt


@contextmanager
def _target(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a new file; a file is removed again if nothing was written to it."""
    if output is None:
        yield sys.stdout
        return
    try:
        file = output.open("x", encoding="utf-8")
    except FileExistsError:
        raise OutputExists(output, instead="name another file, or remove it first") from None
    try:
        with file:
            yield file
    finally:
        if output.stat().st_size == 0:
            output.unlink()


def _facts(answer: Generation) -> str:
    facts = {field.name: getattr(answer, field.name) for field in fields(answer) if field.compare}  # times are not in them
    return json.dumps(facts, ensure_ascii=False, default=str)
