"""The process that runs one engine over the files of MaskBench, and its child, which is replaced when it hangs or dies.

With sharing, the child lives on from file to file, so that what an engine keeps in memory serves the next schema. Without, every file has
a fresh fork of the process, in which nothing was compiled but a trivial schema. In both, `compile` is a schema's first compilation.
"""

from __future__ import annotations

import gc
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from bench import engines, vocabularies
from bench.maskbench_data import Instance, SchemaFile, with_tokens
from bench.ordering import reordered

_TRIVIAL = SchemaFile("trivial", {"enum": ["warm"]}, (Instance(True, "warm", '"warm"'), Instance(False, "cold", '"cold"')))
OWN = ("fsmgen", "fsmgen-free")


@dataclass(frozen=True, slots=True)
class Task:
    """One file for one engine, and how long it may take in seconds.

    Attributes:
        sharing: whether the child may be one that has run other files.
    """

    file: SchemaFile
    compile_limit: float = 30.0
    walk_limit: float = 120.0
    nice: int = 0
    memory: int = 8 << 30
    sharing: bool = True


@dataclass(frozen=True, slots=True)
class Walked:
    """One instance: nanoseconds of each mask and each advance, and what came of it.

    Attributes:
        accepted: every token was allowed, and the end at the end.
        stopped: the first token that was not allowed.
        disagreement: mask and advance do not say the same of it.
        order: the instance is accepted with its properties in another order.
        error: what the engine raised.
    """

    masks: list[int]
    advances: list[int]
    accepted: bool = False
    stopped: int | None = None
    disagreement: bool = False
    order: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file: `error` is why it was not compiled or walked.

    Attributes:
        phase: in which part the error came, "compile" or "walk"; empty if there was none.
        limit: it is no answer of the engine, which took too long or died.
        compile: nanoseconds of compilation, the first matcher included.
        first: nanoseconds until there is a first mask, compilation included.
        memory: bytes, the most that the child held so far, with the pages of libraries that it shares with the host.
        loaded: bytes that the host held before the first file.
    """

    error: str | None = None
    phase: str = ""
    limit: bool = False
    compile: int = 0
    first: int = 0
    walks: tuple[Walked, ...] = ()
    memory: int = 0
    loaded: int = 0


def serve(connection: Connection, engine_name: str, vocabulary: Any, core: int, cache: Path) -> None:
    """The host's life: load, say the version, answer tasks until the other side hangs up."""
    os.environ["XDG_CACHE_HOME"] = str(cache)
    os.sched_setaffinity(0, {core})
    loaded = vocabularies.from_portable(vocabulary) if isinstance(vocabulary, dict) else vocabularies.load(vocabulary)
    engine = engines.load(engine_name, loaded)
    run = partial(_outcome, engine, loaded, engine_name in OWN)
    for _ in range(2):
        run(Task(with_tokens(_TRIVIAL, loaded.encode)), lambda _: None)
    gc.collect()
    gc.freeze()
    connection.send(engine.version)
    child = Child(run)
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return child.end()
        connection.send(child.outcome(task))


