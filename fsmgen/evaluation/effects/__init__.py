"""What a constraint does to a model, as pure functions of the facts of answers.

| module | what it says |
|---|---|
| `answers` | the facts that are needed, and when a mean over answers is an expectation at all |
| `mass` | allowed mass by step and by part; tax, validity mass with its check against free answers, distortion |
| `exact` | the same without sampling, from every answer of a short language |
| `conditional` | exact samples from p( . | L), and means by weights |
| `interventions` | what was wanted and what came, forced steps, pressure to stop and to go on |
| `observing` | where free answers leave the language |
| `counterfactual` | the gain at the answer apart from the changed way |
| `regions` | the parts of an answer, the place in the constraint |

What answers cannot say is refused by `NoExpectation`: a greedy run has the tax of its paths and no expectation. The matrix of outcomes with
its attribution is in `comparison`.

>>> from fsmgen.evaluation.effects.answers import Drawing, require_draws
>>> require_draws("tax", [], Drawing(temperature=1.0))
Traceback (most recent call last):
    ...
fsmgen.errors.NoExpectation: no tax: there are no answers
"""

from fsmgen.evaluation.effects.answers import Answer, Draw, Drawing, effective_size, log_masses, log_weight
from fsmgen.evaluation.effects.conditional import Accepted, Reweighted, accepted, conditional_answers, resampled, reweighted_mean
from fsmgen.evaluation.effects.counterfactual import Decomposition, decompose
from fsmgen.evaluation.effects.exact import ExactEffects, exact_effects
from fsmgen.evaluation.effects.interventions import (
    Forced,
    Intervention,
    InterventionSummary,
    Pressure,
    forced,
    interventions,
    pressure,
    summarised,
)
from fsmgen.evaluation.effects.mass import (
    Expectation,
    RegionMass,
    SelfCheck,
    StepMass,
    budget_share,
    check_validity,
    distortion,
    mass_by_region,
    mass_by_step,
    path_tax,
    tax,
    validity_mass,
)
from fsmgen.evaluation.effects.observing import Observed, observed
from fsmgen.evaluation.effects.regions import place, regions_of_form

__all__ = [
    "Accepted",
    "Answer",
    "Decomposition",
    "Draw",
    "Drawing",
    "ExactEffects",
    "Expectation",
    "Forced",
    "Intervention",
    "InterventionSummary",
    "Observed",
    "Pressure",
    "RegionMass",
    "Reweighted",
    "SelfCheck",
    "StepMass",
    "accepted",
    "budget_share",
    "check_validity",
    "conditional_answers",
    "decompose",
    "distortion",
    "effective_size",
    "exact_effects",
    "forced",
    "interventions",
    "log_masses",
    "log_weight",
    "mass_by_region",
    "mass_by_step",
    "observed",
    "path_tax",
    "place",
    "pressure",
    "regions_of_form",
    "resampled",
    "reweighted_mean",
    "summarised",
    "tax",
    "validity_mass",
]
