"""`fsmgen eval run`: a task put to a model in several ways, into a folder; the same command again goes on where it stopped."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape

from fsmgen.cli.eval_folders import state
from fsmgen.cli.findings import rich_table
from fsmgen.cli.progress import bar, resumable_bars
from fsmgen.cli.threads import one_thread_for
from fsmgen.errors import InputError, InvalidOption
from fsmgen.evaluation.naming import meant

if TYPE_CHECKING:
    from fsmgen.evaluation.arms import Arm
    from fsmgen.evaluation.experiment import Experiment
    from fsmgen.evaluation.prompts import Prompt
    from fsmgen.evaluation.records import Study
    from fsmgen.evaluation.tasks import Task

EXAMPLES = """Examples:

  fsmgen eval run --task stories --arm free --arm full:longest=60 --output study --limit 50

  fsmgen eval run --task mmlu:anatomy --data data --arm likelihood:over=letters --arm letter-constrained --shots 5 --output mmlu

  fsmgen eval run --task stories --arm free --arm 'vote:arm=(json:first=answer),samples=5' --shard 2/4 --output study
"""

_Folder: TypeAlias = Annotated[Path, typer.Option("--output", "--output-path", metavar="FOLDER", help="Folder of the study.")]
_Task: TypeAlias = Annotated[
    str, typer.Option("--task", "--tasks", metavar="NAME|FILE", help="A task that ships, such as stories or bbh:navigate, or a TOML file.")
]
_Arms: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--arm",
        metavar="KIND:PARAMETER=VALUE,...",
        help="How the answer is obtained; repeat the option. Default: free, and declared by the task, or full.",
    ),
]
_Model: TypeAlias = Annotated[str, typer.Option(help="An embedded model, a checkpoint folder, or a Hub name.")]
_Prompts: TypeAlias = Annotated[
    list[str] | None, typer.Option("--prompt", metavar="NAME", help="Prompts of the task, or all; repeat the option. Default: the first.")
]
_Shots: TypeAlias = Annotated[list[int] | None, typer.Option("--shots", "--num-fewshot", help="Solved examples; repeat the option.")]
_Orders: TypeAlias = Annotated[
    list[int] | None, typer.Option("--shot-order", metavar="SEED", help="Show the examples in the order of this seed; repeat the option.")
]
_Seeds: TypeAlias = Annotated[list[int] | None, typer.Option("--seed", help="Seeds of the random numbers; repeat the option.")]
_Limit: TypeAlias = Annotated[
    int | None, typer.Option(help="Ask only so many items, picked by the hash of their ids; the study is then marked as partial.")
]
_Shard: TypeAlias = Annotated[str, typer.Option(metavar="I/N", help="Run only the I-th of N parts; merge puts them together.")]
_Cache: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Take batches that ran before, in any study, from this folder, and add new ones.")
]
_Data: TypeAlias = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the files of the task's dataset are.")]
_Fetch: TypeAlias = Annotated[bool, typer.Option("--fetch", help="Fetch a dataset from the Hub if it is not on this machine.")]
_Batch: TypeAlias = Annotated[int, typer.Option(help="Items that run together.")]
_Budget: TypeAlias = Annotated[int, typer.Option(help="Most tokens of an answer, its end token included.")]
_Temperature: TypeAlias = Annotated[float, typer.Option(help="0 takes the most probable token.")]
_TopK: TypeAlias = Annotated[int, typer.Option(help="Keep the k most probable tokens; 0 keeps all.")]
_TopP: TypeAlias = Annotated[float, typer.Option(help="Keep the most probable tokens up to this mass.")]
_MinP: TypeAlias = Annotated[float, typer.Option(help="Keep tokens at least this many times as probable as the best one.")]
_Judge: TypeAlias = Annotated[str | None, typer.Option(metavar="MODEL", help="The model of judged arms; default: the model itself.")]
_Reference: TypeAlias = Annotated[str, typer.Option(metavar="NAME", help="The arm that others are compared with; default: free text.")]
_Device: TypeAlias = Annotated[str, typer.Option(help="cpu, cuda, ...")]
_Dtype: TypeAlias = Annotated[str, typer.Option(help="float32, bfloat16, float16 or float64.")]
_Revision: TypeAlias = Annotated[str | None, typer.Option(help="Revision of a Hub model.")]


def run(
    *,
    task: _Task,
    output: _Folder,
    arm: _Arms = None,
    model: _Model = "embedded:stories",
    prompt: _Prompts = None,
    shots: _Shots = None,
    order: _Orders = None,
    seed: _Seeds = None,
    limit: _Limit = None,
    shard: _Shard = "1/1",
    cache: _Cache = None,
    data: _Data = None,
    fetch: _Fetch = False,
    batch_size: _Batch = 32,
    max_tokens: _Budget = 128,
    temperature: _Temperature = 0.0,
    top_k: _TopK = 0,
    top_p: _TopP = 1.0,
    min_p: _MinP = 0.0,
    judge: _Judge = None,
    reference: _Reference = "",
    device: _Device = "cpu",
    dtype: _Dtype = "float32",
    revision: _Revision = None,
) -> None:
    """Put a task to a model in one or more ways, and keep the facts of every answer in a folder.

    A run that died goes on where it stopped: give the same command again. At most the batch in flight is lost.
    """
    part = _part(shard)
    one_thread_for([each for each in (model, judge) if each])
    from fsmgen.evaluation.catalogue import load_task

    found = load_task(task, data=data, fetch=fetch)
    ways = tuple(_ways(found, prompt or [], order or []))
    arms = tuple(_arms(found, arm or []))
    from fsmgen.decoding import Sampling, load_model
    from fsmgen.evaluation.experiment import Experiment

    sampling = Sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p)
    judging = None if judge is None else load_model(judge, device=device, dtype=dtype)
    settings = {"limit": limit, "judge": judging, "reference": reference, "batch_size": batch_size, "max_tokens": max_tokens}
    repeated = {"shots": tuple(shots or [0]), "seeds": tuple(seed or [0]), "sampling": sampling}
    loaded = load_model(model, device=device, dtype=dtype, revision=revision)
    _put(Experiment(found, ways, arms, loaded, **settings, **repeated), output, part, cache)  # type: ignore[arg-type]


run.__doc__ = f"{run.__doc__}\n\n{escape(EXAMPLES)}"


def _put(experiment: Experiment, folder: Path, part: tuple[int, int], cache: Path | None) -> None:
    """Run the experiment with a progress bar, and say what there is now."""
    from fsmgen.evaluation.records import RecordCache
    from fsmgen.evaluation.running import Shard
    from fsmgen.evaluation.running import run as put

    started = time.perf_counter()
    with resumable_bars(folder) as progress:
        study = put(
            experiment,
            folder,
            progress=bar(progress, "answers"),
            shard=Shard(*part),
            cache=None if cache is None else RecordCache(cache),
        )
    _report(study, folder, time.perf_counter() - started)


def _report(study: Study, folder: Path, seconds: float) -> None:
    from fsmgen.evaluation import tables
    from fsmgen.evaluation.comparison import compare

    console = Console(highlight=False)
    if study.records:  # a shard of few batches may have none
        console.print(rich_table(tables.headline(compare(study, rung=study.manifest["rung"]))))
    console.print(f"{escape(str(folder))}: {escape(state(study))}; {seconds:.0f} s", soft_wrap=True)


def _part(shard: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", shard)
    if found is None or int(found[1]) > int(found[2]):
        raise InvalidOption("--shard", shard, allowed="I/N with I from 1 to N, as in 2/4")
    return int(found[1]), int(found[2])


def _arms(task: Task, given: Sequence[str]) -> list[Arm]:
    from fsmgen.evaluation.arms import Declared, FreeText, FullConstraint, read_arm

    return [read_arm(each) for each in given] or [FreeText(), Declared() if task.constraint is not None else FullConstraint()]


def _ways(task: Task, names: Sequence[str], orders: Sequence[int]) -> list[Prompt]:
    """The prompts of these names, the examples in the task's order and in those of the seeds."""
    from fsmgen.evaluation.prompts import Reordered

    known: dict[str, Prompt] = {prompt.name: prompt for prompt in task.prompts}
    if not known:
        raise InputError(f"the task {task.name} declares no prompt")
    for name in names:
        if name != "all" and name not in known:
            raise InputError(f"the task {task.name} has no prompt {name!r}{meant(name, known)}")
    chosen = list(known.values()) if "all" in names else [known[name] for name in names] or list(known.values())[:1]
    return [*chosen, *(Reordered(prompt, seed) for prompt in chosen for seed in orders)]
