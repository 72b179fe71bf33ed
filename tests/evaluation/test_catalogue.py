"""Tasks as files: what they say, and what is said of them where they are wrong."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from fsmgen.embedded.tasks import TASKS, samples, world
from fsmgen.embedded.wordings import FAVOURITE
from fsmgen.errors import BrokenFile, FsmgenError, InvalidOption, InvalidTask
from fsmgen.evaluation.catalogue import FOLDER, find_task, load_task, sources, task_names
from fsmgen.evaluation.catalogue.generators import generated
from fsmgen.evaluation.demo import demo_prompts
from fsmgen.evaluation.lint import lint
from fsmgen.evaluation.tasks import story_task

DATA = Path(os.environ.get("FSMGEN_DATA", ""))
needs_data = pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the public data")

CAPITALS = """
[dataset]
rows = [{ country = "France", city = "Paris" }, { country = "Chad", city = "N'Djamena" }]
[examples]
items = true
[item]
question = "What is the capital of {{ country }}?"
gold = "{{ city }}"
[prompt]
question = "{{ cue }} {{ question }}\\nA:"
answer = " {{ gold }}."
[prompt.variants]
cue = { q = "Q:", long = "Question about {{ country }}:" }
[extraction]
before = "A:"
kind = "text"
rung = "lenient"
[constraint]
regex = "[A-Z][a-z' A-Z]+\\\\."
leading_space = "optional"
gold = "{{ gold }}."
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "capitals.toml"
    path.write_text(text)
    return path


def test_a_value_that_is_missing_is_no_gold_answer(tmp_path):
    """In a task whose answers are any text, `None` would be one."""
    (tmp_path / "rows.jsonl").write_text('{"country": "France", "city": "Paris"}\n{"country": "Chad", "city": null}\n')
    head, _, rest = CAPITALS.partition("[examples]")
    assert "rows" in head
    with pytest.raises(InvalidTask, match=r"row 2: item.gold is empty"):
        load_task(written(tmp_path, '[dataset]\nfile = "rows.jsonl"\n[examples]' + rest))


def test_a_file_with_a_mark_of_the_byte_order_is_read(tmp_path):
    path = written(tmp_path, CAPITALS)
    task = load_task(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_task(path) == task


def test_a_file_says_everything(tmp_path):
    task = load_task(written(tmp_path, CAPITALS))
    france, chad = task.items
    assert (task.name, france.question, france.gold) == ("capitals", "What is the capital of France?", "Paris")
    assert [prompt.name for prompt in task.prompts] == ["q", "long"]
    shown = task.prompts[1].text(france, task.shown(france, 1))
    assert shown == (
        "Question about Chad: What is the capital of Chad?\nA: N'Djamena.\n\nQuestion about France: What is the capital of France?\nA:"
    )
    assert task.constraint is not None
    assert task.constraint.gold_text(chad) == "N'Djamena."
    assert task.most_shots == 1
    assert lint(task).errors == 0
    deaf = load_task(written(tmp_path, CAPITALS.replace('"lenient"', '"strict"')))
    assert lint(deaf).check("extraction reads the gold from every shot").kinds == {"no answer: no marker": 4}
    assert len(load_task(written(tmp_path, CAPITALS), limit=1).items) == 1


@pytest.mark.parametrize(
    ("old", "new", "place", "reason"),
    [
        ("[extraction]", "[extracton]", "extracton", "did you mean 'extraction'"),
        ('before = "A:"', 'befor = "A:"', "extraction.befor", "did you mean 'before'"),
        ('gold = "{{ city }}"', "", "item.gold", "without gold answers cannot be scored"),
        ('gold = "{{ city }}"', 'answer = "{{ city }}"', "item.gold", "answer may be meant"),
        ('gold = "{{ city }}"', 'gold = "{{ town }}"', "row 1", "no value 'town'"),
        ('gold = "{{ city }}"', 'gold = "{{ country | after(city) if city == \'Paris\' else \'\' }}"', "row 2", "item.gold is empty"),
        ('kind = "text"', 'kind = "txt"', "extraction", "one of number, text, option"),
        ('rung = "lenient"', 'rung = "loose"', "extraction.rung", "strict, flexible, lenient"),
        ('kind = "text"', 'kind = "number"', "item", "gold of item"),
        ('before = "A:"', 'before = "A:"\nafter = "A:"', "extraction", "never finds an answer"),
        ('before = "A:"', "before = 3", "extraction.before", "a text"),
        ("rows = [", "row = [", "dataset", "it has row"),
        ("items = true", 'file = "none.jsonl"', "", "there is no such file"),
        ("{{ cue }}", "{{ cu }}", "prompt", "did you mean 'cue'"),
        ("{{ cue }}", "{{ cue", "prompt", "line 1"),
        ("regex =", "regexp =", "constraint", "it has regexp"),
        ("[A-Z][a-z'", "([a-z'", "constraint", "position"),
        ('leading_space = "optional"', 'leading_space = "maybe"', "constraint", "leading_space"),
        ('gold = "{{ gold }}."', 'gold = "{{ golden }}."', "constraint", "golden"),
        ('cue = { q = "Q:"', 'cue = { q = 3', "prompt.variants.cue.q", "a text"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, old, new, place, reason):
    assert CAPITALS.count(old) >= 1
    with pytest.raises((InvalidTask, BrokenFile)) as caught:
        load_task(written(tmp_path, CAPITALS.replace(old, new, 1)))
    assert reason in str(caught.value)
    assert place in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("text", ["[dataset", "x = 1", "", "dataset = 3", "[[prompt]]\nname = 3", "[subsets]\na = 1", "prompt = []"])
def test_a_file_that_is_no_task_is_refused(tmp_path, text):
    with pytest.raises(FsmgenError):
        load_task(written(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gsm8", "did you mean 'gsm8k'"),
        ("bbh", "name one, as in bbh:"),
        ("bbh:navigat", "did you mean 'navigate'"),
        ("stories:x", "there are none"),
    ],
)
def test_a_name_that_there_is_not_is_answered_with_the_nearest_one(name, reason):
    with pytest.raises(InvalidTask) as caught:
        load_task(name)
    assert reason in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BrokenFile, match=r"none\.toml"):
        load_task(tmp_path / "none.toml")


def test_subsets_are_laid_over_the_whole(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"q": f"question {name}", "g": "7", "s": name}) + "\n")
    path = written(
        tmp_path,
        '[dataset]\nfile = "{subset}.jsonl"\nwhere = { s = "{subset}" }\n[item]\nquestion = "{{ subset }}: {{ q }}"\ngold = "{{ g }}"\n'
        '[subsets.a]\n[subsets.b]\nitem = { gold = "8" }\n',
    )
    a, b = (load_task(f"{path}:{name}") for name in "ab")
    assert (a.name, a.items[0].question, a.items[0].gold) == ("capitals:a", "a: question a", "7")
    assert (b.name, b.items[0].question, b.items[0].gold) == ("capitals:b", "b: question b", "8")


