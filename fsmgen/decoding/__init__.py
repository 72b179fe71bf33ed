"""Floor 5: models and the decoding loop. The only room, with embedded/, where torch and transformers live.

`load_model` brings a transformers checkpoint in, `generate` decodes a batch of prompts under constraints, `Generation` holds the facts of
one answer. `choice_likelihoods`, `marginal_likelihoods` and `rolling_likelihoods` score texts;
`enumerate_answers` gives every answer of a short language. Read generation.py for what the numbers
mean, loop.py for the loop, distribution.py for the arithmetic of one step, trees.py for how choices are read in one pass.
"""

from fsmgen.decoding.asking import Asked, Coalesced, Policy, Watched
from fsmgen.decoding.enumeration import Enumeration, Path, enumerate_answers
from fsmgen.decoding.generation import FirstStepWarning, Generation, Model, Observation, check_asked, generate
from fsmgen.decoding.likelihood import Likelihood, Tokenization, check_choices, choice_likelihoods
from fsmgen.decoding.loading import load_model
from fsmgen.decoding.marginal import Marginal, marginal_likelihoods, marginal_prompt
from fsmgen.decoding.models import LanguageModel
from fsmgen.decoding.rolling import RollingLikelihood, rolling_likelihoods
from fsmgen.decoding.sampling import GREEDY, Sampling

__all__ = [
    "GREEDY",
    "Asked",
    "Coalesced",
    "Enumeration",
    "FirstStepWarning",
    "Generation",
    "LanguageModel",
    "Likelihood",
    "Marginal",
    "Model",
    "Observation",
    "Path",
    "Policy",
    "RollingLikelihood",
    "Sampling",
    "Tokenization",
    "Watched",
    "check_asked",
    "check_choices",
    "choice_likelihoods",
    "enumerate_answers",
    "generate",
    "load_model",
    "marginal_likelihoods",
    "marginal_prompt",
    "rolling_likelihoods",
]
