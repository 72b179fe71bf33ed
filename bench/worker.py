"""Processes that measure: one host for each engine, and a fresh child of it for each measurement.

A host loads its engine and vocabulary once and then only forks. So nothing that an engine keeps in memory outlives a measurement, a
child that hangs or dies takes nothing with it, and the engines can take turns. The host runs two trivial patterns and two trivial grammars
before it forks, and a child one of the patterns: compiled code is loaded then and memory pages are its own, but no table or row that the
bench could use has been built.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import statistics
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from bench import engines, vocabularies

_TRIVIAL = ("(ab|cd)ef(gh)?", "abef")
_GROWING = ("(Q[XYZ]){1,400}", "QXQYQZ" * 100)
"""So long that tables grow."""
_WORDS = ("absolute", "between", "collate", "distinct", "exclusive", "following", "generated", "immediate", "natural", "select")
_KEYWORDS = " | ".join(f'"{word}"' for word in _WORDS)
_GRAMMARS = {
    "gbnf": 'root ::= "a" root | "b"',
    "lark": f'start: name ("." name | "(" start ")")*\nname: {_KEYWORDS} | NAME\nNAME: /[a-z]+/\n%ignore " "',
}
"""Two more, for those that read grammars: the code that reads them is loaded then too."""
_HOST_LIMIT = 300.0
_WARM = 3
_QUICK = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement: a language, a word of it, and how long it may take in seconds.

    Attributes:
        more: words that are walked after the first one, each from the start, with the same compiled object.
        settled: the engine's name if the child has read the trivial grammars too, so that pages to which reading one writes are its own.
    """

    source: engines.Source
    text: str
    compile_limit: float = 30.0
    walk_limit: float = 120.0
    nice: int = 0
    memory: int = 12 << 30
    more: tuple[str, ...] = ()
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """One walk along the text: nanoseconds of each mask (the one after the last token included) and of each advance."""

    masks: list[int]
    advances: list[int]
    masked_out: list[int]
    stopped: int | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What a child found.

    Attributes:
        error: why there is nothing more; None if all went well.
        compile: nanoseconds of compilation and first matcher, the process's first.
        cold: the walk on the fresh object.
        warm: the same walk on the same object, each step's median of `_WARM` more walks.
        again: nanoseconds of compiling a second time in the same process, and of the first mask then; None where the first took over 2 s.
    """

    error: str | None = None
    compile: int = 0
    cold: Pass | None = None
    warm: Pass | None = None
    again: tuple[int, int] | None = None


@dataclass(slots=True)
class Host:
    """A process with one engine loaded; answers one job at a time.

    Attributes:
        vocabulary: its name, or whatever else `serve` loads it from.
        serve: the process's life, `_serve` if None: it says the engine's version and then answers jobs.
    """

    engine: str
    vocabulary: Any
    core: int
    cache: Path
    version: str = ""
    serve: Callable[[Connection, str, Any, int, Path], None] | None = None
    _connection: Connection = field(init=False)
    _process: Any = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, self.engine, self.vocabulary, self.core, self.cache)
        self._process = context.Process(target=self.serve or _serve, args=arguments)
        self._process.start()
        theirs.close()
        self.version = self._answer(_HOST_LIMIT)

    def measure(self, job: Job) -> Measured:
        """Run a job in a fresh child."""
        result: Measured = self.ask(job, job.compile_limit + job.walk_limit + 60)
        return result

    def ask(self, job: Any, limit: float) -> Any:
        """What the process answers to a job, within so many seconds."""
        self._connection.send(job)
        return self._answer(limit)

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.terminate()

    def _answer(self, limit: float) -> Any:
        if not self._connection.poll(limit):
            raise TimeoutError(f"the host of {self.engine} does not answer")
        return self._connection.recv()


def _serve(connection: Connection, engine_name: str, vocabulary_name: str, core: int, cache: Path) -> None:
    """The host's life: load, say the version, answer jobs until the other side hangs up."""
    os.environ["XDG_CACHE_HOME"] = str(cache)
    os.sched_setaffinity(0, {core})
    loaded = vocabularies.load(vocabulary_name)
    engine = engines.load(engine_name, loaded)
    _run(engine, loaded, *_TRIVIAL)
    _run(engine, loaded, *_GROWING)
    for kind in engines.NOTATIONS.get(engine_name, ()):
        _walked(engine, loaded, engines.Source(**{kind: _GRAMMARS[kind]}), "aab")
    gc.collect()
    gc.freeze()
    connection.send(engine.version)
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return
        connection.send(in_child(partial(_measure, engine, loaded, job), job))


