"""Reports: laws of each section on small records, a page that a strict reader accepts, and one that a browser shows without overflow."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.decoding.asking import Watched
from fsmgen.decoding.generation import Observation
from fsmgen.embedded.formats import FAVOURITE, HELD_OUT, TRAINED
from fsmgen.errors import BrokenRecord, InvalidOption, MissingPackage, OutputExists, RecordsError
from fsmgen.evaluation.arms import FreeText, FullConstraint, Watching
from fsmgen.evaluation.comparison import compare
from fsmgen.evaluation.effects import path_tax
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import RECORDS, Record, ScoredText, Study, append_timing, read_study, read_timings
from fsmgen.evaluation.reporting import Report, build, gather, html, write_report
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Figure, Passage, Remark, Section, Shown
from fsmgen.evaluation.reporting.prompts import _row
from fsmgen.evaluation.reporting.ranks import _bumps, _first
from fsmgen.evaluation.reporting.trace import _masses, chosen
from fsmgen.evaluation.running import run
from fsmgen.evaluation.statistics import Interval, RankStability, prompt_spread, rank_stability
from fsmgen.evaluation.tables import EXACT_P
from fsmgen.evaluation.tasks import story_task
from tests.evaluation.conftest import FakeModel, fake_generate, fraction, make_experiment

EVIL = "</p></style><script>alert('x')</script><img src=x onerror=alert(1)> & \x00\x1b"
VOID = {"meta", "br", "img", "link", "input", "hr"}
Make = Callable[..., Path]


def told(model, prompts, constraint, *, max_tokens, sampling, evil="", **options):
    """Answers that also say where tokens begin and what was wanted."""
    watching = isinstance(constraint, list) and isinstance(constraint[0], Watched)
    asked = None if watching else constraint
    answers = fake_generate(model, prompts, asked, max_tokens=max_tokens, sampling=sampling, **options)
    seen = Observation("watched", "optional", (1.0,), None, True) if watching else None
    return [replace(_told(answer, evil), observation=seen) for answer in answers]


def _told(answer, evil):
    text = evil + answer.text
    size = len(text.encode("utf-8", "surrogatepass"))
    count = len(answer.ids)
    lengths = (size - count + 1, *(1,) * (count - 1))
    met = [answer.constraint is not None and fraction(answer.prompt, place) < 0.2 for place in range(count)]
    return replace(
        answer,
        text=text,
        value=text,
        token_lengths=lengths,
        wanted=tuple(1 if each else None for each in met),
        wanted_texts=tuple("<b>" if each else None for each in met),
        wanted_logprobs=tuple(-0.5 if each else None for each in met),
        end_mass=(0.0,) * count,
    )


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A study's folder, made once for each set of changes."""
    root, made = tmp_path_factory.mktemp("studies"), dict[str, Path]()

    def ran(name: str, generate: Any = told, **changes: Any) -> Path:
        if name not in made:
            made[name] = root / name
            run(make_experiment(**{"task": story_task("dev", 12), **changes}), made[name], generate=generate)
        return made[name]

    return ran


@pytest.fixture
def two(make: Make) -> list[Path]:
    """Two models, three prompts, three arms."""
    prompts = tuple(map(FormatPrompt, (FAVOURITE, HELD_OUT[0], TRAINED[1])))
    arms = (FreeText(), FullConstraint(), Watching(FullConstraint()))
    models = {"embedded:fake": told, "other/model": worse}
    return [
        make(f"two-{place}", how, prompts=prompts, arms=arms, model=FakeModel(name)) for place, (name, how) in enumerate(models.items())
    ]


def worse(model, prompts, constraint, **options):
    """A model whose free answers are wrong for prompts of odd length."""
    answers = told(model, prompts, constraint, **options)
    return [replace(each, text=each.text.replace("answer is ", "answer is 9")) if len(each.prompt) % 2 else each for each in answers]


