"""Outcomes from texts that are at hand: no model is asked anything.

>>> from fsmgen.evaluation.tasks import Item, Task
>>> task = Task("sums", (Item("a", "1 + 1?", "2"), Item("b", "2 + 2?", "4")))
>>> replayed = replay(task, [Output("The answer is 2.", item="a"), Output("Say 5.\\n#### 5", item="b")])
>>> replayed.accuracy, replayed.kinds, replayed.unanswered
(0.5, {'correct': 1, 'wrong': 1}, ())
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fsmgen.errors import InvalidOption, InvalidTask
from fsmgen.evaluation.extraction import RUNGS, AnswerForm, Rung, extract
from fsmgen.evaluation.outcomes import Kind, Outcome, judge, record_outcome
from fsmgen.evaluation.records import Study
from fsmgen.evaluation.replay.outputs import Output, matched
from fsmgen.evaluation.tasks import Item, Task


@dataclass(frozen=True, slots=True)
class Replay:
    """Recorded outputs, judged.

    Attributes:
        outcomes: of each output, in order.
        rungs: how many outputs are correct on each rung.
        unanswered: ids of items without an output.
    """

    task: str
    rung: Rung
    items: tuple[Item, ...]
    outputs: tuple[Output, ...]
    outcomes: tuple[Outcome, ...]
    rungs: Mapping[Rung, int]
    unanswered: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """The share of correct outputs."""
        return sum(outcome.kind is Kind.CORRECT for outcome in self.outcomes) / len(self.outcomes)

    @property
    def kinds(self) -> dict[str, int]:
        """Outcomes by what they are, as tables name them."""
        return dict(Counter(outcome.label for outcome in self.outcomes))

    def disagreements(self, score: str) -> list[Item]:
        """Items that the recorded score calls right and this one wrong, or the other way round.

        Raises:
            InvalidOption: there is no such score.
        """
        known = {name for output in self.outputs for name in output.scores}
        if score not in known:
            raise InvalidOption("score", score, allowed=f"one of {', '.join(sorted(known)) or 'none, since none were recorded'}")
        triples = zip(self.items, self.outputs, self.outcomes, strict=True)
        return [item for item, output, outcome in triples if _right(output.scores.get(score)) != (outcome.kind is Kind.CORRECT)]


def replay(task: Task, outputs: Sequence[Output], *, rung: Rung | None = None) -> Replay:
    """Recorded outputs judged by the task's declared extraction, or by another rung of it.

    Raises:
        InvalidTask: the outputs are not those of the task, there are none, or the extraction reads an answer from none of them.
        InvalidOption: there is no such rung.
    """
    if not outputs:
        raise InvalidTask(task.name, place="outputs", reason="there are none")
    pairs = matched(task, outputs)
    chosen = _checked(rung or task.rung)
    by_rung = {each: [_outcome(task.form, each, output.text, item.gold, output.truncated) for item, output in pairs] for each in RUNGS}
    require_match(task.name, task.form, chosen, [output.text for output in outputs], by_rung)
    answered = {item.id for item, _ in pairs}
    return Replay(
        task=task.name,
        rung=chosen,
        items=tuple(item for item, _ in pairs),
        outputs=tuple(outputs),
        outcomes=tuple(by_rung[chosen]),
        rungs={each: sum(outcome.kind is Kind.CORRECT for outcome in outcomes) for each, outcomes in by_rung.items()},
        unanswered=tuple(item.id for item in task.items if item.id not in answered),
    )


def rescore(study: Study, *, form: AnswerForm | None = None, rung: Rung | None = None) -> dict[str, Outcome]:
    """The outcome of every record by its key, read by another form or rung than the study declares.

    Raises:
        InvalidTask: the extraction reads an answer from none of the records.
        InvalidOption: there is no such rung.
    """
    its = AnswerForm.of(study.manifest["form"])
    chosen = _checked(rung or study.manifest.get("rung", "flexible"))
    by_rung = {each: [record_outcome(record, form or its, each) for record in study.records] for each in RUNGS}
    if study.records:
        require_match(study.manifest["task"]["name"], form or its, chosen, [record.text for record in study.records], by_rung)
    return dict(zip((record.key for record in study.records), by_rung[chosen], strict=True))


def require_match(name: str, form: AnswerForm, rung: Rung, texts: Sequence[str], outcomes: Mapping[Rung, Sequence[Outcome]]) -> None:
    """Refuse an extraction that reads nothing from any text: all scores would be zero for a reason that is not the model's.

    Raises:
        InvalidTask: saying what other rungs read.
    """
    found = {each: sum(outcome.value is not None for outcome in of_rung) for each, of_rung in outcomes.items()}
    if found[rung]:
        return
    others = ", ".join(f"{each} {count:,}" for each, count in found.items() if each != rung)
    fact = f"{rung} extraction of {form.name!r} reads an answer from none of {len(texts):,} texts ({others})"
    raise InvalidTask(name, place="extraction", reason=f"{fact}; the first ends {texts[0][-60:]!r}")


def _outcome(form: AnswerForm, rung: Rung, text: str, gold: str, truncated: bool) -> Outcome:
    return judge(extract(text, rung, form=form, truncated=truncated), gold, form=form)


def _checked(rung: str) -> Rung:
    found = next((each for each in RUNGS if each == rung), None)
    if found is None:
        raise InvalidOption("rung", rung, allowed=f"one of {', '.join(RUNGS)}")
    return found


def _right(score: float | str | None) -> bool:
    """Whether a recorded score says correct: 1, or C as inspect_ai writes it."""
    return score == "C" if isinstance(score, str) else score is not None and float(score) == 1.0
