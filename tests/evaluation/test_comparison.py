"""Known answers of a comparison, its laws, and what its tables and sentences say and leave unsaid."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import InvalidOption
from fsmgen.evaluation import tables
from fsmgen.evaluation.comparison import attribute, compare
from fsmgen.evaluation.conclusions import conclusion
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.records import Record, Study, Trial, identified
from fsmgen.evaluation.running import run
from fsmgen.evaluation.statistics import Interval, PromptSpread, Unsaid
from fsmgen.evaluation.tables import headline
from tests.evaluation.conftest import fake_generate, make_experiment

FREE, CONSTRAINED = "free text", "constrained"
RIGHT, WRONG, UNREADABLE, CUT, CLOSED = "The answer is 7.", "The answer is 8.", "I do not know", "The", "closed"
KINDS = {RIGHT: Kind.CORRECT, WRONG: Kind.WRONG, UNREADABLE: Kind.UNEXTRACTABLE, CUT: Kind.TRUNCATED, CLOSED: Kind.CLOSED_BY_BUDGET}
TEXTS = st.sampled_from(list(KINDS))


def record(arm: str, prompt: str, item: str, text: str) -> Record:
    trial = Trial("task", item, prompt, 0, 0, arm, "embedded:toy", "")
    return Record(
        schema=1,
        key=trial.key,
        study="",
        batch="",
        trial=trial,
        gold="7",
        group="",
        prompt_text="",
        text=WRONG if text == CLOSED else text,
        ids=(1, 2),
        logprobs=(-1.0, -1.0),
        masked_logprobs=(-1.0, -1.0),
        allowed_mass=(1.0, 1.0),
        stop_reason="length" if text == CUT else "eos",
        budget_step=1 if text == CLOSED else None,
        prompt_tokens=3,
        constraint=None,
        leading_space=None,
        warnings=(),
        row_seed=0,
        facts={},
    )


def study(cells: dict[str, list[tuple[str, str]]]) -> Study:
    """Texts by prompt: one pair (free, constrained) per item."""
    records = [
        record(arm, prompt, f"i{number}", text)
        for prompt, pairs in cells.items()
        for number, pair in enumerate(pairs)
        for arm, text in zip((FREE, CONSTRAINED), pair, strict=True)
    ]
    manifest = {
        "task": {"name": "task", "items": 4, "digest": ""},
        "form": {"before": "The answer is", "after": "."},
        "prompts": dict.fromkeys(cells, "2.0% of training prompts"),
        "arms": {CONSTRAINED: {"kind": "x"}, FREE: {"kind": "FreeText"}},
        "reference": FREE,
        "model": "embedded:toy",
        "facts": {"sha256": "abc"},
        "keys": "",
        "trials": len(records),
        "sampling": {},
        "max_tokens": 9,
        "shots": [0],
        "seeds": [0],
        "batch_size": 8,
        "python": "3",
    }
    return Study(identified(manifest), tuple(records))


MIXED = [(RIGHT, RIGHT)] * 4 + [(UNREADABLE, RIGHT)] * 3 + [(CUT, RIGHT), (WRONG, RIGHT), (RIGHT, WRONG), (RIGHT, CLOSED), (WRONG, WRONG)]


def test_scores_outcomes_and_differences_are_the_hand_counted_ones():
    comparison = compare(study({"p": MIXED}))
    free, constrained = comparison.arms
    [pair] = comparison.pairs
    assert (free.name, constrained.name, pair.reference, pair.arm) == (FREE, CONSTRAINED, FREE, CONSTRAINED)
    assert isinstance(free.score, Interval)
    assert isinstance(free.answered, Interval)
    assert isinstance(constrained.score, Interval)
    assert (free.score.estimate, free.answered.estimate, constrained.score.estimate) == (6 / 12, 8 / 12, 9 / 12)
    assert free.outcomes == {"correct": 6, "wrong": 2, "unextractable: no marker": 3, "truncated": 1}
    assert constrained.outcomes == {"correct": 9, "wrong": 2, "closed by budget": 1}
    assert (free.closed, constrained.closed, free.tokens) == (0, 1, 24)
    assert pair.overall.estimate == pytest.approx(3 / 12)
    assert not isinstance(pair.overall.test, Unsaid)
    assert (pair.overall.test.first_only, pair.overall.test.second_only, pair.overall.test.method) == (2, 5, "exact McNemar")
    assert pair.overall.detectable == pytest.approx(2.80 * (7 / 12 / 12) ** 0.5)
    assert pair.matrix[Kind.UNEXTRACTABLE, Kind.CORRECT] == 3
    assert pair.attribution.net == 3
    assert (pair.attribution.rescued_from_extraction, pair.attribution.rescued_from_truncation) == (3, 1)
    assert (pair.attribution.turned_right, pair.attribution.turned_wrong, pair.attribution.lost_to_closing) == (1, 1, 1)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=30))
def test_the_attribution_adds_up_to_the_difference(pairs):
    [pair] = compare(study({"p": pairs})).pairs
    assert isinstance(pair.overall.estimate, float)
    assert pair.attribution.net == round(pair.overall.estimate * len(pairs))
    assert sum(pair.matrix.values()) == len(pairs)
    assert attribute({(KINDS[a], KINDS[b]): 1 for a, b in pairs}).net <= len(pairs)


@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(st.tuples(TEXTS, TEXTS), min_size=n, max_size=n), min_size=1, max_size=3)))
def test_no_report_ever_says_nan_and_every_table_is_whole(prompts):
    comparison = compare(study({f"p{number}": pairs for number, pairs in enumerate(prompts)}))
    shown = every_table(comparison)
    cells = [cell for table in shown for row in (table.columns, *table.rows, table.notes) for cell in row]
    assert not re.search(r"\bnan\b|\binf\b|None|Unsaid", " ".join((*cells, *map(conclusion, comparison.pairs))))
    assert all(len(row) == len(table.columns) for table in shown for row in table.rows)


def every_table(comparison):
    whole = [headline, tables.outcome_table, tables.ladder_table, tables.prompt_table, tables.spread_table]
    of_pairs = [tables.attribution_table, tables.matrix_table, tables.pair_by_prompt_table]
    return [make(comparison) for make in whole] + [make(pair) for make in of_pairs for pair in comparison.pairs]


def test_the_spread_over_prompts_is_given_for_every_arm():
    comparison = compare(study({"p": [(RIGHT, RIGHT)] * 5 + [(WRONG, RIGHT)] * 5, "q": [(WRONG, RIGHT)] * 10}))
    free, constrained = comparison.arms
    assert isinstance(free.spread, PromptSpread)
    assert (free.spread.worst, free.spread.range) == ("q", 0.5)
    assert constrained.spread == Unsaid("all cells score 1: at the ceiling prompts cannot differ")


def test_cells_of_one_arm_only_are_left_out_of_the_pairs_and_counted():
    whole = study({"p": MIXED})
    comparison = compare(replace(whole, records=whole.records[:-3]))
    assert (comparison.pairs[0].unpaired, comparison.pairs[0].overall.pairs) == (1, 10)


def test_a_study_without_records_says_that_nothing_can_be_said():
    comparison = compare(replace(study({"p": MIXED}), records=()))
    assert comparison.pairs[0].overall.estimate == Unsaid("no cell has a record of both arms")
    assert any("there are no cells" in note for table in every_table(comparison) for note in table.notes)


def test_an_unknown_rung_is_refused():
    with pytest.raises(InvalidOption, match="strict or flexible or lenient"):
        compare(study({"p": MIXED}), rung="loose")


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([(WRONG, RIGHT)] * 30 + [(RIGHT, RIGHT)] * 30, "50.0 points above"),
        ([(RIGHT, WRONG)] * 30 + [(RIGHT, RIGHT)] * 30, "50.0 points below"),
        ([(RIGHT, WRONG), (WRONG, RIGHT), (RIGHT, WRONG)] + [(RIGHT, RIGHT)] * 30, "no evidence that the two are equal"),
        ([(RIGHT, RIGHT)] * 10, "no more can be said"),
    ],
)
def test_the_conclusion_names_the_sign_and_the_limit_of_what_was_seen(pairs, says):
    [pair] = compare(study({"p": pairs})).pairs
    assert says in conclusion(pair)


def test_records_are_scored_without_loading_torch(tmp_path):
    run(make_experiment(), tmp_path, generate=fake_generate)
    code = (
        "import sys, pathlib; from fsmgen.evaluation import comparison, records, tables;"
        "print(tables.headline(comparison.compare(records.read_study(pathlib.Path(sys.argv[1])))));"
        "assert not {'torch', 'transformers', 'numba'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
