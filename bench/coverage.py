"""How often intervals hold the truth, by simulation over a declared grid.

    python -m bench.coverage [--replications 5000] [--seed 0] [--json FILE]

Scores are latent normal: a cell is correct where difficulty of the item (shared by the cells of an item), of the prompt, and its own noise
fall below a threshold that gives the stated chance. Truths are known from the thresholds, or from a large sample where there is no formula.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fsmgen.evaluation.statistics import (
    Interval,
    bootstrap_interval,
    compare_prompt_variance,
    difference_interval,
    proportion,
    two_way_interval,
)

Array = NDArray[np.float64]
ITEM_SHARE = 0.5
"""How much of a cell's latent difficulty is its item's."""


@dataclass(frozen=True, slots=True)
class Study:
    """One place of a grid: what is simulated, and the true value of what is estimated.

    Attributes:
        slow: an interval by resampling, simulated a tenth as often.
    """

    interval: str
    setting: str
    simulate: Callable[[np.random.Generator], object]
    truth: float
    slow: bool = False


def cells(rng: np.random.Generator, shape: tuple[int, int], chances: tuple[float, ...]) -> list[Array]:
    """Scores [items, cells] of arms that share the items' difficulties."""
    difficulty = math.sqrt(ITEM_SHARE) * rng.standard_normal((shape[0], 1))
    noise = (math.sqrt(1 - ITEM_SHARE) * rng.standard_normal(shape) for _ in chances)
    return [(difficulty + own < stats.norm.ppf(chance)).astype(float) for own, chance in zip(noise, chances, strict=True)]


def prompted(rng: np.random.Generator, shape: tuple[int, int], sds: tuple[float, ...], chance: float = 0.5) -> list[Array]:
    """Scores [prompts, items] of arms whose thresholds vary over prompts with these standard deviations, half of it in common."""
    prompts, items = shape
    common, difficulty = rng.standard_normal(prompts), math.sqrt(ITEM_SHARE) * rng.standard_normal((1, items))
    result = []
    for sd in sds:
        own = sd * (common + rng.standard_normal(prompts)) / math.sqrt(2)
        noise = math.sqrt(1 - ITEM_SHARE) * rng.standard_normal(shape)
        result.append((difficulty + noise < stats.norm.ppf(chance) + own[:, None]).astype(float))
    return result


def groups(shape: tuple[int, int]) -> list[int]:
    return np.repeat(np.arange(shape[0]), shape[1]).tolist()


def scores() -> Iterator[Study]:
    for chance, count, size in product((0.1, 0.3, 0.5, 0.7, 0.9), (100, 300, 1000), (1, 4)):
        shape = count, size

        def simulate(rng: np.random.Generator, shape: tuple[int, int] = shape, chance: float = chance) -> object:
            return proportion(cells(rng, shape, (chance,))[0].ravel().tolist(), groups(shape))

        yield Study("Wilson" if size == 1 else "Wilson, clustered", f"p {chance}, {count} items x {size}", simulate, chance)


def differences() -> Iterator[Study]:
    for chance, effect, count, size in product((0.1, 0.3, 0.5, 0.7, 0.85), (0.0, 0.05), (100, 300, 1000), (1, 4)):
        for name, interval in (("paired t", difference_interval), ("paired BCa bootstrap", _bootstrap)):
            if interval is _bootstrap and (count, size) not in ((100, 1), (300, 4)):
                continue
            place = (count, size), (chance, chance + effect)

            def simulate(rng: np.random.Generator, place=place, interval=interval) -> object:  # type: ignore[no-untyped-def]
                first, second = cells(rng, *place)
                return interval((second - first).ravel().tolist(), groups(place[0]))

            setting = f"p {chance}, effect {effect}, {count} items x {size}"
            yield Study(name if size == 1 else f"{name}, clustered", setting, simulate, effect, interval is _bootstrap)


def _bootstrap(values: list[float], items: list[int]) -> object:
    return bootstrap_interval(values, items, resamples=999)


def over_prompts() -> Iterator[Study]:
    """Differences over prompts like these: the arms have equal chances on average, and each prompt favours one of them."""
    for shape, sd in product(((8, 100), (20, 300)), (0.0, 0.3)):

        def simulate(rng: np.random.Generator, shape: tuple[int, int] = shape, sd: float = sd) -> object:
            first, second = prompted(rng, shape, (sd, sd))
            table = {f"p{i}": {f"i{j}": value for j, value in enumerate(row)} for i, row in enumerate((second - first).tolist())}
            return two_way_interval(table, resamples=999)

        yield Study("bootstrap over prompts and items", f"{shape[0]} prompts x {shape[1]} items, sd {sd}", simulate, 0.0, slow=True)


@cache
def true_variance(sd: float) -> float:
    """The variance over prompts of the chance at a threshold with this standard deviation."""
    draws = stats.norm.cdf(sd * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000))
    return float(draws.var())


def variance_ratios() -> Iterator[Study]:
    for shape, sds in product(((8, 200), (16, 500), (32, 500)), ((0.4, 0.4), (0.4, 0.2))):

        def simulate(rng: np.random.Generator, shape: tuple[int, int] = shape, sds: tuple[float, float] = sds) -> object:
            arms = ({f"p{i}": dict(enumerate(row)) for i, row in enumerate(arm.tolist())} for arm in prompted(rng, shape, sds))
            found = compare_prompt_variance(*arms, resamples=499)  # type: ignore[arg-type]
            return getattr(found, "ratio", found)

        setting = f"{shape[0]} prompts x {shape[1]} items, sd {sds[0]} and {sds[1]}"
        yield Study("ratio of prompt variances", setting, simulate, true_variance(sds[1]) / true_variance(sds[0]), slow=True)


STUDIES = (scores, differences, over_prompts, variance_ratios)


def covered(study: Study, replications: int, seed: int) -> dict[str, object]:
    """Coverage of one place: among the replications that have an interval, and how many have none."""
    rng, held, silent = np.random.default_rng(seed), 0, 0
    for _ in range(replications):
        found = study.simulate(rng)
        if not isinstance(found, Interval):
            silent += 1
            continue
        held += found.low <= study.truth <= found.high
    told = replications - silent
    share = held / told if told else None
    return {"interval": study.interval, "setting": study.setting, "replications": replications, "without": silent, "coverage": share}


def _line(row: dict[str, object]) -> str:
    share = row["coverage"]
    shown = f"{share:.3f}" if isinstance(share, float) else "-"
    return f"| {row['interval']} | {row['setting']} | {row['replications']} | {row['without']} | {shown} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replications", type=int, default=5000, help="of each place; a tenth of them for intervals by resampling")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="places whose interval's name contains this")
    parser.add_argument("--json", type=Path, help="where to write all rows")
    options = parser.parse_args()
    print("| interval | setting | replications | without an interval | coverage of 95% |\n|---|---|---|---|---|")
    rows = []
    for study in (study for studies in STUDIES for study in studies()):
        if options.only in study.interval:
            rows.append(covered(study, max(1, options.replications // (10 if study.slow else 1)), options.seed))
            print(_line(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"seed": options.seed, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
