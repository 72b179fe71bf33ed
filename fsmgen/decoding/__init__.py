"""Floor 5: models and the decoding loop. The only room, with embedded/, where torch and transformers live.

`load_model` brings a transformers checkpoint in, `generate` decodes a batch of prompts under constraints, `Generation` holds the facts of
one answer. Read generation.py for what the numbers mean, loop.py for the loop, distribution.py for the arithmetic of one step.
"""

from fsmgen.decoding.generation import FirstStepWarning, Generation, Model, generate
from fsmgen.decoding.loading import load_model
from fsmgen.decoding.models import LanguageModel
from fsmgen.decoding.sampling import GREEDY, Sampling

__all__ = ["GREEDY", "FirstStepWarning", "Generation", "LanguageModel", "Model", "Sampling", "generate", "load_model"]
