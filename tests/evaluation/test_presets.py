"""Presets: every declaration is sound, runs to its report on a small model, and goes on where it stopped to the same records."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from fsmgen.decoding import load_model
from fsmgen.embedded.tasks import samples
from fsmgen.embedded.wordings import HELD_OUT
from fsmgen.errors import InputError, OutputExists, RunFailed
from fsmgen.evaluation import running
from fsmgen.evaluation.catalogue.declaration import read_tables
from fsmgen.evaluation.presets import Settings, claim, load_preset, opening, preset_names, preset_report, put
from fsmgen.evaluation.presets.declaration import FOLDER, declared
from fsmgen.evaluation.presets.running import planned_prompts, planned_task
from fsmgen.evaluation.records import RECORDS, read_study
from fsmgen.evaluation.reporting import write_report

TINY = Settings(limit=2)
FREE = {"arm": "free"}


@pytest.fixture(scope="module")
def model():
    return load_model()


def shrunk(preset):
    """The preset with every arm and every view, but one prompt of a group, two numbers of shots and one order."""
    plans = tuple(
        replace(
            plan,
            items={**plan.items, "count": 3} if plan.items else plan.items,
            prompts={group: names[:1] for group, names in plan.prompts.items()},
            development={group: names[:1] for group, names in plan.development.items()},
            shots=plan.shots[:2],
            orders=plan.orders[:1],
        )
        for plan in preset.plans
    )
    return replace(preset, plans=plans)


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_runs_to_its_report_with_every_arm_and_every_published_figure(name, model, tmp_path):
    preset = shrunk(load_preset(name))
    claim(tmp_path / "run", preset, TINY)
    found = list(put(preset, model, tmp_path / "run", TINY))
    assert [each.study.complete for each in found] == [True] * len(preset.chosen({}))
    report = preset_report(preset, found)
    page = write_report([each.folder for each in found], tmp_path / "report.html", title=report.title, opening=[opening(report)])
    text = page.markdown.read_text()
    for plan in preset.chosen({}):
        study = read_study(tmp_path / "run" / plan.name / "embedded-stories")
        assert study.manifest["preset"] == {"name": name, "digest": preset.digest, "study": plan.name}
        assert {record.trial.arm for record in study.records} == {arm.name for arm in plan.arms.values()}
        titled = [table for table in report.studies if table.title.startswith(f"{plan.name}: ")]
        assert titled and all(any(arm in row for table in titled for row in table.rows) or arm in titled[0].columns for arm in plan.arms)
    for beside in preset.besides:
        assert all(f"{row[0]} (published)" in text for row in beside.published)
    for table, beside in zip(report.tables, preset.besides, strict=False):
        counts = all(column.measure in ("calls", "characters") for column in beside.columns)
        assert any("in percent" in note for note in table.notes) != counts
    assert preset.digest in text and "very small models" in text and f"2 of {found[0].study.manifest['task']['items']} items" in text
    assert " 1 prompts" not in text
    assert "Mixed" not in text and "partial: 2 items" in " ".join(report.cautions)


@pytest.mark.parametrize("name", preset_names())
def test_development_and_reported_prompts_and_items_are_apart(name):
    preset = load_preset(name)
    assert preset.digest == load_preset(name).digest and preset.minutes <= 30
    for plan in preset.chosen({}):
        reported, development = (planned_prompts(plan, "embedded:broad", Settings(development=each)) for each in (False, True))
        assert reported.keys() == development.keys()
        assert not {prompt.facts().__repr__() for group in reported.values() for prompt in group} & {
            prompt.facts().__repr__() for group in development.values() for prompt in group
        }
        if plan.items:
            assert plan.items["split"] == "test"
            few = replace(plan, items={**plan.items, "count": 30})
            asked, tried = (planned_task(few, Settings(development=each)) for each in (False, True))
            assert not {item.question + repr(item.choices) for item in asked.items} & {
                item.question + repr(item.choices) for item in tried.items
            }


@pytest.mark.parametrize("name", preset_names())
def test_every_prompt_of_a_preset_fits_the_embedded_models(name):
    family = load_model("embedded:broad")
    for plan in load_preset(name).chosen({}):
        task = planned_task(replace(plan, items={**plan.items, "count": 40}), Settings())
        prompts = [prompt for group in planned_prompts(plan, family.name, Settings()).values() for prompt in group]
        shown = [task.shown(item, max(plan.shots)) for item in task.items]
        texts = [prompt.text(item, shots) for prompt in prompts for item, shots in zip(task.items, shown, strict=True)]
        longest = max(map(len, family.encode_all(texts)))
        assert longest + plan.max_tokens <= family.context_length - 16, plan.name


def test_a_run_that_failed_goes_on_to_the_same_records(model, tmp_path, monkeypatch):
    preset = shrunk(load_preset("reason-then-constrain"))
    whole = list(put(preset, model, tmp_path / "whole", TINY))
    answer, calls = running.answer, []

    def failing(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError("no room")
        return answer(*arguments, **options)

    monkeypatch.setattr(running, "answer", failing)
    with pytest.raises(RunFailed, match="no room"):
        list(put(preset, model, tmp_path / "cut", TINY))
    resumed = list(put(preset, model, tmp_path / "cut", TINY))
    assert len(calls) == 1 + len(preset.plans[0].arms)
    assert [each.study for each in resumed] == [each.study for each in whole]
    for one, other in zip(sorted((tmp_path / "whole").rglob(RECORDS)), sorted((tmp_path / "cut").rglob(RECORDS)), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_folder_of_another_preset_or_declaration_is_not_touched(tmp_path):
    preset = load_preset("reason-then-constrain")
    claim(tmp_path / "a", preset, TINY)
    claim(tmp_path / "a", preset, TINY)
    development = Settings(limit=2, development=True)
    for other, settings in ((replace(preset, digest="x"), TINY), (preset, Settings(limit=3)), (preset, development)):
        with pytest.raises(OutputExists, match="another run of a preset"):
            claim(tmp_path / "a", other, settings)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("mine")
    with pytest.raises(OutputExists, match="holds no preset"):
        claim(tmp_path / "b", preset, TINY)


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"minuts": 3}, "minuts", "no such key, did you mean 'minutes'"),
        ({"models": "all"}, "models", "none of family, one"),
        ({"study": []}, "study", "at least one"),
        ({"contrast": [{"label": "x", "study": "stories", "first": {"arm": "fre"}, "second": FREE}]}, "arm", "mean 'free'"),
        ({"beside": [{"title": "x", "study": "stories", "columns": [{"label": "x", **FREE}], "published": [["m"]]}]}, "published", "1"),
    ],
)
def test_a_wrong_declaration_names_its_place(change, place, reason):
    tables = read_tables(FOLDER / "reason-then-constrain.toml")
    with pytest.raises(InputError, match=reason) as caught:
        declared({**tables, **change}, "mine")
    assert place in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"views": ["result"]}, "did you mean 'results'"),
        ({"reference": "fre"}, "mean 'free'"),
        ({"arms": {"free": "fre"}}, "no arm 'fre', did you mean 'free'"),
        ({"development": ["question/lines/answer/answer_is/parens/plain"]}, "one of those that are reported"),
        ({"shots": ["1"]}, "whole numbers"),
    ],
)
def test_a_wrong_study_names_its_place(change, reason):
    tables = read_tables(FOLDER / "reason-then-constrain.toml")
    study = {**tables["study"][0], **change}
    with pytest.raises(InputError, match=reason) as caught:
        declared({**tables, "study": [study], "contrast": [], "beside": []}, "mine")
    assert "study 1" in str(caught.value)


def test_files_take_the_place_of_generated_items(tmp_path):
    preset = load_preset("reason-then-constrain")
    file = tmp_path / "gsm8k.jsonl"
    file.write_text('{"question": "1 + 1?", "answer": "It is 2.\\n#### 2"}\n')
    (tmp_path / "gsm8k_train_500.jsonl.gz").write_bytes(b"")
    [plan] = preset.chosen({"gsm8k": file})
    assert (plan.name, plan.role, plan.reference) == ("stories-gsm8k", "stories", "free")
    assert plan.arms.keys() == preset.plans[0].arms.keys() and plan.items == {}
    with pytest.raises(InputError, match="mean 'gsm8k'"):
        preset.chosen({"gsm8": file})


def test_held_out_prompts_are_among_the_reported_ones_where_prompts_are_what_is_studied():
    plan = next(plan for plan in load_preset("hf-consistency").plans if plan.name == "prompts")
    unseen = [name for name in plan.prompts["all"] if HELD_OUT & set(name.split("/"))]
    assert len(plan.prompts["all"]) >= 16 and 0 < len(unseen) < len(plan.prompts["all"])
    assert all(one != other for one, other in pairwise(sorted(plan.prompts["all"])))
    assert len(samples("stories", "test", 20, seed=plan.items["seed"])) == 20