def test_a_file_that_is_nowhere_has_a_stand_in(tmp_path, monkeypatch):
    asked = []

    def hub(name, *, split, config, fetch):
        asked.append((name, split, config, fetch))
        if not fetch:
            raise BrokenFile(Path(name), reason="not here")
        return iter([{"question": "1 + 1?", "answer": f"Add.\n#### {len(split)}"}])

    monkeypatch.setattr(sources, "read_hub", hub)
    with pytest.raises(InvalidTask, match=r"gsm8k_test\.jsonl\.gz is in none of the folders"):
        load_task("gsm8k", data=tmp_path)
    task = load_task("gsm8k", data=tmp_path, fetch=True)
    assert (task.items[0].gold, task.items[0].solution, task.examples[0].gold) == ("4", "Add.", "5")
    assert {name for name, *_ in asked} == {"openai/gsm8k"}
    assert [each[1:] for each in asked] == [("test", "main", False), ("test", "main", True), ("train", "main", True)]
    (tmp_path / "gsm8k_test.jsonl.gz").write_bytes(b'{"question": "a", "answer": "#### 3"}\n')
    assert load_task("gsm8k", data=tmp_path, fetch=True).items[0].gold == "3"


def test_equal_questions_keep_their_own_ids(tmp_path):
    rows = '[dataset]\nrows = [{ q = "a", g = "1" }, { q = "a", g = "2" }]\n'
    path = written(tmp_path, rows + '[item]\nquestion = "{{ q }}"\ngold = "{{ g }}"\n')
    first, second = load_task(path).items
    assert second.id == f"{first.id}-2"
    assert [finding.kind for check in lint(load_task(path)).checks for finding in check.findings] == ["asked again, with another gold"]


def test_the_generated_stories_are_those_of_the_demonstration():
    task, other = load_task("stories"), story_task("dev", 200)
    assert [(item.question, item.gold, item.solution, item.group) for item in task.items] == [
        (item.question, item.gold, item.solution, item.group) for item in other.items
    ]
    favourite = demo_prompts("embedded:stories")[0]
    assert task.prompts[0].text(task.items[0], task.examples[:2]) == favourite.text(other.items[0], other.examples[:2])
    assert lint(task).errors == 0


