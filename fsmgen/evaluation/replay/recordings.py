"""The recorded outputs that a task declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from fsmgen.errors import InvalidPrompt, InvalidTask
from fsmgen.evaluation.catalogue import Data, find_task
from fsmgen.evaluation.catalogue.recordings import Recording
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.prompts.rendering import render
from fsmgen.evaluation.readers import Row
from fsmgen.evaluation.replay.outputs import Output


def recorded_names(task: str | Path) -> tuple[str, ...]:
    """Names of the recordings that a task declares; errors as `load_task`."""
    return tuple(find_task(task)[0].recorded)


def read_recorded(task: str | Path, name: str, *, data: Path | None = None) -> list[Output]:
    """The outputs of a recording that a task declares.

    Args:
        data: where its file is looked for first; then beside the task's file.

    Raises:
        InvalidTask: there is no such recording, or a row has not what its templates ask for.
        FsmgenError: its file is missing or broken.
    """
    declaration, folder = find_task(task)
    if name not in declaration.recorded:
        known = meant(name, declaration.recorded)
        raise InvalidTask(declaration.name, place=f"recorded.{name}", reason=f"there is none of that name{known}")
    recording = declaration.recorded[name]
    rows = recording.source.read(declaration.name, Data((*([data] if data else []), folder)))
    return list(_outputs(rows, recording, declaration.subset, f"{declaration.name}, recorded.{name}"))


def _outputs(rows: Iterator[Row], recording: Recording, subset: str, place: str) -> Iterator[Output]:
    for number, row in enumerate(rows, start=1):
        values = {**row, "row": row, "subset": subset}
        try:
            yield _output(recording, values)
        except (InvalidPrompt, ValueError) as error:
            raise InvalidTask(place, place=f"row {number}", reason=str(error)) from error


def _output(recording: Recording, values: Mapping[str, object]) -> Output:
    index = render(recording.index, values)
    return Output(
        text=render(recording.text, values),
        gold=render(recording.gold, values),
        item=render(recording.item, values),
        index=int(index) if recording.index else None,
        question=render(recording.question, values),
        prompt_text=render(recording.prompt_text, values),
    )
