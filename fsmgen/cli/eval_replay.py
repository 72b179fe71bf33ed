"""`fsmgen eval rescore | replay`: outcomes from texts that are at hand, without a model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from fsmgen.cli.findings import rich_table
from fsmgen.errors import InputError

if TYPE_CHECKING:
    from fsmgen.evaluation.extraction import AnswerForm
    from fsmgen.evaluation.outcomes import Outcome
    from fsmgen.evaluation.records import Record, Study
    from fsmgen.evaluation.replay import Output, Replay
    from fsmgen.evaluation.tables import Table


def rescore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a study.")],
    rung: Annotated[str | None, typer.Option(help="strict, flexible or lenient; default: the task's.")] = None,
    before: Annotated[str | None, typer.Option(help="Read by a form with this text before the answer.")] = None,
    after: Annotated[str | None, typer.Option(help="Read by a form with this text after the answer.")] = None,
    json_lines: Annotated[bool, typer.Option("--json-lines", help="One JSON object for each record: its trial and its outcome.")] = False,
) -> None:  # fmt: skip
    """Read the answers of a study again, by another rung or another form of a final answer; its records are not changed."""
    from fsmgen.evaluation.extraction import RUNGS
    from fsmgen.evaluation.records import read_study
    from fsmgen.evaluation.replay import rescore as read

    study = read_study(folder)
    form = _form(study, before, after)
    outcomes = read(study, form=form, rung=rung)  # type: ignore[arg-type]  # checked there
    if json_lines:
        for record in study.records:
            typer.echo(json.dumps(_line(record, outcomes[record.key]), ensure_ascii=False))
        return
    ladder: dict[str, Mapping[str, Outcome]] = {each: read(study, form=form, rung=each) for each in RUNGS} if study.records else {}
    console = Console(highlight=False)
    console.print(rich_table(_table(study, outcomes, ladder)))
    console.print(f"{escape(str(folder))}: {len(study.records)} records, read as {escape(form.name)!r}, {rung or study.manifest['rung']}")


def _form(study: Study, before: str | None, after: str | None) -> AnswerForm:
    from fsmgen.evaluation.extraction import AnswerForm

    form = AnswerForm.of(study.manifest["form"])
    return replace(form, before=form.before if before is None else before, after=form.after if after is None else after)


def _line(record: Record, outcome: Outcome) -> dict[str, Any]:
    trial = record.trial
    names = {name: getattr(trial, name) for name in ("task", "item", "prompt", "shots", "seed", "arm", "model")}
    said = {"outcome": outcome.label, "value": outcome.value, "gold": record.gold, "closed_by_budget": outcome.closed}
    return {"key": record.key, **names, **said}


def _table(study: Study, outcomes: Mapping[str, Outcome], ladder: Mapping[str, Mapping[str, Outcome]]) -> Table:
    """Arm by arm: cells by outcome, and how many are correct on each rung."""
    from fsmgen.evaluation.outcomes import Kind
    from fsmgen.evaluation.tables import Table

    labels = sorted({outcome.label for outcome in outcomes.values()} | {str(Kind.CORRECT)}, key=_place)
    rows = []
    for arm in study.manifest["arms"]:
        keys = [record.key for record in study.records if record.trial.arm == arm]
        counts = Counter(outcomes[key].label for key in keys)
        rungs = (str(sum(of_rung[key].kind is Kind.CORRECT for key in keys)) for of_rung in ladder.values())
        rows.append((arm, str(len(keys)), *(str(counts[label]) for label in labels), *rungs))
    return Table("Outcomes, in cells", ("arm", "cells", *labels, *(f"correct, {rung}" for rung in ladder)), tuple(rows))


def _place(label: str) -> tuple[int, str]:
    from fsmgen.evaluation.outcomes import Kind

    return list(Kind).index(Kind(label.partition(":")[0])), label


def replay(
    task: Annotated[str, typer.Argument(metavar="TASK", help="A task that ships, or a TOML file; its extraction reads the outputs.")],
    recorded: Annotated[str | None, typer.Option(metavar="NAME", help="A recording that the task declares.")] = None,
    lm_eval: Annotated[Path | None, typer.Option("--lm-eval", metavar="FILE", help="A sample log of lm-evaluation-harness.")] = None,
    inspect: Annotated[Path | None, typer.Option("--inspect", metavar="FILE", help="A log of inspect_ai, .json or .eval.")] = None,
    own_items: Annotated[bool, typer.Option("--own-items", help="Take the items from the log, not from the task.")] = False,
    rung: Annotated[str | None, typer.Option(help="strict, flexible or lenient; default: the task's.")] = None,
    data: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the files of the dataset are.")] = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="FOLDER", help="Write them as a study into this folder.")] = None,
    model: Annotated[str, typer.Option(help="Whose outputs they are, for the study.")] = "recorded",
) -> None:  # fmt: skip
    """Score outputs that were recorded elsewhere, without a model."""
    from fsmgen.evaluation.catalogue import load_task
    from fsmgen.evaluation.replay import identified, study_of, task_of, write_study
    from fsmgen.evaluation.replay import replay as judged

    given = {"--recorded": recorded, "--lm-eval": lm_eval, "--inspect": inspect}
    [source, *others] = [f"{option} {value}" for option, value in given.items() if value is not None] or [""]
    if not source or others:
        raise InputError("give one of --recorded, --lm-eval and --inspect")
    outputs, found = _outputs(task, recorded, lm_eval, inspect, data), load_task(task, data=data)
    if own_items:
        outputs = identified(outputs)
        found = task_of(found.name, outputs, found)
    result = judged(found, outputs, rung=rung)  # type: ignore[arg-type]  # checked there
    if output is not None:
        write_study(study_of(found, {source: outputs}, model=model, source=source), output)
    for line in _lines(result):
        Console(soft_wrap=True, highlight=False).print(escape(line))


def _outputs(task: str, recorded: str | None, lm_eval: Path | None, inspect: Path | None, data: Path | None) -> list[Output]:
    from fsmgen.evaluation.replay import read_inspect, read_lm_eval, read_recorded

    if recorded is not None:
        return read_recorded(task, recorded, data=data)
    if lm_eval is not None:
        return read_lm_eval(lm_eval)
    assert inspect is not None
    return read_inspect(inspect)


def _lines(result: Replay) -> Iterable[str]:
    yield f"{result.task}: accuracy {result.accuracy:.6f}, {len(result.outputs)} outputs, {result.rung} extraction"
    yield "outcomes: " + ", ".join(f"{label} {count}" for label, count in sorted(result.kinds.items(), key=lambda each: _place(each[0])))
    yield "correct by rung: " + ", ".join(f"{rung} {count}" for rung, count in result.rungs.items())
    if result.unanswered:
        yield f"{len(result.unanswered)} items have no output, such as {', '.join(result.unanswered[:3])}"
