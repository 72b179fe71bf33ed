"""`fsmgen eval presets | preset`: published protocols, frozen as declarations, on the embedded models or on any other."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape

from fsmgen.cli.eval_run import _part
from fsmgen.cli.findings import rich_table
from fsmgen.cli.progress import bar, bars, resumable_bars
from fsmgen.cli.tables import print_rows
from fsmgen.cli.threads import jobs_for, one_thread_for
from fsmgen.errors import InvalidOption

if TYPE_CHECKING:
    from fsmgen.evaluation.presets import PlannedStudy, Preset, PresetReport, Settings

REPORT = "report.html"

_Output: TypeAlias = Annotated[
    Path, typer.Option("--output", "--output-path", metavar="FOLDER", help="Folder for the studies and the report.")
]
_Models: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--model", help="An embedded model, a checkpoint folder, or a Hub name; repeat the option. Default: the embedded ones."),
]
_Data: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="NAME=FILE",
        help="Real data, as in gsm8k=gsm8k_test.jsonl.gz, with solved examples beside it or in NAME.examples=FILE.",
    ),
]
_Limit: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Ask only so many items of each study; the report says so.")]
_Development: TypeAlias = Annotated[
    bool, typer.Option("--development", help="Take the items and prompts for trying things out, which are never the reported ones.")
]
_Shard: TypeAlias = Annotated[str, typer.Option(metavar="I/N", help="Run only the I-th of N parts of each study.")]
_Cache: TypeAlias = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Take batches that ran before, and add new ones.")]
_Jobs: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="Models at a time, each in its own process. Default: one for each core; 1 if a model is not an embedded one."),
]
_Device: TypeAlias = Annotated[str, typer.Option(help="cpu, cuda, ...")]
_Dtype: TypeAlias = Annotated[str, typer.Option(help="float32, bfloat16, float16 or float64.")]
_Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Write over an earlier report; records are never touched.")]
_Revision: TypeAlias = Annotated[str | None, typer.Option(help="Revision of a Hub model.")]


def presets() -> None:
    """List the presets: what each asks, what it runs, where it was published, how long it takes."""
    from fsmgen.evaluation.presets import load_preset, preset_names

    print_rows((name, _described(load_preset(name))) for name in preset_names())


def _described(preset: Preset) -> str:
    data = sorted({plan.data for plan in preset.plans if plan.data})
    given = f" Takes --data {', '.join(f'{name}=FILE' for name in data)}." if data else ""
    models = "the embedded models" if preset.models == "family" else "one embedded model"
    return f"{preset.question} {preset.runs}{given} About {preset.minutes} minutes for {models} on two cores. Published: {preset.source}"


def preset(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A preset, as `fsmgen eval presets` lists them, or a TOML file.")],
    *,
    output: _Output,
    model: _Models = None,
    data: _Data = None,
    limit: _Limit = None,
    development: _Development = False,
    shard: _Shard = "1/1",
    cache: _Cache = None,
    jobs: _Jobs = None,
    device: _Device = "cpu",
    dtype: _Dtype = "float32",
    revision: _Revision = None,
    overwrite: _Overwrite = False,
) -> None:
    """Run a published protocol, print its figures beside the published ones, and write the report of its studies, FOLDER/report.html.

    Its studies are ordinary folders FOLDER/STUDY/MODEL. A run that died goes on where it stopped: give the same command again.
    """
    part = _part(shard)
    one_thread_for(model or ())
    from fsmgen.evaluation.presets import Settings, check, claim, default_models, load_preset, preset_report
    from fsmgen.evaluation.records import RecordCache
    from fsmgen.evaluation.running import Shard

    found = load_preset(name)
    files = _files(data or [])
    settings = Settings(limit, development, files, Shard(*part), None if cache is None else RecordCache(cache))
    check(found, settings)
    claim(output, found, settings)
    started = time.perf_counter()
    models = list(dict.fromkeys(model or default_models(found)))
    loading = {"device": device, "dtype": dtype, "revision": revision}
    studies = _put(found, models, output, settings, jobs=jobs or jobs_for(models), loading=loading)
    _print(told := preset_report(found, studies, development=development))
    if missing := sum(int(each.study.manifest["trials"]) - len(each.study.records) for each in studies):
        later = f"No report yet: {missing} answers of other shards are missing; the last one writes it"
        Console(highlight=False).print(later, soft_wrap=True)
        return
    _write(told, studies, output, _command(found, model or [], settings, output), overwrite)
    Console(highlight=False).print(f"{time.perf_counter() - started:.0f} s in all")


def _files(given: Sequence[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for each in given:
        name, equals, path = each.partition("=")
        if not equals or not Path(path).is_file():
            raise InvalidOption("--data", each, allowed="NAME=FILE, where FILE is there")
        if name in files:
            raise InvalidOption("--data", each, allowed=f"one file for {name}, and {files[name]} was given before")
        files[name] = Path(path)
    return files


def _put(
    found: Preset, models: Sequence[str], folder: Path, settings: Settings, *, jobs: int, loading: dict[str, Any]
) -> list[PlannedStudy]:
    """Every study of every model, with a progress bar for each."""
    from fsmgen.evaluation.presets import put_all

    with resumable_bars(folder) as progress:

        @cache
        def bar_of(place: int, study: str) -> Callable[[int, int], None]:
            return bar(progress, f"{models[place]} ({place + 1} of {len(models)}), {study}")

        def told(place: int, study: str, done: int, total: int) -> None:
            bar_of(place, study)(done, total)

        return put_all(found, models, folder, settings, jobs=jobs, loading=loading, told=told)


def _print(found: PresetReport) -> None:
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=220)
    for caution in (*found.cautions, *found.caveats):
        console.print(f"[yellow]note:[/] {escape(caution)}", soft_wrap=True)
    for table in (*found.tables, *found.studies):
        console.print(rich_table(table) if table.rows else escape("\n".join((table.title, *table.notes))))
    console.print(f"declaration {found.preset.digest}")


def _write(found: PresetReport, studies: Sequence[PlannedStudy], folder: Path, command: str, overwrite: bool) -> None:
    """The report of all studies; what is printed is its first section."""
    from fsmgen.evaluation.presets import opening
    from fsmgen.evaluation.reporting import write_report

    keys = {each.plan.name: {arm: key for key, arm in each.arms.items()} for each in studies}
    with bars(transient=True) as progress:
        files = write_report(
            [each.folder for each in studies],
            folder / REPORT,
            opening=[opening(found)],
            title=found.title,
            labels=lambda manifest: keys.get(manifest["preset"]["study"], {}),
            command=command,
            overwrite=overwrite,
            rung=studies[0].study.manifest["rung"],
            progress=bar(progress, "sections of the report"),
        )
    Console(highlight=False).print(f"Report: {escape(str(files.page))}; beside it the same as Markdown, CSV and SVG", soft_wrap=True)


def _command(found: Preset, models: Sequence[str], settings: Settings, folder: Path) -> str:
    given = [part for each in models for part in ("--model", each)]
    given += [part for name, path in settings.data.items() for part in ("--data", f"{name}={path}")]
    given += ["--limit", str(settings.limit)] * (settings.limit is not None) + ["--development"] * settings.development
    return shlex.join(["fsmgen", "eval", "preset", found.name, *given, "--output", str(folder)])
