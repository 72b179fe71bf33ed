"""Runs that die: killed at any moment, out of disk, beside another run. What was finished is kept, and a new run ends alike."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import time
import warnings
from pathlib import Path

import pytest

from fsmgen.errors import DiskFull, OutputExists, RecordsError, RunFailed
from fsmgen.evaluation.records import RECORDS, RecordCache, RecordFile, RepairWarning, merge, read_study, read_timings, validate
from fsmgen.evaluation.running import Shard, run
from tests.evaluation.conftest import fake_generate, make_experiment

FORK = multiprocessing.get_context("fork")
KILLS = 20


def slow_generate(*args, **options):
    time.sleep(0.02)
    return fake_generate(*args, **options)


def start(work, *arguments):
    """A child of this process that does some work and says nothing."""
    child = FORK.Process(target=work, args=arguments, daemon=True)
    child.start()
    return child


def run_slowly(folder: Path) -> None:
    warnings.simplefilter("ignore", RepairWarning)
    run(make_experiment(), folder, generate=slow_generate)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    """The records of a run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("studies") / "whole"
    run(make_experiment(), folder, generate=fake_generate)
    return (folder / RECORDS).read_bytes()


@pytest.mark.filterwarnings("ignore::fsmgen.evaluation.records.RepairWarning")
def test_a_run_that_is_killed_at_random_moments_loses_nothing_finished_and_doubles_nothing(whole, tmp_path):
    draw, kept, cut = random.Random(6), 0, 0
    folder = tmp_path / "study"
    for _ in range(KILLS):
        child = start(run_slowly, folder)
        time.sleep(draw.uniform(0, 0.05))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        written = (folder / RECORDS).read_bytes() if (folder / RECORDS).exists() else b""
        assert whole.startswith(written), "a prefix of the uninterrupted records, the last line maybe unfinished"
        finished = written.count(b"\n")
        assert finished >= kept
        kept, cut = finished, cut + (child.exitcode == -signal.SIGKILL)
    assert cut > KILLS // 4, "most kills met a run that was at work"
    run(make_experiment(), folder, generate=fake_generate)
    assert (folder / RECORDS).read_bytes() == whole


