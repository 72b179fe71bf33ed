"""The studies behind `fsmgen demo`: does forcing the form of the answer change how many stories small models get right?

Free text with extraction against full constraint, on held-out stories under four prompts, for every embedded model. All choices were
made before a test story was looked at. Prompts: by rank in training, the two most frequent ones and the first two never seen.
Constraint: the solutions of 2,000 development stories are one line of 21 to 43 characters, so one line of at most 80, then the final
form. A looser one (line breaks, 120 characters) was tried on 32 development stories with an unfinished checkpoint: after its answer the
model went on to a question of its own, and 33 of 160 cells were correct, against 52 with one line and 47 in free text.
"""

from __future__ import annotations

from pathlib import Path

from fsmgen.decoding import LanguageModel
from fsmgen.embedded.formats import HELD_OUT, TRAINED
from fsmgen.embedded.recipe import mixture_of
from fsmgen.embedded.wordings import Wording
from fsmgen.evaluation.arms import FreeText, FullConstraint
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.prompts import WordingPrompt
from fsmgen.evaluation.records import Study
from fsmgen.evaluation.running import Progress, run
from fsmgen.evaluation.tasks import story_task

ITEMS = 12
WORDINGS = tuple(Wording(each.descriptor, each.layout, each.cue) for each in (*TRAINED[:2], *HELD_OUT[:2]))
ARMS = (FreeText(), FullConstraint())
MAX_TOKENS = 64


def demo_prompts(model: str) -> tuple[WordingPrompt, ...]:
    """The four prompts, with what the training of the model of this name showed of them, if it is an embedded one."""
    mixture = mixture_of(model)
    return tuple(WordingPrompt(wording, mixture) for wording in WORDINGS)


def demo_experiment(model: LanguageModel, *, items: int = ITEMS, split: str = "test") -> Experiment:
    """The demonstration's experiment with one model, greedy and without solved examples."""
    return Experiment(story_task(split, items), demo_prompts(model.name), ARMS, model, max_tokens=MAX_TOKENS)


def demo_study(model: LanguageModel, folder: Path, *, items: int = ITEMS, progress: Progress | None = None) -> Study:
    """Run the demonstration with one model into `folder`, or finish it there; see `experiment.run`."""
    return run(demo_experiment(model, items=items), folder, progress=progress)
