"""From records to a comparison: every arm's score, and every arm against the reference on the same cells. No model is needed.

A *cell* is (task, item, prompt, shots, seed). An arm's answer to a cell is judged by one rung of the extraction ladder, the same
for all arms; what the other rungs would have given is listed beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.extraction import RUNGS, AnswerForm, Rung
from fsmgen.evaluation.outcomes import Kind, Outcome, record_outcome
from fsmgen.evaluation.records import Cell, Manifest, Record, Study
from fsmgen.evaluation.statistics import (
    ExactTest,
    Interval,
    PromptSpread,
    Unsaid,
    bootstrap_interval,
    difference_interval,
    exact_test,
    prompt_spread,
    proportion,
    smallest_detectable,
)


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What one arm scored.

    Attributes:
        score: share of correct cells.
        answered: share of cells with a value.
        outcomes: cells by outcome, as `Outcome.label` names it.
        closed: cells on whose way the budget removed a token, whatever came of them.
        rungs: correct cells on each rung.
        by_prompt: the score under each prompt.
        tokens: of all answers together.
        warned: cells whose constraint left the first token less than half of its probability.
    """

    name: str
    cells: int
    score: Interval | Unsaid
    answered: Interval | Unsaid
    outcomes: Mapping[str, int]
    closed: int
    rungs: Mapping[Rung, int]
    by_prompt: Mapping[str, Interval | Unsaid]
    spread: PromptSpread | Unsaid
    tokens: int
    warned: int


@dataclass(frozen=True, slots=True)
class Difference:
    """An arm minus the reference on the cells that both have, all of them or those of one prompt.

    Attributes:
        values: second minus first of each cell, and `items`, what each cell is of.
    """

    pairs: int
    estimate: float | Unsaid
    interval: Interval | Unsaid
    test: ExactTest | Unsaid
    detectable: float | Unsaid
    values: tuple[float, ...] = field(repr=False)
    items: tuple[str, ...] = field(repr=False)
    level: float

    @property
    def bootstrap(self) -> Interval | Unsaid:
        """A second opinion on the interval, resampled anew whenever it is asked for."""
        return bootstrap_interval(self.values, self.items, level=self.level)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a difference comes from, in cells.

    A cell is *rescued* where the reference had no answer to read, and *lost* where the arm has none.
    """

    rescued_from_extraction: int
    rescued_from_truncation: int
    rescued_from_closing: int
    turned_right: int
    turned_wrong: int
    lost_to_extraction: int
    lost_to_truncation: int
    lost_to_closing: int

    @property
    def net(self) -> int:
        """Cells gained minus cells lost."""
        gained = self.rescued_from_extraction + self.rescued_from_truncation + self.rescued_from_closing + self.turned_right
        lost = self.turned_wrong + self.lost_to_extraction + self.lost_to_truncation + self.lost_to_closing
        return gained - lost


@dataclass(frozen=True, slots=True)
class PairResult:
    """An arm against the reference.

    Attributes:
        unpaired: cells that only one of the two has; they are left out.
        matrix: cells by (outcome of the reference, outcome of the arm).
    """

    arm: str
    reference: str
    overall: Difference
    by_prompt: Mapping[str, Difference]
    unpaired: int
    matrix: Mapping[tuple[Kind, Kind], int]
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that a report says about a study.

    Attributes:
        arms: the reference first.
        items: different items that have a record.
    """

    manifest: Manifest
    rung: Rung
    level: float
    arms: tuple[ArmResult, ...]
    pairs: tuple[PairResult, ...]
    records: int
    items: int


@dataclass(frozen=True, slots=True)
class _Judged:
    record: Record
    outcome: Outcome
    prompt: str

    @property
    def correct(self) -> float:
        return float(self.outcome.kind is Kind.CORRECT)

    @property
    def item(self) -> str:
        return self.record.trial.item


_Answers = Mapping[Cell, _Judged]


def compare(study: Study, *, rung: Rung = "flexible", level: float = 0.95) -> Comparison:
    """The comparison of a study's arms, whether or not all of its trials have run.

    Raises:
        InvalidOption: there is no such rung.
    """
    if rung not in RUNGS:
        raise InvalidOption("rung", rung, allowed=" or ".join(RUNGS))
    read = reader(study.manifest)
    names = sorted(study.manifest["arms"], key=lambda name: (name != study.manifest["reference"], name))
    answers: dict[str, dict[Cell, _Judged]] = {name: {} for name in names}
    for record in study.records:
        answers[record.trial.arm][record.trial.cell] = _Judged(record, read(record, rung), prompt_label(record, study.manifest))
    reference, *others = names
    return Comparison(
        manifest=study.manifest,
        rung=rung,
        level=level,
        arms=tuple(_arm_result(name, list(answers[name].values()), read, level) for name in names),
        pairs=tuple(_pair_result((reference, arm), answers, level) for arm in others),
        records=len(study.records),
        items=len({record.trial.item for record in study.records}),
    )