@pytest.mark.parametrize("name", [f"synthetic:{task}" for task in TASKS if task != "stories"])
def test_a_generated_task_asks_as_the_embedded_family_was_taught(name):
    """The favourite prompt and its solved examples are, letter by letter, those of the family's own wording; every answer can be given."""
    task, generator = load_task(name), name.removeprefix("synthetic:")
    asked, shown = (samples(generator, split, count, seed=0) for split, count in (("dev", 200), ("train", 8)))
    for item, sample in zip(task.items, asked, strict=True):
        assert item.gold == FAVOURITE.answer(sample)
        assert task.prompts[0].text(item, task.shown(item, 3)) == FAVOURITE.prompt(sample, shown[:3])
    report = lint(task)
    assert report.errors == 0
    assert report.check("every gold is in the language").passed == 200
    assert report.check("extraction reads the gold from every shot").looked_at == 8


def test_facts_are_recalled_each_once_and_development_has_others():
    task = load_task("synthetic:recall")
    asked, reported = ({item.group for item in world.recalled(split, seed=0)} for split in ("dev", "test"))
    assert not asked & reported and len(asked | reported) == len(world.counts())
    assert {item.group for item in task.items} <= asked
    wording = replace(FAVOURITE, enumerator="hidden")
    told = {sample.question: sample for split in ("dev", "test") for sample in world.recalled(split, seed=0)}
    for item in task.items:
        assert item.gold == wording.answer(told[item.question]) and item.gold in item.choices
        assert task.prompts[0].text(item) == wording.prompt(told[item.question])
    assert lint(task).errors == 0
    with pytest.raises(InvalidOption, match="at most"):
        list(generated("recall", {"count": len(asked) + 1}))


def test_an_assistant_is_asked_for_numbers_lists_and_words_by_turns():
    task = load_task("assistant", limit=6)
    kinds = ["number" if item.gold.isdecimal() else "list" if "," in item.gold else "word" for item in task.items]
    assert kinds == ["number", "list", "word"] * 2
    assert lint(task).errors == 0


def test_every_task_that_ships_is_well_formed():
    names = task_names()
    assert {name.split(":")[0] for name in names} == {path.stem for path in FOLDER.glob("*.toml")}
    assert sum(name.startswith("bbh:") for name in names) == 27
    assert {f"synthetic:{task}" for task in TASKS} - {"synthetic:stories"} <= set(names)
    for name in names:
        declaration, _ = find_task(f"{name}:anatomy" if name == "mmlu" else name)
        assert declaration.description
        assert declaration.license
        assert declaration.constraint is not None
    for path in FOLDER.glob("*.toml"):
        assert tomllib.loads(path.read_text())["description"]


def test_a_table_in_the_layout_of_mmlu(tmp_path):
    for split in ("test", "dev"):
        (tmp_path / "mmlu" / split).mkdir(parents=True)
        rows = '"Largest, of these?",1,2,3,4,D\nSmallest?,1,2,3,4,A\n' if split == "test" else "Even?,1,3,5,6,D\n"
        (tmp_path / "mmlu" / split / f"odd_sums_{split}.csv").write_text(rows)
    task = load_task("mmlu:odd_sums", data=tmp_path)
    item = task.items[0]
    assert (item.gold, item.place, item.choices[3], item.question) == ("D", 3, "4", "Largest, of these?")
    assert task.prompts[0].text(item, task.shown(item, 1)) == (
        "Multiple choice questions about odd sums, each with its answer.\n\n"
        "Even?\nA. 1\nB. 3\nC. 5\nD. 6\nAnswer: D\n\nLargest, of these?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer:"
    )
    assert lint(task).errors == 0
    with pytest.raises(InvalidTask, match="mmlu:NAME"):
        load_task("mmlu")


@needs_data
def test_all_tasks_of_the_public_data_load_and_their_faults_are_known():
    """Three answers of BBH are texts and not letters, two options stand twice, and two questions have two answers."""
    found = {}
    for name in task_names():
        if name.startswith("bbh:"):
            task = load_task(name, data=DATA)
            found[name] = {kind: count for check in lint(task).checks for kind, count in check.kinds.items() if "character" not in kind}
            assert len(task.items) >= 146
    assert {name: kinds for name, kinds in found.items() if kinds} == {
        "bbh:causal_judgement": {"asked again, with another gold": 2},
        "bbh:movie_recommendation": {"gold is no choice": 1},
        "bbh:ruin_names": {"gold is no choice": 2, "a choice twice": 2},
        "bbh:snarks": {"a choice twice": 1},
        "bbh:sports_understanding": {"asked again": 2},
    }