class Strict(HTMLParser):
    """Every element is closed where it was opened, and attributes are quoted; `tags` and `texts` are what was met."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def report_of(*folders: Path) -> Report:
    return build(gather(folders))


def section(report: Report, name: str, chapter: int = 0) -> Section:
    return next(each for each in report.chapters[chapter].sections if each.name == name)


def words(found: Section) -> str:
    """All that a section says in sentences."""
    return " ".join(
        block.sentence if isinstance(block, (Figure, Passage)) else block.text for block in found.blocks if not isinstance(block, Shown)
    )


def test_the_page_is_well_formed_asks_nothing_of_a_network_and_has_no_script(two, tmp_path):
    files = write_report(two, tmp_path / "report.html", command="fsmgen eval report <a>")
    page = files.page.read_text()
    found = Strict(page)
    assert page.startswith("<!doctype html>")
    tags = {tag for tag, _ in found.tags}
    assert {"table", "svg", "figure", "details", "nav"} <= tags
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in found.tags:
        assert not any(name.startswith("on") or name in ("src", "srcset", "xlink:href", "style") for name in attributes), (tag, attributes)
        assert "href" not in attributes or attributes["href"].removeprefix("#") in ids
    assert not re.search(r"https?://|@import|url\(", page)
    assert "prefers-color-scheme:dark" in page and "width=device-width" in page
    assert "fsmgen eval report <a>" in "".join(found.texts)


def test_whatever_a_model_writes_is_text_on_the_page(make, tmp_path):
    folder = make("evil", lambda *given, **options: told(*given, evil=EVIL, **options), model=FakeModel("</title><script>x"))
    files = write_report([folder], tmp_path / "report.html", title="<script>1</script>")
    found = Strict(files.page.read_text())
    assert not {tag for tag, _ in found.tags} & {"script", "img", "b>"}
    text = "".join(found.texts)
    assert "<script>alert('x')</script><img src=x onerror=alert(1)> & ␀␛" in text
    assert not re.search("[\x00-\x08\x0b-\x1f]", files.page.read_text())
    assert "<script" not in re.sub(r"\\<", "", files.markdown.read_text())
    for picture in files.folder.glob("*.svg"):
        assert not [each for each in ElementTree.parse(picture).iter() if each.tag.endswith("script")]


def test_half_a_surrogate_pair_in_an_answer_is_shown_as_what_cannot_be_read(make, tmp_path):
    def half(*given, **options):
        return told(*given, evil="\ud83d", **options)

    page = write_report([make("half", half)], tmp_path / "half.html").page.read_text("utf-8")
    assert Strict(page).texts and "\ud83d" not in page


def test_every_picture_is_a_file_of_its_own_and_every_figure_has_one_sentence(two, tmp_path):
    files = write_report(two, tmp_path / "report.html")
    report = report_of(*two)
    figures = [block for chapter in report.chapters for each in chapter.sections for block in each.blocks if isinstance(block, Figure)]
    names = [picture.name for figure in figures for picture in figure.pictures]
    assert len(names) == len(set(names)) > 10
    for name in names:
        tree = ElementTree.parse(files.folder / f"{name}.svg").getroot()
        assert tree.tag.endswith("svg") and tree.get("aria-label")
        assert f"{files.folder.name}/{name}.svg" in files.markdown.read_text()
    for figure in figures:
        assert figure.sentence.endswith(".") and figure.sentence.strip() == figure.sentence
        assert not re.search(r"[.!?] [A-Z]", figure.sentence), figure.sentence
        assert re.search(r"\d", figure.sentence) or "none" in figure.sentence or "no " in figure.sentence, figure.sentence
    sentences = [figure.sentence for figure in figures]
    assert len(set(sentences)) == len(sentences)


def test_the_headline_has_the_numbers_of_the_comparison(two, tmp_path):
    files = write_report(two, tmp_path / "report.html")
    rows = list(csv.DictReader(io.StringIO(files.numbers.read_text())))
    for folder in two:
        found = compare(read_study(folder))
        for arm in found.arms:
            mine = [row for row in rows if row["folder"] == str(folder) and row["arm"] == arm.name]
            if arm.name.startswith("free text, watched"):
                assert not mine
                continue
            assert isinstance(arm.score, Interval)
            assert [float(mine[0][name]) for name in ("correct", "correct_low", "correct_high")] == [
                arm.score.estimate,
                arm.score.low,
                arm.score.high,
            ]
        [pair] = [pair for pair in found.pairs if "watched" not in pair.arm]
        [row] = [row for row in rows if row["folder"] == str(folder) and row["arm"] == pair.arm]
        assert isinstance(pair.overall.interval, Interval)
        assert float(row["difference"]) == pair.overall.interval.estimate
        assert float(row["detectable"]) == pair.overall.detectable


def test_the_flow_counts_every_pair_and_its_sentence_gives_the_net_effect(two):
    flow = section(report_of(*two), "flow")
    figures = [block for block in flow.blocks if isinstance(block, Figure)]
    pairs = [pair for folder in two for pair in compare(read_study(folder)).pairs if "watched" not in pair.arm]
    assert len(figures) == len(pairs)
    for figure, pair in zip(figures, pairs, strict=True):
        tips = [tip.text or "" for tip in figure.pictures[0].drawing.iter("title")]
        assert sum(int(tip.rpartition(" ")[2]) for tip in tips) == pair.overall.pairs
        net = pair.attribution.net
        assert (f"{net:+d} right answer" if net else "as many right answers") in figure.sentence or "changes none" in figure.sentence


def test_the_grid_has_a_cell_for_each_prompt_and_model(two):
    grid = next(block for block in section(report_of(*two), "prompts").blocks if isinstance(block, Figure))
    assert len(grid.pictures) == 2  # one for each arm, the watching one left out
    for picture in grid.pictures:
        assert len(list(picture.drawing.iter("rect"))) == 3 * 2


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=4, max_size=4), min_size=2, max_size=5))
def test_noise_and_what_is_left_without_it_make_up_the_variance_over_prompts(values):
    scores = {f"p{row}": {f"i{column}": value for column, value in enumerate(each)} for row, each in enumerate(values)}
    spread, row = prompt_spread(scores), _row("arm", scores)
    if not hasattr(spread, "sd"):
        assert row == spread
    elif isinstance(spread.corrected_sd, float):
        assert row.noise**2 + spread.corrected_sd**2 == pytest.approx(spread.sd**2)
    else:
        assert row.noise >= spread.sd - 1e-12


def test_shots_are_curves_with_the_paired_change(make):
    report = report_of(make("shots", shots=(0, 2)))
    found = words(section(report, "shots"))
    assert "with 0 to" in found and "with 2 examples" in found and "points [" in found
    assert "an sd over prompts and numbers of examples" in words(section(report, "prompts"))
    grids = [block for block in section(report, "prompts").blocks if isinstance(block, Figure)]
    assert any("2 shots" in (tip.text or "") for tip in grids[0].pictures[0].drawing.iter("title"))


def test_ranks_name_the_best_model_and_the_least_certain_pair(two):
    found = section(report_of(*two), "ranks")
    assert "comes first under" in words(found) and "least certain is" in words(found)
    bumps = [block.pictures[0] for block in found.blocks if isinstance(block, Figure) and "rank of each model" in block.pictures[0].title]
    assert all(len(list(picture.drawing.iter("circle"))) == 2 * 3 for picture in bumps)


@pytest.mark.parametrize("prompts", [1, 2, 9, 16, 40])
def test_prompts_over_a_bump_chart_do_not_run_into_one_another(prompts):
    rows = {model: {f"prompt {place}": place / prompts for place in range(prompts)} for model in ("one model of many", "another model")}
    heads = [text for text in _bumps(rows, "title").iter("text") if re.fullmatch("p[0-9]+", text.text or "")]
    assert heads and heads[0].text == "p1"
    assert all(float(other.get("x", 0)) - float(one.get("x", 0)) >= 6.2 * len(other.text or "") for one, other in pairwise(heads))


def test_models_that_share_the_first_place_are_all_named():
    scores = {"a": {"p": 0.9, "q": 0.1, "r": 0.5}, "b": {"p": 0.8, "q": 0.7, "r": 0.6}, "c": {"p": 0.1, "q": 0.2, "r": 0.7}}
    assert first_places(scores) == "a, b and c each come first under 33.3%"
    assert first_places({model: {**row, "s": 0.4 + 0.1 * (model == "b")} for model, row in scores.items()}) == "b comes first under 50.0%"
    shared = {model: {**row, "s": 0.4 + 0.1 * (model != "c")} for model, row in scores.items()}
    assert first_places(shared) == "a and b each come first, ties shared, under 37.5%"


def first_places(scores: dict[str, dict[str, float]]) -> str:
    found = rank_stability(scores)
    assert isinstance(found, RankStability)
    return _first(scores, found)


def test_ranks_over_numbers_of_examples_say_so_and_know_what_training_showed(make):
    prompts = tuple(map(FormatPrompt, (FAVOURITE, HELD_OUT[0])))
    named = {"embedded:fake": told, "embedded:other": worse}
    folders = [make(f"one-shot-{name[9:]}", how, prompts=prompts, shots=(1, 2), model=FakeModel(name)) for name, how in named.items()]
    found = section(report_of(*folders), "ranks")
    assert "of 4 prompts and numbers of examples" in words(found) and "with 4 prompts and numbers" in words(found)
    [table] = [block.table for block in found.blocks if isinstance(block, Shown) and "shown the format" in block.table.title]
    assert len(table.rows) == 2 and not any("is not known" in note for note in table.notes)


def test_a_mean_allowed_mass_of_few_answers_says_of_how_many(two):
    [member, *_] = gather(two).groups[0].members
    records = [record for record in member.study.records if record.constraint is not None]
    longest = max(range(len(records)), key=lambda place: len(records[place].ids))
    masses = [replace(record, allowed_mass=tuple(0.9 for _ in record.ids)) for record in records]
    most = len(records[longest].ids)
    cut = [
        record if place == longest else replace(record, ids=record.ids[: most - 1], allowed_mass=record.allowed_mass[: most - 1])
        for place, record in enumerate(masses)
    ]
    cut[longest] = replace(cut[longest], allowed_mass=(*(0.9 for _ in range(most - 1)), 0.2))
    figure = _masses(gather(two).groups[0], member, "arm", cut)
    assert isinstance(figure, Figure)
    assert f"the least, 20.0%, at token {most}, which 1 of them reaches; " in figure.sentence
    whole = _masses(gather(two).groups[0], member, "arm", cut[longest : longest + 1])
    assert isinstance(whole, Figure) and f"at token {most}; " in whole.sentence
    long = replace(records[0], ids=(1,) * 80, allowed_mass=(*(0.9 for _ in range(79)), 0.1))
    later = _masses(gather(two).groups[0], member, "arm", [long])
    assert isinstance(later, Figure) and "the least, 10.0%, at token 80; " in later.sentence
    assert any("the first 64 of 80" in (text.text or "") for text in later.pictures[0].drawing.iter("text"))


def test_the_headline_says_what_the_exact_test_asks_where_an_item_has_several_cells(two, make):
    def notes(*folders: Path) -> tuple[str, ...]:
        return next(block.table.notes for block in report_of(*folders).opening[0].blocks if isinstance(block, Shown))

    assert EXACT_P in notes(*two)
    assert EXACT_P not in notes(make("single", prompts=(FormatPrompt(FAVOURITE),)))


def test_what_cannot_be_shown_is_said_with_its_reason(make):
    report = report_of(make("one", prompts=(FormatPrompt(FAVOURITE),), arms=(FreeText(),), generate=fake_generate))
    assert "There is one model" in " ".join(report.cautions)
    for name, reason in {
        "flow": "one arm",
        "prompts": "one prompt",
        "shots": "0 examples",
        "ranks": "There is one model, so there is no ranking",
        "reliability": "neither likelihoods",
        "trace": "no arm has answers under a constraint",
        "ways": "no arm scored choices",
    }.items():
        assert reason in words(section(report, name)), name
    assert "one arm" in " ".join(block.text for block in report.opening[0].blocks if isinstance(block, Remark))
    Strict(html(report))


def test_partial_empty_and_mixed_studies_are_named_first(make, two, tmp_path):
    limited = make("limited", limit=3)
    partial, empty = tmp_path / "partial", tmp_path / "empty"
    shutil.copytree(two[0], partial)
    lines = (partial / RECORDS).read_text().splitlines(keepends=True)
    (partial / RECORDS).write_text("".join(lines[:40]) + '{"unfinished')
    shutil.copytree(make("shots", shots=(0, 2)), empty)
    (empty / RECORDS).write_text("")
    report = report_of(limited, partial, empty)
    said = " ".join(report.cautions)
    assert "3 of 12 items" in said and "40 of" in said and f"Empty: {empty}" in said and "very small models" in said
    Strict(html(report))
    alone = report_of(empty)
    assert not alone.chapters and "no answer yet" in html(alone)
    Strict(html(alone))


def test_two_tasks_are_two_chapters(make):
    other = make("other", task=replace(story_task("dev", 6), name="other task"))
    report = report_of(make("limited", limit=3), other)
    assert [chapter.title for chapter in report.chapters] == ["stories-dev", "other task"]
    assert "Mixed" in " ".join(report.cautions)
    Strict(html(report))


def test_arms_that_differ_in_signs_alone_and_long_ones_have_short_labels_of_their_own(make, tmp_path):
    arms = (FreeText(), *(FullConstraint(f"A-Za-z0-9 ,.:+*=\\n{sign}-") for sign in "!?"))
    folder = make("signs", task=replace(story_task("dev", 4), name="facts"), arms=arms)
    files = write_report([folder], tmp_path / "report.html")
    page = Strict(files.page.read_text())
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    report = report_of(folder)
    labels = {row[2] for block in report.opening[0].blocks if isinstance(block, Shown) for row in block.table.rows}
    assert len(labels) == 3 and all(len(label) <= 48 for label in labels)
    assert {row["arm"] for row in csv.DictReader(io.StringIO(files.numbers.read_text()))} == {arm.name for arm in arms}
    facts = {row[0]: row[1] for block in report.closing[0].blocks if isinstance(block, Shown) for row in block.table.rows}
    assert all(
        arm.name in f"{facts[f'arm {label}']} {label}"
        for label, arm in zip(sorted(labels), sorted(arms, key=lambda each: each.name), strict=True)
    )
    given = build(gather([folder], labels=lambda manifest: {arms[1].name: "exclaiming"}))
    assert any("exclaiming" in words(each) for each in given.chapters[0].sections)


def test_the_answer_shown_has_the_median_tax_of_those_with_an_intervention(two):
    records = [record for record in read_study(two[0]).records if record.constraint is not None]
    met = [record for record in records if any(record.wanted_texts)]
    assert len(met) > 0
    taxes = sorted(path_tax(record) for record in met)
    assert path_tax(chosen(records)) == taxes[(len(taxes) - 1) // 2]
    passage = next(block for block in section(report_of(*two), "trace").blocks if isinstance(block, Passage))
    tokens = [each for each in passage.content.iter("span") if "tok" in each.get("class", "")]
    assert len(tokens) == len(chosen(records).ids)


def scored_study(folder: Path) -> Study:
    """A study whose free answers are choices with likelihoods, the first of them chosen."""
    study = read_study(folder)

    def choose(record: Record) -> Record:
        texts = (record.gold, "no number", "another long text")
        logs = [-0.1 - fraction(record.key, text) * 4 for text in texts]
        scored = tuple(ScoredText(text, f" {text}", (log,)) for text, log in zip(texts, logs, strict=True))
        best = int(np.argmax(logs))
        said = f"The answer is {texts[best]}."
        return replace(
            record, text=said, scored=scored, ids=(), token_lengths=(), logprobs=(logs[best],), extra={"chosen": best, "coverage": 0.5}
        )

    records = tuple(choose(record) for record in study.records if record.trial.arm == study.manifest["reference"])
    arms = {name: {**facts, "normalisation": "raw"} for name, facts in study.manifest["arms"].items()}
    return Study({**study.manifest, "arms": arms}, records)


def test_ways_recompute_normalisations_from_the_same_likelihoods(make, monkeypatch):
    study = scored_study(make("limited-12", limit=12))
    monkeypatch.setattr("fsmgen.evaluation.reporting.gathering.read_study", lambda folder: study)
    monkeypatch.setattr("fsmgen.evaluation.reporting.gathering.read_timings", lambda folder: ())
    report = report_of(Path("scored"))
    [table] = [block.table for block in section(report, "ways").blocks if isinstance(block, Shown)]
    rows = {row[2]: row[3] for row in table.rows}
    assert rows["raw"] == rows["token"]  # choices of one token each: the arm's own reading, and what is recomputed
    assert table.rows[0][4] == "50.0%" and "pmi" not in rows
    assert "ECE" in words(section(report, "reliability"))
    Strict(html(report))


def test_nothing_is_written_over_unasked(two, tmp_path):
    output = tmp_path / "report.html"
    files = write_report(two[:1], output)
    before = {path: path.read_bytes() for path in (files.page, files.markdown, files.numbers)}
    with pytest.raises(OutputExists, match=r"report\.html exists and is not overwritten"):
        write_report(two, output)
    output.unlink()
    with pytest.raises(OutputExists, match=r"report\.md exists"):
        write_report(two, output)
    assert files.markdown.read_bytes() == before[files.markdown]
    write_report(two[:1], output, overwrite=True)
    assert {path: path.read_bytes() for path in before} == before  # the same studies give the same bytes


def test_two_folders_with_the_same_answers_are_no_two_studies(two, tmp_path):
    shutil.copytree(two[0], tmp_path / "copy")
    with pytest.raises(InvalidOption, match="these two have the same answers"):
        gather([two[0], two[1], tmp_path / "copy"])


def test_a_folder_in_the_place_of_a_file_and_a_file_in_that_of_the_folder_are_named(two, tmp_path):
    (tmp_path / "report.md").mkdir()
    for overwrite in (False, True):
        with pytest.raises(OutputExists, match=r"report\.md exists and is not overwritten; it is a folder"):
            write_report(two, tmp_path / "report.html", overwrite=overwrite)
    (tmp_path / "other-files").touch()
    with pytest.raises(OutputExists, match="it is no folder for pictures"):
        write_report(two, tmp_path / "other.html", overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other-files", "report.md"]


def test_a_broken_line_is_named_and_nothing_is_written(two, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(two[0], broken)
    lines = (broken / RECORDS).read_text().splitlines(keepends=True)
    (broken / RECORDS).write_text("".join([*lines[:6], "{}\n", *lines[7:]]))
    with pytest.raises(BrokenRecord, match="line 7"):
        write_report([two[1], broken], tmp_path / "report.html")
    assert not list(tmp_path.glob("report*"))


def test_a_picture_alone_has_its_title_every_colour_and_no_variable(two, tmp_path):
    files = write_report(two, tmp_path / "report.html")
    titles = {picture.name: picture.title for _, picture in pictures(report_of(*two))}
    for path in files.folder.glob("*.svg"):
        tree = ElementTree.parse(path).getroot()
        style = next(each.text or "" for each in tree if each.tag.endswith("style"))
        assert "--" not in style and "var(" not in style and "@media" not in style
        rules = set(re.findall(r"([^ {}]+)\{", style))
        for each in tree.iter():
            names = set((each.get("class") or "").split())
            coloured = [name for name in names if re.fullmatch("[ck][0-9]", name)]
            for name in names & {"fill", "dot", "band", "ribbon", "moved", "path", "bar", "mark", "ink", "noise"}:
                assert f".{name}.{coloured[0]}" in rules, (path, names)
        texts = [text for each in tree if each.tag.endswith("text") for text in each.itertext()]
        assert "".join(titles[path.stem].split()).startswith("".join(texts[0].split())[:20])
        _, top, _, tall = map(float, str(tree.get("viewBox")).split())
        assert top < 0 and tall > -top


def pictures(report: Report) -> list[tuple[Section, Any]]:
    sections = [*report.opening, *(each for chapter in report.chapters for each in chapter.sections)]
    return [(each, picture) for each in sections for block in each.blocks if isinstance(block, Figure) for picture in block.pictures]


def test_facts_name_model_arms_exposure_and_hashes_and_the_command(make, tmp_path):
    folder = make("limited", limit=3)
    text = write_report([folder], tmp_path / "report.html", command="fsmgen eval report study").markdown.read_text()
    manifest = read_study(folder).manifest
    for said in ("very small models", "never seen: ", manifest["id"], manifest["facts"]["sha256"], "A-Za-z0-9", "fsmgen eval report study"):
        assert said in text
    widths = [{line.count("|") - line.count("\\|") for line in block.splitlines()} for block in text.split("\n\n") if block.startswith("|")]
    assert widths and all(len(each) == 1 for each in widths)


def test_pngs_are_drawn_on_demand_or_their_lack_is_said_before_anything_is_read(two, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingPackage, match="needs the package resvg_py"):
        write_report([tmp_path / "nowhere"], tmp_path / "report.html", png=True)
    monkeypatch.undo()
    pytest.importorskip("resvg_py")
    files = write_report(two, tmp_path / "report.html", png=True)
    names = {path.stem for path in files.folder.glob("*.svg")}
    assert names == {path.stem for path in files.folder.glob("*.png")}
    for name in names:
        data = (files.folder / f"{name}.png").read_bytes()
        size = ElementTree.parse(files.folder / f"{name}.svg").getroot()
        assert data.startswith(b"\x89PNG") and len(data) > 1000
        wide, tall = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
        assert abs(wide - 2 * float(size.get("width", 0))) <= 2 and abs(tall - 2 * float(size.get("height", 0))) <= 2


@pytest.mark.parametrize(
    ("folders", "output", "error"),
    [([], "a.html", InvalidOption), (["here"], "a.txt", InvalidOption), (["here"], "a.html", RecordsError)],
)
def test_bad_input_is_refused_in_words(tmp_path, folders, output, error):
    with pytest.raises(error):
        write_report([tmp_path / name for name in folders], tmp_path / output)


def test_times_are_shown_as_they_are_beside_the_records_or_said_to_be_unknown(two, tmp_path):
    timed, report = tmp_path / "timed", report_of(two[0])
    shutil.copytree(two[0], timed)
    [table] = [block.table for block in section(report, "cost").blocks if isinstance(block, Shown) and block.table.title == "Time"]
    assert [row[2] for row in table.rows] == ["36 of 36"] * 2
    times = read_timings(timed)
    [arm] = {each.arm for each in times if "1-80" in each.arm and "watched" not in each.arm}
    (timed / "timings.jsonl").write_text("")
    for each in times:
        if each.arm == arm:
            append_timing(
                timed / "timings.jsonl", replace(each, masks=10 * each.answers, seconds=each.answers / 4, mask_seconds=each.answers / 1000)
            )
    [table] = [
        block.table for block in section(report_of(timed), "cost").blocks if isinstance(block, Shown) and block.table.title == "Time"
    ]
    assert [row[3:7] for row in table.rows] == [("0.250", "10.0", "100", "0.4%")]
    (timed / "timings.jsonl").unlink()
    assert "Mask time is not known" in words(section(report_of(timed), "cost"))
    (timed / "timings.jsonl").write_text("{}\n")
    with pytest.raises(BrokenRecord, match=r"timings\.jsonl.*line 1"):
        gather([timed])


@given(st.floats(-1, 1), st.floats(0.01, 2))
def test_ticks_are_round_few_and_inside(low, wide):
    found = draw.ticks(low, low + wide)
    assert 2 <= len(found) <= 6
    assert all(low - 1e-6 <= each <= low + wide + 1e-6 for each in found)


@given(st.lists(st.floats(10, 90), min_size=1, max_size=6))
def test_labels_that_are_moved_apart_do_not_overlap_and_keep_their_order(places):
    moved = draw.apart(places, 13, 0, 100)
    ordered = [moved[index] for index in sorted(range(len(places)), key=lambda index: places[index])]
    assert all(after - before >= 13 - 1e-9 for before, after in pairwise(ordered))
    assert all(-1e-9 <= each <= 100 + 1e-9 for each in moved)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PROBE = """<script>
const wide = document.documentElement.scrollWidth;
const loose = [...document.querySelectorAll("figure *, p, h1, h2, h3, h4, nav *")]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1).length;
document.title = `${innerWidth} ${wide} ${loose} ${getComputedStyle(document.body).backgroundColor}`;
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium to look at the page with")
@pytest.mark.parametrize(("width", "dark"), [(1200, False), (390, False), (390, True)])
def test_a_browser_shows_the_page_without_overflow_in_both_themes(two, tmp_path, width, dark):
    page = write_report(two, tmp_path / "report.html").page
    probed = tmp_path / "probed.html"
    probed.write_text(page.read_text().replace("</body>", f"{PROBE}</body>"))
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"]
    options += ["--force-dark-mode"] if dark else []
    ran = subprocess.run([str(CHROMIUM), *options, "--dump-dom", probed.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    shown = re.search(r"<title>(\d+) (\d+) (\d+) rgb\((\d+), (\d+), (\d+)\)</title>", ran.stdout)
    assert shown is not None, ran.stdout[:400]
    inner, scrolled, loose, *colour = map(int, shown.groups())
    assert scrolled <= inner and loose == 0
    assert (max(colour) < 60) == dark
