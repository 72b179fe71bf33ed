"""Do probabilities mean what they say? Each function takes probabilities from 0 to 1 and outcomes, 1.0 or 0.0.

>>> found = calibration([0.9, 0.8, 0.3, 0.6], [1.0, 1.0, 0.0, 0.0], bins=2)
>>> f"ECE {found.ece:.2f}, Brier {found.brier:.3f}, AUROC {found.auroc:.2f}"
'ECE 0.30, Brier 0.125, AUROC 1.00'
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy import optimize, stats

from fsmgen.evaluation.statistics import Unsaid
from fsmgen.evaluation.statistics.values import Array

Binning: TypeAlias = Literal["mass", "width"]
"""Bins that hold equally many probabilities, or that are equally wide."""
_FAR = math.log(1000.0)
"""Temperatures are looked for between a thousandth and a thousand."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Some neighbouring probabilities.

    Attributes:
        confidence: their mean.
        accuracy: the share of outcomes that came true.
        low, high: bootstrap percentiles of the accuracy's distance from the confidence, added to the confidence: the band.
    """

    count: int
    confidence: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measures of calibration and of discrimination.

    Attributes:
        ece: expected calibration error: mean over all probabilities of the distance of accuracy and confidence in their bin.
        debiased_ece: the same without the distance that sampling alone would show: minus the excess that it has on average where the
            accuracies of the bins are drawn again, as normal variables (Kumar, Liang and Ma 2019); takes away half of the bias of true
            probabilities, and may be below zero.
        mce: the largest such distance.
        brier: mean of squared distances of probability and outcome.
        nll: mean of minus log p of what came true; infinite if something happened that had probability zero.
        auroc: the probability that an outcome that came true had the higher probability, ties one half.
    """

    ece: float
    debiased_ece: float
    mce: float
    brier: float
    nll: float
    auroc: float | Unsaid
    count: int
    bins: int
    binning: Binning


def calibration(
    probabilities: Sequence[float], outcomes: Sequence[float], *, bins: int = 15, binning: Binning = "mass"
) -> Calibration | Unsaid:
    """All measures at once."""
    checked = _checked(probabilities, outcomes)
    if isinstance(checked, Unsaid):
        return checked
    p, y = checked
    groups = _groups(p, bins, binning)
    gaps = np.array([abs(y[group].mean() - p[group].mean()) for group in groups])
    weights = np.array([len(group) for group in groups]) / len(p)
    happened = np.where(y == 1, p, 1 - p)
    return Calibration(
        ece=float(weights @ gaps),
        debiased_ece=float(2 * weights @ gaps - weights @ np.array([_expected_gap(p[group], y[group]) for group in groups])),
        mce=float(gaps.max()),
        brier=float(np.mean((p - y) ** 2)),
        nll=float(-np.mean(np.log(happened))) if happened.all() else math.inf,
        auroc=_auroc(p, y),
        count=len(p),
        bins=len(groups),
        binning=binning,
    )


def reliability(
    probabilities: Sequence[float],
    outcomes: Sequence[float],
    *,
    bins: int = 10,
    binning: Binning = "mass",
    level: float = 0.95,
    resamples: int = 999,
    seed: int = 0,
) -> tuple[Bin, ...] | Unsaid:
    """The reliability diagram, with a band for each bin: where its accuracy would lie if its confidences were true (consistency band)."""
    checked = _checked(probabilities, outcomes)
    if isinstance(checked, Unsaid):
        return checked
    p, y = checked
    rng = np.random.default_rng(seed)
    found = []
    for group in _groups(p, bins, binning):
        drawn = (rng.random((resamples, len(group))) < p[group]).mean(axis=1)
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        found.append(Bin(len(group), float(p[group].mean()), float(y[group].mean()), float(low), float(high)))
    return tuple(found)


def fitted_temperature(scores: Sequence[Sequence[float]], right: Sequence[int]) -> float | Unsaid:
    """The temperature T at which softmax(scores / T) gives the right choices the largest likelihood (Guo et al. 2017).

    Args:
        scores: log-likelihoods of each item's choices.
        right: the place of the right one.
    """
    if not scores or len(scores) != len(right):
        return Unsaid("a temperature needs as many right answers as items, and at least one")
    columns = [np.asarray(row, np.float64) - max(row) for row in scores]

    def loss(log_temperature: float) -> float:
        rows = (row / math.exp(log_temperature) for row in columns)
        return float(sum(np.logaddexp.reduce(row) - row[place] for row, place in zip(rows, right, strict=True)))

    found = optimize.minimize_scalar(loss, bounds=(-_FAR, _FAR), method="bounded", options={"xatol": 1e-8})
    if min(loss(-_FAR), loss(_FAR)) <= found.fun + 1e-9:
        return Unsaid("every item is right, or as good as chance, at every temperature, so no temperature fits best")
    return math.exp(float(found.x))


def seen_once(counts: Sequence[int]) -> float | Unsaid:
    """Good and Turing's estimate of the unseen: the share of observations of facts that were seen exactly once.

    A calibrated model errs on facts of that kind about as often (Kalai and Vempala, arXiv 2311.14648).

    Args:
        counts: how often each fact was seen in training; facts that were not seen may be left out.
    """
    total = sum(counts)
    return sum(count == 1 for count in counts) / total if total else Unsaid("no fact was seen at all")


def _checked(probabilities: Sequence[float], outcomes: Sequence[float]) -> tuple[Array, Array] | Unsaid:
    p, y = np.asarray(probabilities, np.float64), np.asarray(outcomes, np.float64)
    if len(p) == 0 or len(p) != len(y):
        return Unsaid(f"there are {len(p)} probabilities and {len(y)} outcomes; as many of both are needed, and at least one")
    if not ((p >= 0) & (p <= 1)).all() or not np.isin(y, (0.0, 1.0)).all():
        return Unsaid("a probability is not between 0 and 1, or an outcome neither 0 nor 1")
    return p, y


def _groups(p: Array, bins: int, binning: Binning) -> list[Array]:
    """Places of the probabilities in each bin that has any, lowest first. Equal probabilities are never in two bins of equal mass."""
    order = np.argsort(p, kind="stable")
    if binning == "width":
        places = np.minimum((p[order] * bins).astype(int), bins - 1)
    else:
        places = np.arange(len(p)) * bins // len(p)
        firsts = np.searchsorted(p[order], p[order], side="left")
        places = places[firsts]
    return [order[places == place] for place in np.unique(places)]


def _expected_gap(p: Array, y: Array) -> float:
    """The mean of |N(gap, variance of the accuracy)|: the distance that samples like this one show."""
    gap, spread = float(y.mean() - p.mean()), math.sqrt(float(y.mean() * (1 - y.mean())) / len(y))
    if spread == 0:
        return abs(gap)
    return float(stats.foldnorm.mean(abs(gap) / spread, scale=spread))


def _auroc(p: Array, y: Array) -> float | Unsaid:
    """Mann and Whitney's U over its largest value."""
    positive, negative = p[y == 1], p[y == 0]
    if not len(positive) or not len(negative):
        return Unsaid("all outcomes are alike, so there are no pairs to order")
    return float(stats.mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative)))
