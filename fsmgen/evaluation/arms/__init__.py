"""Arms: the ways in which an answer is obtained. An arm is a value that names itself from its parameters.

| module | what it holds |
|---|---|
| `arm` | what an arm is, and what it is given |
| `generating` | free text, and one generation under a constraint: over all of it, over the answer only, JSON, templates |
| `composing` | several stages, votes, a watching constraint, forced texts in one pass |
| `conditional` | the model's own answers inside a language: exact samples, weights |
| `scoring` | likelihoods of choices, the ways of MMLU, a probability of one half |
| `judging` | a judge whose verdict is constrained |
| `naming` | arms as data |

Extraction belongs to no arm: one ladder reads the texts of all of them (see `extraction`).
"""

from fsmgen.evaluation.arms.arm import AS_SET, Answer, Arm, ConstrainedArm, Engine, Question, Request
from fsmgen.evaluation.arms.composing import Coalescing, SameReasoning, TwoStage, Vote, Watching
from fsmgen.evaluation.arms.conditional import Exact, Reweighted, unfit_sampling
from fsmgen.evaluation.arms.generating import AnswerOnly, Declared, FreeText, FullConstraint, Json, Options, Template
from fsmgen.evaluation.arms.judging import Agreement, Judged, agreement
from fsmgen.evaluation.arms.naming import KINDS, arm_of, read_arm
from fsmgen.evaluation.arms.scoring import ChoiceLikelihood, LetterConstrained, LetterGenerated, MarginalLikelihood, OneHalf

__all__ = [
    "AS_SET",
    "KINDS",
    "Agreement",
    "Answer",
    "AnswerOnly",
    "Arm",
    "ChoiceLikelihood",
    "Coalescing",
    "ConstrainedArm",
    "Declared",
    "Engine",
    "Exact",
    "FreeText",
    "FullConstraint",
    "Json",
    "Judged",
    "LetterConstrained",
    "LetterGenerated",
    "MarginalLikelihood",
    "OneHalf",
    "Options",
    "Question",
    "Request",
    "Reweighted",
    "SameReasoning",
    "Template",
    "TwoStage",
    "Vote",
    "Watching",
    "agreement",
    "arm_of",
    "read_arm",
    "unfit_sampling",
]
