"""Models side by side: the same records and studies as one after the other; errors, and ends of processes, are told."""

from __future__ import annotations

import os
from dataclasses import replace
from multiprocessing import get_context

import pytest

from fsmgen.errors import ModelNotFound, WorkerDied
from fsmgen.evaluation.presets import Settings, load_preset, put_all
from fsmgen.evaluation.presets.workers import _Order, _started, _Worker
from fsmgen.evaluation.records import RECORDS

MODELS = ("embedded:tiny", "embedded:terse", "embedded:small")
LOADING = {"device": "cpu", "dtype": "float32", "revision": None}


@pytest.fixture(scope="module")
def preset():
    """A short one: a study with one prompt of each group."""
    whole = load_preset("interleaved")
    plan = whole.plans[0]
    return replace(whole, plans=(replace(plan, prompts={group: names[:1] for group, names in plan.prompts.items()}),))


def test_side_by_side_gives_what_one_after_the_other_gives(preset, tmp_path):
    found = {}
    for jobs in (1, 2):
        told = []
        folder = tmp_path / str(jobs)
        found[jobs] = put_all(
            preset, MODELS, folder, Settings(limit=2), jobs=jobs, loading=LOADING, told=lambda *message, told=told: told.append(message)
        )
        assert {place for place, _, done, total in told if done == total} == {0, 1, 2}
    one, two = found[1], found[2]
    assert [each.model for each in two] == list(MODELS)
    assert [replace(each, folder=None) for each in two] == [replace(each, folder=None) for each in one]
    for left, right in zip(one, two, strict=True):
        assert (left.folder / RECORDS).read_bytes() == (right.folder / RECORDS).read_bytes()


def test_an_error_of_a_worker_comes_with_its_facts(preset, tmp_path):
    with pytest.raises(ModelNotFound) as error:
        put_all(preset, ("embedded:none", "embedded:tiny"), tmp_path, Settings(limit=2), jobs=2, loading=LOADING, told=lambda *_: None)
    assert error.value.name == "none"


def test_a_process_that_ended_is_named_with_its_code():
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=os._exit, args=(3,))
    process.start()
    theirs.close()
    with pytest.raises(WorkerDied, match="embedded:tiny ended with exit code 3"):
        _Worker(process, ours).received("embedded:tiny")


def test_a_worker_ends_when_nobody_listens_to_it(preset, tmp_path):
    worker = _started(_Order(preset, tmp_path, Settings(), LOADING))
    worker.link.send("embedded:tiny")
    worker.link.close()
    worker.process.join(60)
    assert worker.process.exitcode == 0
