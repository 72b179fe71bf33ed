"""What a design can find: before a study, and with the evidence for "no loss" after it.

>>> f"{detectable_effect(pairs=1319, discordance=0.2):.3f}"
'0.034'
>>> pairs_needed(effect=0.02, discordance=0.2)
3925
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from scipy import stats

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.statistics.paired import clustered_error, without_spread
from fsmgen.evaluation.statistics.values import Interval, Unsaid, sums_by_item

_LEAST = 1e-9
MARGIN = 0.02
"""The largest difference that counts as none, unless another is given: two points."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests (Schuirmann 1987): is the difference between -margin and +margin?

    Attributes:
        p_value: the larger of the two; at most 1 - level means equivalent.
        no_loss: the p-value of "it loses at least the margin"; at most 1 - level means that it does not.
        interval: of level 1 - 2 (1 - level), which lies within the margins exactly where the arms are equivalent.
    """

    p_value: float
    no_loss: float
    margin: float
    level: float
    interval: Interval

    @property
    def equivalent(self) -> bool:
        """Whether the data show that the arms differ by less than the margin."""
        return self.p_value <= 1 - self.level

    @property
    def verdict(self) -> str:
        """What may be claimed, in words."""
        points = f"{100 * self.margin:g} points"
        if self.equivalent:
            return f"equivalent within {points}"
        return f"no loss of {points} or more" if self.no_loss <= 1 - self.level else f"a loss of {points} is not excluded"


def equivalence(
    differences: Sequence[float], items: Sequence[Hashable], *, margin: float = MARGIN, level: float = 0.95
) -> Equivalence | Unsaid:
    """Evidence that two arms do not differ by `margin` or more: differences second - first of each cell, errors clustered by item.

    Raises:
        InvalidOption: the margin is not between 0 and 1.
    """
    _check_share("margin", margin)
    sums, sizes = sums_by_item(differences, items)
    if (reason := without_spread(sums, sizes)) is not None:
        return reason
    mean, error = float(sums.sum() / sizes.sum()), clustered_error(sums, sizes)
    freedom = len(sums) - 1
    above, below = (float(stats.t.sf(distance / error, freedom)) for distance in (mean + margin, margin - mean))
    half = float(stats.t.ppf(level, freedom)) * error
    interval = Interval(mean, max(-1.0, mean - half), min(1.0, mean + half), 2 * level - 1, "paired t, errors clustered by item")
    return Equivalence(max(above, below), above, margin, level, interval)


def detectable_effect(*, pairs: int, discordance: float, power: float = 0.8, level: float = 0.95) -> float:
    """The smallest difference that a study of so many independent pairs finds with that power: 2.80 sqrt(p_d / n) by default.

    Args:
        discordance: p_d, the share of pairs on which the two arms differ.

    Raises:
        InvalidOption: a share is not between 0 and 1, or there is no pair.
    """
    if pairs < 1:
        raise InvalidOption("pairs", pairs, allowed="at least 1")
    _check_share("discordance", discordance)
    return _quantiles(power, level) * math.sqrt(discordance / pairs)


def pairs_needed(*, effect: float, discordance: float, power: float = 0.8, level: float = 0.95) -> int:
    """Independent pairs that find a difference of that size with that power.

    Raises:
        InvalidOption: a share is not between 0 and 1, or the effect is larger than the discordance allows.
    """
    if not _LEAST <= effect < 1:
        raise InvalidOption("effect", effect, allowed=f"between {_LEAST:g} and 1")
    _check_share("discordance", discordance)
    if effect > discordance:
        raise InvalidOption("effect", effect, allowed=f"at most the discordance, {discordance:g}: the arms differ on no more pairs")
    return math.ceil(round(_quantiles(power, level) ** 2 * discordance / effect**2, 6))


def _quantiles(power: float, level: float) -> float:
    """Standard errors between no effect and one that is found: 1.96 + 0.84 by default."""
    _check_share("power", power)
    _check_share("level", level)
    found = float(stats.norm.ppf((1 + level) / 2) + stats.norm.ppf(power))
    if found <= 0:
        chance = (1 - level) / 2
        raise InvalidOption("power", power, allowed=f"above {chance:.3g}, which a test of this level has without any effect")
    return found


def _check_share(option: str, value: float) -> None:
    if not 0 < value < 1:
        raise InvalidOption(option, value, allowed="between 0 and 1")
