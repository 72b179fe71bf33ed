"""What the bench makes of a walk, of a process and of times."""

import os
import time

import numpy as np
import pytest

from bench.engines import Sequence, Source
from bench.figures import figures, medians, quantiles, short, table
from bench.worker import Job, Measured, Pass, in_child, walk

JOB = Job(Source("a"), "a", compile_limit=1, walk_limit=1)


def sequence_of(allowed: list[set[int]], *, taken: list[object]) -> Sequence:
    """An engine that plays back masks, and answers to advances; an answer that is an exception is raised."""
    row, masks, answers = np.zeros(1, np.uint32), iter(allowed), iter(taken)

    def fill() -> None:
        row[0] = sum(1 << token for token in next(masks))

    def advance(_: int) -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Sequence(fill, advance, row)


def test_a_walk_times_one_mask_more_than_there_are_tokens():
    found = walk(sequence_of([{3}, {4, 5}, {2}], taken=[True, None]), [3, 4])
    assert (len(found.masks), len(found.advances), found.masked_out, found.stopped, found.ended) == (3, 2, [], None, True)


def test_a_walk_notes_tokens_that_are_masked_but_taken():
    found = walk(sequence_of([{3}, {5}, {6}], taken=[True, True]), [3, 4])
    assert (found.masked_out, found.stopped, found.ended) == ([1], None, False)


@pytest.mark.parametrize("answer", [False, ValueError("no")])
def test_a_walk_stops_where_the_engine_takes_a_token_no_more(answer):
    found = walk(sequence_of([{3}, {5}], taken=[True, answer]), [3, 4, 5])
    assert (found.stopped, len(found.masks), found.ended) == (1, 2, False)


def test_a_child_answers_with_what_it_measured():
    assert in_child(lambda say: (say("compiled"), say(Measured(compile=7)))[1], JOB).compile == 7


def test_what_an_engine_raises_is_its_result():
    def fail(_):
        raise RuntimeError("too complex")

    assert in_child(fail, JOB).error == "RuntimeError: too complex"


def test_a_child_that_hangs_or_dies_is_recorded():
    assert in_child(lambda say: time.sleep(9), JOB).error == "compilation took over 1 s"
    assert in_child(lambda say: (say("compiled"), time.sleep(9)), JOB).error == "the walk took over 1 s"
    assert in_child(lambda say: os._exit(1), JOB).error == "the process died in compilation"


def test_figures_are_medians_by_step():
    assert medians([[1000, 9000], [3000, 5000], [2000, 7000]]).tolist() == [2.0, 7.0]
    runs = [Measured(None, 1000 * i, Pass([i, 3], [i], [], None, True), Pass([1, 1], [1], [], None, True)) for i in (1, 2, 6)]
    found = figures(runs)
    assert (found.compile, found.cold.tolist(), found.total, found.note) == (2.0, [0.002, 0.003], 2.007, "")


def test_an_error_in_any_run_is_the_result():
    found = figures([Measured("it died")])
    assert found.note == "it died" and not found.complete


def test_quantiles_are_values_that_occur():
    assert quantiles(np.array([1.0, 2.0, 10.0])) == {"mean": 13 / 3, "p50": 2.0, "p90": 10.0, "p99": 10.0, "max": 10.0}


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (0.254, "0.25"), (12.34, "12.3"), (9994.0, "9994"), (25_100, "25.1k"), (2.51e7, "25.1M")]
)
def test_microseconds_are_shown_short(value, shown):
    assert short(value) == shown


def test_columns_are_aligned():
    assert table(("a", "b"), [["long", "1"], ["c", "22"]]) == "a      b\nlong   1\nc     22"