def run_on_a_small_disk(folder: Path, size: int) -> None:
    """Files can grow to `size` bytes and no further; the exit code says how the run ended."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        run(make_experiment(), folder, generate=fake_generate)
    except RunFailed as error:
        said = str(error)
        wrong = not (isinstance(error.__cause__, DiskFull) and "could not be written" in said and "goes on from there" in said)
        os._exit(10 + wrong)
    os._exit(0)


def test_a_full_disk_keeps_whole_batches_and_the_next_run_goes_on(whole, tmp_path):
    for number, size in enumerate((20_000, len(whole) // 2, len(whole) - 10)):
        folder = tmp_path / str(number)
        child = start(run_on_a_small_disk, folder, size)
        child.join()
        assert child.exitcode == 10
        written = (folder / RECORDS).read_bytes()
        assert whole.startswith(written) and written.endswith(b"\n") and 0 < len(written) <= size
        run(make_experiment(), folder, generate=fake_generate)
        assert (folder / RECORDS).read_bytes() == whole


@pytest.mark.filterwarnings("ignore::fsmgen.evaluation.records.RepairWarning")
def test_times_are_beside_the_records_and_change_none_of_them(whole, tmp_path):
    folder = tmp_path / "study"
    run(make_experiment(), folder, generate=slow_generate)
    timings = read_timings(folder)
    assert (folder / RECORDS).read_bytes() == whole and validate(folder).faults == ()
    assert {each.batch for each in timings} == {record.batch for record in read_study(folder).records}
    assert sum(each.answers for each in timings) == 48 and all(each.seconds >= 0.004 > each.mask_seconds for each in timings)
    (folder / RECORDS).write_bytes(whole[: len(whole) // 2])
    kept = (folder / "timings.jsonl").read_bytes()
    (folder / "timings.jsonl").write_bytes(kept[:-7])  # as a run that died leaves it
    run(make_experiment(), folder, generate=fake_generate)
    assert (folder / RECORDS).read_bytes() == whole
    assert {each.batch for each in read_timings(folder)} == {each.batch for each in timings}


def test_times_of_parts_are_merged_and_batches_from_a_cache_have_none(tmp_path):
    for number in (1, 2):
        run(make_experiment(), tmp_path / f"part{number}", generate=fake_generate, shard=Shard(number, 2))
    merge([tmp_path / "part1", tmp_path / "part2"], tmp_path / "merged")
    parts = [each for number in (1, 2) for each in read_timings(tmp_path / f"part{number}")]
    assert (tmp_path / "part2" / "timings-2-of-2.jsonl").exists()
    assert set(read_timings(tmp_path / "merged")) == set(parts) and sum(each.answers for each in parts) == 48
    cache = RecordCache(tmp_path / "cache")
    for name in ("first", "second"):
        run(make_experiment(), tmp_path / name, generate=fake_generate, cache=cache)
    assert read_timings(tmp_path / "first") and not read_timings(tmp_path / "second")


def test_two_runs_cannot_write_into_one_file(tmp_path):
    run(make_experiment(), tmp_path / "study", generate=fake_generate)
    with RecordFile(tmp_path / "study" / RECORDS), pytest.raises(RecordsError, match="another run is writing"):
        run(make_experiment(), tmp_path / "study", generate=fake_generate)


def test_shards_in_folders_of_their_own_or_in_one_merge_to_the_whole(whole, tmp_path):
    for number in (1, 2, 3):
        run(make_experiment(), tmp_path / f"part{number}", generate=fake_generate, shard=Shard(number, 3))
        run(make_experiment(), tmp_path / "shared", generate=fake_generate, shard=Shard(number, 3))
    folders = [tmp_path / f"part{number}" for number in (3, 1, 2)]
    assert sum(len(read_study(folder).records) for folder in folders) == len(read_study(tmp_path / "shared").records) == 48
    assert merge(folders, tmp_path / "merged").complete
    merge([tmp_path / "shared"], tmp_path / "merged-shared")
    for name in ("merged", "merged-shared"):
        assert (tmp_path / name / RECORDS).read_bytes() == whole
    merge([*folders, *folders], tmp_path / "merged")
    assert (tmp_path / "merged" / RECORDS).read_bytes() == whole, "merging again changes nothing"
    run(make_experiment(), tmp_path / "merged", generate=_never)


def _never(*_, **__):
    raise AssertionError("every trial has its record")


def test_parts_of_different_studies_or_with_different_answers_do_not_merge(tmp_path):
    run(make_experiment(), tmp_path / "one", generate=fake_generate)
    run(make_experiment(max_tokens=41), tmp_path / "other", generate=fake_generate)
    with pytest.raises(RecordsError, match=r"another study than .*other max_tokens"):
        merge([tmp_path / "one", tmp_path / "other"], tmp_path / "out")
    (tmp_path / "changed").mkdir()
    for path in (tmp_path / "one").iterdir():
        (tmp_path / "changed" / path.name).write_text(path.read_text().replace('"skipped":0', '"skipped":1', 1))
    with pytest.raises(RecordsError, match="differ in the trial"):
        merge([tmp_path / "one", tmp_path / "changed"], tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("all of it")
    with pytest.raises(OutputExists):
        merge([tmp_path / "one"], tmp_path / "full")
    assert not (tmp_path / "out").exists()


def test_batches_that_ran_before_come_from_the_cache_in_any_study(whole, tmp_path):
    cache, calls = RecordCache(tmp_path / "cache"), []

    def counted(*args, **options):
        calls.append(args)
        return fake_generate(*args, **options)

    run(make_experiment(), tmp_path / "one", generate=counted, cache=cache)
    assert len(calls) == 12
    run(make_experiment(), tmp_path / "again", generate=_never, cache=cache)
    assert (tmp_path / "again" / RECORDS).read_bytes() == (tmp_path / "one" / RECORDS).read_bytes() == whole
    prompts = make_experiment().prompts[:1]
    less = run(make_experiment(prompts=prompts), tmp_path / "less", generate=_never, cache=cache)
    assert less.complete and {record.study for record in less.records} == {less.manifest["id"]}
    run(make_experiment(prompts=prompts), tmp_path / "plain", generate=fake_generate)
    assert (tmp_path / "plain" / RECORDS).read_bytes() == (tmp_path / "less" / RECORDS).read_bytes()
    calls.clear()
    run(make_experiment(max_tokens=41), tmp_path / "other", generate=counted, cache=cache)
    assert len(calls) == 12, "another budget is another question"


def test_a_limit_asks_fewer_items_and_marks_the_study(tmp_path):
    limited = run(make_experiment(limit=5), tmp_path / "limited", generate=fake_generate)
    assert limited.complete and limited.partial and len({record.trial.item for record in limited.records}) == 5
    with pytest.raises(OutputExists, match="other limit"):
        run(make_experiment(), tmp_path / "limited", generate=fake_generate)
    whole = run(make_experiment(), tmp_path / "whole", generate=fake_generate)
    assert not whole.partial
    kept = {record.trial for record in limited.records}
    assert kept < {record.trial for record in whole.records}, "a trial is the same whichever others there are"


def test_prompts_of_like_lengths_share_a_batch_and_the_order_is_that_of_digests(tmp_path):
    study = run(make_experiment(batch_size=4, shots=(0, 3)), tmp_path, generate=fake_generate)
    assert [record.order for record in study.records] == list(range(len(study.records)))
    batches: dict[str, list[int]] = {}
    for record in study.records:
        batches.setdefault(record.batch, []).append(len(record.prompt_text) // 64)
    sizes = [lengths for lengths in batches.values() if len(lengths) == 4]
    assert sum(len(set(lengths)) == 1 for lengths in sizes) > len(sizes) / 2


def test_validate_says_all_that_is_wrong(whole, tmp_path):
    run(make_experiment(), tmp_path / "study", generate=fake_generate)
    found = validate(tmp_path / "study")
    assert (found.faults, found.unfinished, found.trials, found.records) == ((), (), 48, 48)
    lines = whole.decode().splitlines(keepends=True)
    lines[3], lines[7] = lines[3][:50] + "\n", lines[6]
    (tmp_path / "study" / RECORDS).write_text("".join(lines)[:-20])
    found = validate(tmp_path / "study")
    assert len(found.faults) == 2 and found.unfinished == (RECORDS,)
    assert "line 4: " in found.faults[0] and f"line 8: it repeats the trial of {RECORDS}, line 7" in found.faults[1]
    with pytest.raises(RecordsError, match="no study"):
        validate(tmp_path)
