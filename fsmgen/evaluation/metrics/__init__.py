"""Scores of answers: texts against texts, choices by their likelihoods, probabilities against outcomes. Pure functions, without a model.

| module | what it holds |
|---|---|
| `texts` | exact, prefix, suffix and quasi-exact match, token F1; BLEU, chrF and ROUGE-L by the libraries that define them |
| `gaia` | the quasi-exact rule of GAIA: number, list or text |
| `choices` | which choice a model prefers, under each normalisation; p one-half; coverage mass |
| `calibration` | ECE, MCE, Brier, NLL, AUROC, reliability with bands, temperature scaling; facts seen once |
"""

from fsmgen.evaluation.metrics.calibration import (
    Bin,
    Calibration,
    calibration,
    fitted_temperature,
    reliability,
    seen_once,
)
from fsmgen.evaluation.metrics.choices import NORMALISATIONS, ChoiceScores, Normalisation, ScoredChoice
from fsmgen.evaluation.metrics.gaia import gaia_match
from fsmgen.evaluation.metrics.texts import (
    bleu,
    chrf,
    exact_match,
    prefix_match,
    quasi_exact_match,
    quasi_prefix_match,
    rouge_l,
    suffix_match,
    token_f1,
)

__all__ = [
    "NORMALISATIONS",
    "Bin",
    "Calibration",
    "ChoiceScores",
    "Normalisation",
    "ScoredChoice",
    "bleu",
    "calibration",
    "chrf",
    "exact_match",
    "fitted_temperature",
    "gaia_match",
    "prefix_match",
    "quasi_exact_match",
    "quasi_prefix_match",
    "reliability",
    "rouge_l",
    "seen_once",
    "suffix_match",
    "token_f1",
]
