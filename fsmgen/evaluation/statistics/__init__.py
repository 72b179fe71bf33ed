"""Figures with their uncertainty, as pure functions of numbers. scipy does the work.

A *cell* is one answer to one question under one prompt; cells of one item are not independent, so every function that takes cells
also takes the item of each, and resamples or sums over items. What cannot be said is an `Unsaid` with the reason, never NaN.

>>> interval = proportion([1, 1, 0, 1], ["a", "b", "c", "d"])
>>> f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}], {interval.method}"
'0.75 [0.30, 0.95], Wilson'
>>> exact_test([0.0, 0.0], ["a", "b"]).reason
'the two arms agree on every item, so there is nothing to test'
"""

from fsmgen.evaluation.statistics.paired import bootstrap_interval, difference_interval, exact_test, smallest_detectable
from fsmgen.evaluation.statistics.prompts import PromptSpread, prompt_spread
from fsmgen.evaluation.statistics.proportions import proportion
from fsmgen.evaluation.statistics.values import ExactTest, Interval, Unsaid

__all__ = [
    "ExactTest",
    "Interval",
    "PromptSpread",
    "Unsaid",
    "bootstrap_interval",
    "difference_interval",
    "exact_test",
    "prompt_spread",
    "proportion",
    "smallest_detectable",
]
