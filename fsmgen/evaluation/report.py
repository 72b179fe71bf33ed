"""A comparison as a Markdown report. Figures come from `tables`; here is the prose around them.

Every effect is stated whatever its sign, and each with a sentence on what it does and does not show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from fsmgen.evaluation import tables
from fsmgen.evaluation.comparison import Comparison, PairResult
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.statistics import Interval, Unsaid
from fsmgen.evaluation.tables import Table, points


def markdown(comparison: Comparison, *, command: str = "") -> str:
    """The report; `command`: what reproduces it."""
    return "\n\n".join(_parts(comparison, command)) + "\n"


def conclusion(pair: PairResult) -> str:
    """What the difference shows and what it does not, in a sentence or two."""
    found = pair.overall
    if isinstance(found.interval, Unsaid):
        return (
            f"*{pair.arm}* against *{pair.reference}*: {points(found.estimate)} points; no more can be said, since {found.interval.reason}."
        )
    amount = f"{abs(100 * found.interval.estimate):.1f} points {'above' if found.interval.estimate > 0 else 'below'}"
    where = f"*{pair.arm}* scores {amount} *{pair.reference}* ({_range(found.interval)})"
    if found.interval.low > 0 or found.interval.high < 0:
        scope = "this model, these prompts and items like these; nothing is said of other models, tasks or patterns"
        return f"{where}: the data show a difference, for {scope}."
    seen = "" if isinstance(found.detectable, Unsaid) else f" (a true effect of {100 * found.detectable:.1f} points would mostly be found)"
    return f"{where}: these data do not tell better from worse, and that is no evidence that the two are equal{seen}."


def _range(interval: Interval) -> str:
    return f"{interval.level:.0%} interval {points(interval.low)} to {points(interval.high)}"


def _parts(comparison: Comparison, command: str) -> Iterator[str]:
    manifest = comparison.manifest
    yield f"# {manifest['task']['name']}, {manifest['model']}: what the constraint changes"
    yield from _labels(comparison)
    yield _table(tables.headline(comparison))
    yield "\n".join(f"- {conclusion(pair)}" for pair in comparison.pairs)
    yield _table(tables.outcome_table(comparison))
    for pair in comparison.pairs:
        yield _table(tables.attribution_table(pair))
        yield _table(tables.matrix_table(pair))
    yield _table(tables.ladder_table(comparison))
    yield _table(tables.prompt_table(comparison))
    for pair in comparison.pairs:
        yield _table(tables.pair_by_prompt_table(pair))
        yield "These p values are not adjusted for the number of prompts."
    yield _table(tables.spread_table(comparison))
    yield from _methods(comparison)
    yield from _facts(comparison, command)


def _labels(comparison: Comparison) -> Iterator[str]:
    """What a reader must know before the first figure."""
    manifest = comparison.manifest
    if comparison.records < manifest["trials"]:
        yield f"**Partial: {comparison.records} of {manifest['trials']} trials have run.**"
    if manifest.get("limit") is not None:
        yield f"**Partial: {manifest['limit']} of {manifest['task']['items']} items were asked, picked by the hash of their ids.**"
    if manifest["model"].startswith("embedded:"):
        yield (
            f"**Results of a very small model**, {manifest['model']}, trained on this kind of question: they show how the comparison works "
            "and are no measure of what a constraint does to a model that people use."
        )
    yield (
        f"{comparison.items} items under {len(manifest['prompts'])} prompts, {comparison.records} answers. Extraction: {comparison.rung}, "
        f"the same for all arms; the declared final form is `{AnswerForm.of(manifest['form']).name}`"
    )


def _table(table: Table) -> str:
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([f"## {table.title}", "", *lines, *("\n" + note for note in table.notes)])


def _methods(comparison: Comparison) -> Iterator[str]:
    yield "## Methods"
    yield (
        "A cell is one item under one prompt. Outcomes: a value equal to the gold answer is correct, however it came about; otherwise an "
        "answer on whose way the budget removed a token is closed by budget, one without a value is truncated or unextractable, and only "
        "what remains is wrong. Detectable: 2.80 standard errors under no difference, 2.80 sqrt(discordant share / pairs) with one prompt."
    )
    used = [f"- Scores: {value.method}." for arm in comparison.arms[:1] if isinstance(value := arm.score, Interval)]
    used += [f"- {line}" for pair in comparison.pairs for line in _pair_methods(pair)]
    yield "\n".join(dict.fromkeys(used))


def _pair_methods(pair: PairResult) -> Iterator[str]:
    found = pair.overall
    if isinstance(found.interval, Interval):
        yield f"Difference of {pair.arm}: {found.interval.method}."
    if isinstance(found.bootstrap, Interval):
        yield f"Second opinion: {_range(found.bootstrap)} points ({found.bootstrap.method})."
    if not isinstance(found.test, Unsaid):
        counts = f"{found.test.second_only} items better, {found.test.first_only} worse"
        yield f"Test: {found.test.method}, {counts}. By prompt, McNemar's exact test."
    if pair.unpaired:
        yield f"{pair.unpaired} cells of {pair.arm} or {pair.reference} have no partner and are left out."


def _facts(comparison: Comparison, command: str) -> Iterator[str]:
    manifest = comparison.manifest
    yield "## Facts"
    arms = [f"- arm *{name}*: `{json.dumps(facts, ensure_ascii=False)}`" for name, facts in manifest["arms"].items()]
    names = ("sampling", "max_tokens", "shots", "seeds", "batch_size", "python")
    settings = [f"- {name}: `{json.dumps(manifest[name])}`" for name in names]
    hashes = [f"- {name}: `{value}`" for name, value in manifest["facts"].items()]
    study = [f"- study `{manifest['id']}`, items `{manifest['task']['digest']}`, trials `{manifest['keys']}`"]
    yield "\n".join([*arms, *settings, *hashes, *study])
    if command:
        yield f"Reproduce: `{command}`"
