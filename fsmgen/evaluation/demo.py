"""The study behind `fsmgen demo`: does forcing the form of the answer change how many stories the embedded model gets right?

Free text with extraction against full constraint, on held-out stories under five prompts. All choices were made before a test story
was looked at. Prompts: by rank in training, the three most frequent ones and the first two never seen. Constraint: the solutions of
2,000 development stories are one line of 21 to 43 characters, so one line of at most 80, then the final form. A looser one (line
breaks, 120 characters) was tried on 32 development stories with an unfinished checkpoint: after its answer the model went on to a
question of its own, and 33 of 160 cells were correct, against 52 with one line and 47 in free text.
"""

from __future__ import annotations

from pathlib import Path

from fsmgen.decoding import LanguageModel
from fsmgen.embedded.formats import HELD_OUT, TRAINED
from fsmgen.evaluation.arms import FreeText, FullConstraint
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import Study
from fsmgen.evaluation.running import Progress, run
from fsmgen.evaluation.tasks import story_task

ITEMS = 200
PROMPTS = tuple(map(FormatPrompt, (*TRAINED[:3], *HELD_OUT[:2])))
ARMS = (FreeText(), FullConstraint())
MAX_TOKENS = 64


def demo_experiment(model: LanguageModel, *, items: int = ITEMS, split: str = "test") -> Experiment:
    """The demonstration's experiment, greedy and without solved examples."""
    return Experiment(story_task(split, items), PROMPTS, ARMS, model, max_tokens=MAX_TOKENS)


def demo_study(model: LanguageModel, folder: Path, *, items: int = ITEMS, progress: Progress | None = None) -> Study:
    """Run the demonstration into `folder`, or finish it there; see `experiment.run`."""
    return run(demo_experiment(model, items=items), folder, progress=progress)