class Child:
    """A fork that runs tasks; a new one where there is none."""

    def __init__(self, run: Callable[[Task, Callable[[Any], None]], Outcome]) -> None:
        self._run = run
        self._loaded = _status("VmRSS")
        self._process: Any = None
        self._connection: Any = None

    def outcome(self, task: Task) -> Outcome:
        """Run the task within its limits."""
        if self._process is None:
            self._fork(task)
        self._connection.send(task)
        found = self._heard(task.compile_limit, "compile")
        if found == "compiled":
            found = self._heard(task.walk_limit, "walk")
        if found.limit or not task.sharing:
            self.end()
        return replace(found, loaded=self._loaded, memory=found.memory + self._loaded if found.memory else 0)

    def end(self) -> None:
        """Kill the fork."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._connection.close()
            self._process = None

    def _fork(self, task: Task) -> None:
        context = get_context("fork")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_life, args=(self._run, self._connection, theirs, task))
        self._process.start()
        theirs.close()

    def _heard(self, limit: float, phase: str) -> Any:
        if not self._connection.poll(limit):
            return Outcome(f"took over {limit:g} s", phase, limit=True)
        try:
            return self._connection.recv()
        except (EOFError, ConnectionResetError):
            return Outcome("the process died", phase, limit=True)


def _life(run: Callable[[Task, Callable[[Any], None]], Outcome], theirs: Connection, ours: Connection, first: Task) -> None:
    theirs.close()
    resource.setrlimit(resource.RLIMIT_AS, (first.memory, first.memory))
    os.nice(first.nice)
    begin = _status("VmRSS")
    while True:
        try:
            task = ours.recv()
        except EOFError:
            return
        gc.collect()
        gc.disable()
        outcome = run(task, ours.send)
        ours.send(replace(outcome, memory=max(outcome.memory - begin, 1)))
        gc.enable()


def _outcome(engine: engines.Engine, loaded: vocabularies.Loaded, own: bool, task: Task, say: Callable[[Any], None]) -> Outcome:
    clock, source = time.perf_counter_ns, engines.Source(schema=task.file.schema)
    before = clock()
    try:
        compiled = engine.compile(source)
        sequence = compiled.start()
        compiling = clock() - before
        sequence.fill()
        first = clock() - before
    except BaseException as error:  # whatever an engine raises is the result; a panic of Rust is no Exception
        return Outcome(_message(error), "compile", memory=_peak())
    say("compiled")
    walks = []
    for i, instance in enumerate(task.file.instances):
        known = first - compiling if i == 0 else None
        walks.append(_walked(compiled, sequence if i == 0 else None, instance, known=known, eos=loaded.vocabulary.eos_ids[0], own=own))
    memory = _peak()
    walks = [_with_order(compiled, loaded, instance, walk) for instance, walk in zip(task.file.instances, walks, strict=True)]
    return Outcome(compile=compiling, first=first, walks=tuple(walks), memory=memory)


def _walked(
    compiled: engines.Compiled, begun: engines.Sequence | None, instance: Instance, *, known: int | None, eos: int, own: bool
) -> Walked:
    """Walk an instance; `begun` is a sequence whose first mask is there already and took `known`."""
    masks: list[int] = []
    advances: list[int] = []
    try:
        sequence = begun or compiled.start()
        stopped = _steps(sequence, instance.tokens, masks, advances, known)
        if stopped is None:
            return Walked(masks, advances, accepted=_allowed(sequence.row, eos))
        refused = stopped < len(advances)
        disagreement = refused or (own and _taken(sequence, instance.tokens[stopped]))
        return Walked(masks, advances, stopped=stopped, disagreement=disagreement)
    except BaseException as error:
        return Walked(masks, advances, error=_message(error))


def _steps(sequence: engines.Sequence, tokens: tuple[int, ...], masks: list[int], advances: list[int], known: int | None) -> int | None:
    """Mask, advance, mask, ... mask; the step at which the token is not allowed, or not taken although it is."""
    clock, fill, advance, row = time.perf_counter_ns, sequence.fill, sequence.advance, sequence.row
    for i, token in enumerate(tokens):
        if known is None:
            before = clock()
            fill()
            masks.append(clock() - before)
        else:
            masks.append(known)
            known = None
        if not _allowed(row, token):
            return i
        before = clock()
        taken = advance(token)
        advances.append(clock() - before)
        if taken is False:
            return i
    before = clock()
    fill()
    masks.append(clock() - before)
    return None


def _taken(sequence: engines.Sequence, token: int) -> bool:
    return sequence.advance(token) is not False


def _allowed(row: Any, token: int) -> bool:
    return bool(row[token >> 5] >> np.uint32(token & 31) & 1)


def _with_order(compiled: engines.Compiled, loaded: vocabularies.Loaded, instance: Instance, walk: Walked) -> Walked:
    """The same, with the answer whether another order of properties is accepted, where that is the question."""
    if not instance.valid or walk.accepted or walk.error:
        return walk
    eos = loaded.vocabulary.eos_ids[0]

    def begins(text: str) -> bool:
        sequence = compiled.start()
        return _steps(sequence, tuple(loaded.encode(text)), [], [], None) is None

    try:
        text = reordered(instance.value, begins)
        other = None if text is None else Instance(True, None, text, tuple(loaded.encode(text)))
        order = other is not None and _walked(compiled, None, other, known=None, eos=eos, own=False).accepted
    except BaseException:
        order = False
    return Walked(walk.masks, walk.advances, False, walk.stopped, walk.disagreement, order)


def _message(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:400]


def _status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) << 10


def _peak() -> int:
    return _status("VmHWM")