_Read = Callable[[Record, Rung], Outcome]


def reader(manifest: Manifest) -> _Read:
    """How a record becomes an outcome in this study."""
    form = AnswerForm.of(manifest["form"])
    return lambda record, rung: record_outcome(record, form, rung)


def prompt_label(record: Record, manifest: Manifest) -> str:
    """The prompt as tables name it."""
    return with_shots(record.trial.prompt, record.trial.shots, manifest)


def with_shots(prompt: str, shots: int, manifest: Manifest) -> str:
    """A prompt's name with its number of solved examples, where the study has several."""
    return prompt if len(manifest["shots"]) == 1 else f"{prompt}, {shots} shot{'s' * (shots != 1)}"


def _arm_result(name: str, answers: Sequence[_Judged], read: _Read, level: float) -> ArmResult:
    def share(chosen: Iterable[_Judged], holds: Callable[[_Judged], float]) -> Interval | Unsaid:
        cells = list(chosen)
        return proportion([holds(answer) for answer in cells], [answer.item for answer in cells], level=level)

    prompts = _by_prompt(answers)
    return ArmResult(
        name=name,
        cells=len(answers),
        score=share(answers, lambda answer: answer.correct),
        answered=share(answers, lambda answer: float(answer.outcome.value is not None)),
        outcomes=Counter(answer.outcome.label for answer in answers),
        closed=sum(answer.outcome.closed for answer in answers),
        rungs={rung: sum(read(each.record, rung).kind is Kind.CORRECT for each in answers) for rung in RUNGS},
        by_prompt={prompt: share(cells, lambda answer: answer.correct) for prompt, cells in prompts.items()},
        spread=prompt_spread({prompt: _item_means(cells) for prompt, cells in prompts.items()}),
        tokens=sum(len(answer.record.ids) for answer in answers),
        warned=sum(bool(answer.record.warnings) for answer in answers),
    )


def _by_prompt(answers: Iterable[_Judged]) -> dict[str, list[_Judged]]:
    prompts: dict[str, list[_Judged]] = defaultdict(list)
    for answer in answers:
        prompts[answer.prompt].append(answer)
    return dict(sorted(prompts.items()))


def _item_means(answers: Iterable[_Judged]) -> dict[str, float]:
    """The score of each item under one prompt, averaged over seeds."""
    scores: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        scores[answer.item].append(answer.correct)
    return {item: sum(each) / len(each) for item, each in scores.items()}


def _pair_result(names: tuple[str, str], answers: Mapping[str, _Answers], level: float) -> PairResult:
    reference, arm = (answers[name] for name in names)
    shared = sorted(reference.keys() & arm.keys())
    pairs = [(reference[cell], arm[cell]) for cell in shared]
    prompts: dict[str, list[tuple[_Judged, _Judged]]] = defaultdict(list)
    for first, second in pairs:
        prompts[first.prompt].append((first, second))
    matrix = Counter((first.outcome.kind, second.outcome.kind) for first, second in pairs)
    return PairResult(
        arm=names[1],
        reference=names[0],
        overall=_difference(pairs, level),
        by_prompt={prompt: _difference(cells, level) for prompt, cells in sorted(prompts.items())},
        unpaired=len(reference) + len(arm) - 2 * len(shared),
        matrix=matrix,
        attribution=attribute(matrix),
    )


def _difference(pairs: Sequence[tuple[_Judged, _Judged]], level: float) -> Difference:
    differences = tuple(second.correct - first.correct for first, second in pairs)
    items = tuple(first.item for first, _ in pairs)
    return Difference(
        pairs=len(pairs),
        estimate=sum(differences) / len(pairs) if pairs else Unsaid("no cell has a record of both arms"),
        interval=difference_interval(differences, items, level=level),
        test=exact_test(differences, items),
        detectable=smallest_detectable(differences, items),
        values=differences,
        items=items,
        level=level,
    )


def attribute(matrix: Mapping[tuple[Kind, Kind], int]) -> Attribution:
    """The attribution of the difference that a matrix of outcomes shows; its `net` is that difference, in cells."""

    def gained(before: Kind) -> int:
        return matrix.get((before, Kind.CORRECT), 0)

    def lost(after: Kind) -> int:
        return matrix.get((Kind.CORRECT, after), 0)

    return Attribution(
        rescued_from_extraction=gained(Kind.UNEXTRACTABLE),
        rescued_from_truncation=gained(Kind.TRUNCATED),
        rescued_from_closing=gained(Kind.CLOSED_BY_BUDGET),
        turned_right=gained(Kind.WRONG),
        turned_wrong=lost(Kind.WRONG),
        lost_to_extraction=lost(Kind.UNEXTRACTABLE),
        lost_to_truncation=lost(Kind.TRUNCATED),
        lost_to_closing=lost(Kind.CLOSED_BY_BUDGET),
    )
