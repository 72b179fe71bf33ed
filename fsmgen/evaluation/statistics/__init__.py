"""Figures with their uncertainty, as pure functions of numbers. scipy does the work.

A *cell* is one answer to one question under one prompt; cells of one item are not independent, so every function that takes cells
also takes the item of each, and resamples or sums over items. What cannot be said is an `Unsaid` with the reason, never NaN.

>>> interval = proportion([1, 1, 0, 1], ["a", "b", "c", "d"])
>>> f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}], {interval.method}"
'0.75 [0.30, 0.95], Wilson'
>>> exact_test([0.0, 0.0], ["a", "b"]).reason
'the two arms agree on every item, so there is nothing to test'
"""

from fsmgen.evaluation.statistics.components import Components, generalisability_curve, variance_components
from fsmgen.evaluation.statistics.exposure import ExposureComparison, compare_by_exposure
from fsmgen.evaluation.statistics.paired import bootstrap_interval, difference_interval, exact_test, mean_interval, smallest_detectable
from fsmgen.evaluation.statistics.planning import Equivalence, detectable_effect, equivalence, pairs_needed
from fsmgen.evaluation.statistics.prompt_variance import VarianceComparison, compare_prompt_variance
from fsmgen.evaluation.statistics.prompts import PromptSpread, prompt_spread
from fsmgen.evaluation.statistics.proportions import proportion
from fsmgen.evaluation.statistics.ranks import RankStability, Swap, means_by_prompt, rank_stability, swap_probabilities
from fsmgen.evaluation.statistics.resampling import Permutation, permutation_test, two_way_interval
from fsmgen.evaluation.statistics.several import Omnibus, holm, omnibus
from fsmgen.evaluation.statistics.values import ExactTest, Interval, Unsaid, sums_by_item

__all__ = [
    "Components",
    "Equivalence",
    "ExactTest",
    "ExposureComparison",
    "Interval",
    "Omnibus",
    "Permutation",
    "PromptSpread",
    "RankStability",
    "Swap",
    "Unsaid",
    "VarianceComparison",
    "bootstrap_interval",
    "compare_by_exposure",
    "compare_prompt_variance",
    "detectable_effect",
    "difference_interval",
    "equivalence",
    "exact_test",
    "generalisability_curve",
    "holm",
    "mean_interval",
    "means_by_prompt",
    "omnibus",
    "pairs_needed",
    "permutation_test",
    "prompt_spread",
    "proportion",
    "rank_stability",
    "smallest_detectable",
    "sums_by_item",
    "swap_probabilities",
    "two_way_interval",
    "variance_components",
]
