"""What a comparison shows, in sentences: every effect is stated whatever its sign, with what it does and does not show."""

from __future__ import annotations

from fsmgen.evaluation.comparison import PairResult
from fsmgen.evaluation.statistics import Interval, Unsaid
from fsmgen.evaluation.tables import points


def conclusion(pair: PairResult) -> str:
    """What the difference shows and what it does not, in a sentence or two."""
    found = pair.overall
    if isinstance(found.interval, Unsaid):
        return (
            f"*{pair.arm}* against *{pair.reference}*: {points(found.estimate)} points; no more can be said, since {found.interval.reason}."
        )
    amount = f"{abs(100 * found.interval.estimate):.1f} points {'above' if found.interval.estimate > 0 else 'below'}"
    where = f"*{pair.arm}* scores {amount} *{pair.reference}* ({_range(found.interval)})"
    if found.interval.low > 0 or found.interval.high < 0:
        scope = "this model, these prompts and items like these; nothing is said of other models, tasks or patterns"
        return f"{where}: the data show a difference, for {scope}."
    seen = "" if isinstance(found.detectable, Unsaid) else f" (a true effect of {100 * found.detectable:.1f} points would mostly be found)"
    return f"{where}: these data do not tell better from worse, and that is no evidence that the two are equal{seen}."


def _range(interval: Interval) -> str:
    return f"{interval.level:.0%} interval {points(interval.low)} to {points(interval.high)}"
