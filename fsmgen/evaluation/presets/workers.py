"""A preset's models side by side, each put by a process that shares nothing with the others but the disk.

A worker to whom nobody listens any more, in whatever way the process that started it has ended, ends after the batch in flight.
"""

from __future__ import annotations

import signal
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeAlias

from fsmgen._kernels import kernel_folder
from fsmgen.decoding import load_model
from fsmgen.errors import FsmgenError, WorkerDied
from fsmgen.evaluation.presets.declaration import Preset
from fsmgen.evaluation.presets.running import PlannedStudy, Settings, put

Told: TypeAlias = Callable[[int, str, int, int], None]
"""Called with the place of a model, the name of a study, the number of its trials that have their record, and of all of them."""


def put_all(
    preset: Preset, models: Sequence[str], folder: Path, settings: Settings, *, jobs: int, loading: Mapping[str, Any], told: Told
) -> list[PlannedStudy]:
    """`put` for every model, `jobs` of them at a time; the studies in the order of the models.

    Args:
        loading: how `load_model` loads them.

    Raises:
        WorkerDied: the process of a model ended before it was done, as the system ends one where memory is short.
        FsmgenError, OSError: those of `put` and `load_model`.
    """
    order = _Order(preset, folder, settings, loading)
    fresh = not any(kernel_folder().iterdir())  # then one model goes before the others: kernels are compiled once, and by one process
    alone = len(models) if 1 in (jobs, len(models)) else int(fresh)
    found = {place: order.obeyed(name, partial(told, place)) for place, name in enumerate(models[:alone])}
    places = deque(range(alone, len(models)))
    workers = [_started(order) for _ in range(min(jobs, len(places)))]
    try:
        found |= _collected(workers, models, places, told)
    finally:
        for worker in workers:
            worker.process.terminate()
            worker.process.join()
    return [study for place in range(len(models)) for study in found[place]]


@dataclass(frozen=True, slots=True)
class _Order:
    """What is the same for every model."""

    preset: Preset
    folder: Path
    settings: Settings
    loading: Mapping[str, Any]

    def obeyed(self, name: str, told: Callable[[str, int, int], None]) -> list[PlannedStudy]:
        model = load_model(name, **self.loading)
        return list(put(self.preset, model, self.folder, self.settings, progress=lambda study: partial(told, study)))


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process, and the link to it."""

    process: BaseProcess
    link: Connection

    def received(self, name: str) -> Any:
        """What it says next of the model of this name: how far it is, or, when it is done, its studies."""
        try:
            while isinstance(message := self.link.recv(), Warning):
                warnings.warn(message, stacklevel=2)
        except (EOFError, ConnectionResetError):
            self.process.join()
            raise WorkerDied(name, code=self.process.exitcode) from None
        if isinstance(message, Exception):
            raise message
        return message


def _started(order: _Order) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, order), daemon=True)
    process.start()
    theirs.close()  # so that the end of the process is the end of the link
    return _Worker(process, ours)


def _collected(workers: Sequence[_Worker], models: Sequence[str], places: deque[int], told: Told) -> dict[int, list[PlannedStudy]]:
    """The studies of the models at these places, by place; a worker that is done takes the next model."""
    found: dict[int, list[PlannedStudy]] = {}
    busy: dict[Any, tuple[_Worker, int]] = {}
    for worker in workers:
        busy[worker.link] = worker, _handed(worker, models, places)
    while busy:
        for link in wait(list(busy)):
            worker, place = busy[link]
            message = worker.received(models[place])
            if isinstance(message, tuple):
                told(place, *message)
                continue
            found[place] = message
            if places:
                busy[link] = worker, _handed(worker, models, places)
            else:
                del busy[link]
    return found


def _handed(worker: _Worker, models: Sequence[str], places: deque[int]) -> int:
    """The place of the model that the worker is to put now."""
    place = places.popleft()
    with suppress(BrokenPipeError):  # it is dead, which is noticed when it is listened to
        worker.link.send(models[place])
    return place


def _work(link: Connection, order: _Order) -> None:
    """In a process of its own: put the models that are named, until nobody names one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt reaches all processes of a terminal; the first one ends the others
    warnings.showwarning = lambda message, *_, **__: link.send(message)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # nobody listens any more
        while True:
            link.send(_outcome(link, order, link.recv()))


def _outcome(link: Connection, order: _Order, name: str) -> list[PlannedStudy] | Exception:
    try:
        return order.obeyed(name, lambda *message: link.send(message))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except (FsmgenError, OSError) as error:
        return error
    except Exception:  # a defect of ours, or of a library: with the place where it happened
        return RuntimeError(f"in the process of {name}:\n{traceback.format_exc()}")