def in_child(task: Callable[[Callable[[Any], None]], None], job: Job) -> Measured:
    """Run the task in a forked child within the job's limits; `task` says two things: that compilation ended, and its result."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(task, theirs, job))
    process.start()
    theirs.close()
    try:
        compiled = _heard(ours, job.compile_limit, "compilation")
        if isinstance(compiled, Measured):
            return compiled
        walked = _heard(ours, job.walk_limit, "the walk")
        assert isinstance(walked, Measured)
        return walked
    finally:
        process.kill()
        process.join()


def _heard(connection: Connection, limit: float, what: str) -> Any:
    if not connection.poll(limit):
        return Measured(f"{what} took over {limit:g} s")
    try:
        return connection.recv()
    except EOFError:
        return Measured(f"the process died in {what}")


def _child(task: Callable[[Callable[[Any], None]], None], connection: Connection, job: Job) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    os.nice(job.nice)
    try:
        task(connection.send)
    except Exception as error:  # whatever an engine raises is the result of its measurement
        traceback.clear_frames(error.__traceback__)
        connection.send(Measured(f"{type(error).__name__}: {error}"[:300]))


def _measure(engine: engines.Engine, loaded: vocabularies.Loaded, job: Job, say: Callable[[Any], None]) -> None:
    for _ in range(3):
        _run(engine, loaded, *_TRIVIAL)
    for kind in engines.NOTATIONS.get(job.settled, ()):
        _walked(engine, loaded, engines.Source(**{kind: _GRAMMARS[kind]}), "aab")
    texts = [loaded.encode(text) for text in (job.text, *job.more)]
    gc.collect()
    gc.disable()
    compiled, sequence, compiling = _compiled(engine, job.source)
    say("compiled")
    cold = joined([walk(sequence, texts[0]), *(walk(compiled.start(), tokens) for tokens in texts[1:])])
    warm = middle([joined([walk(compiled.start(), tokens) for tokens in texts]) for _ in range(_WARM)])
    again = None
    if compiling < _QUICK:
        del compiled, sequence
        _, sequence, second = _compiled(engine, job.source)
        again = (second, walk(sequence, []).masks[0])
    say(Measured(None, compiling, cold, warm, again))


def _compiled(engine: engines.Engine, source: engines.Source) -> tuple[engines.Compiled, engines.Sequence, int]:
    start = time.perf_counter_ns()
    compiled = engine.compile(source)
    sequence = compiled.start()
    return compiled, sequence, time.perf_counter_ns() - start


def walk(sequence: engines.Sequence, tokens: list[int], eos: int = 2) -> Pass:
    """Mask, advance, mask, advance, ... mask along the tokens; stops where the engine takes one no more."""
    clock, fill, advance, row = time.perf_counter_ns, sequence.fill, sequence.advance, sequence.row
    masks, advances, masked_out = [], [], []
    for i, token in enumerate(tokens):
        before = clock()
        fill()
        masks.append(clock() - before)
        if not _allowed(row, token):
            masked_out.append(i)
        try:
            before = clock()
            taken = advance(token)
            advances.append(clock() - before)
        except ValueError:
            taken = False
        if taken is False:
            return Pass(masks, advances, masked_out, i, False)
    before = clock()
    fill()
    masks.append(clock() - before)
    return Pass(masks, advances, masked_out, None, _allowed(row, eos))


def joined(passes: list[Pass]) -> Pass:
    """Walks along several texts as one; the steps of the later ones are counted on."""
    masks, advances, masked_out, stopped = list[int](), list[int](), list[int](), None
    for each in passes:
        masked_out += [len(advances) + i for i in each.masked_out]
        if stopped is None and each.stopped is not None:
            stopped = len(advances) + each.stopped
        masks += each.masks
        advances += each.advances
    return Pass(masks, advances, masked_out, stopped, all(each.ended for each in passes))


def middle(passes: list[Pass]) -> Pass:
    """The median of each step of several walks along the same text."""
    masks = [int(statistics.median(times)) for times in zip(*(walked.masks for walked in passes), strict=True)]
    advances = [int(statistics.median(times)) for times in zip(*(walked.advances for walked in passes), strict=True)]
    return replace(passes[0], masks=masks, advances=advances)


def _allowed(row: Any, token: int) -> bool:
    return bool(row[token >> 5] >> np.uint32(token & 31) & 1)


def _run(engine: engines.Engine, loaded: vocabularies.Loaded, pattern: str, text: str) -> None:
    _walked(engine, loaded, engines.Source(pattern), text)


def _walked(engine: engines.Engine, loaded: vocabularies.Loaded, source: engines.Source, text: str) -> None:
    compiled = engine.compile(source)
    for _ in range(2):
        walk(compiled.start(), loaded.encode(text))
