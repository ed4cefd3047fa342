"""How arms differ: paired by seed and replica, with intervals, and said only beyond the noise of seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from evals.interval import paired_t
from evals.significance import chance_p, discoveries, paired_p, slopes
from tracking.report.data import Difference, FilterCost

Row = Mapping[str, Any]
Pair = tuple[int, int]
"""Seed and replica."""
Series = Mapping[Pair, Mapping[int, float]]
"""Value by generation."""
SEEDS_FOR_A_CLAIM = {"seed": 5, "replica": 100}
"""Pairs below which no arm is said to differ: seeds of language models, replicas of closed-form worlds."""
NOISE = "no difference beyond the noise of seeds"


class Pairs(NamedTuple):
    """An arm minus its control, one row per seed and replica that both have in all generations."""

    generations: list[int]
    values: np.ndarray  # (pairs, generations)


def differences(
    rows: Sequence[Row], arms: Sequence[str], controls: Sequence[str], measures: Sequence[str]
) -> list[Difference]:
    """Compare each arm with each control: at the last generation that both have, and by slope over generations.

    What is said holds for all differences of the report together: at most 5% of what is called different is expected
    to be so by chance (Benjamini and Hochberg).
    """
    needed = SEEDS_FOR_A_CLAIM["replica" if any("replica" in row for row in rows) else "seed"]
    series = measured_series(rows, measures)
    found, p_values = list[Difference](), list[float]()
    for control in controls:
        for arm in arms:
            for measure in measures if arm != control else ():
                pairs = paired_series(series[arm, measure], series[control, measure])
                if pairs is not None:
                    found.append(_difference(measure, arm, control, pairs, needed))
                    p_values.append(1.0 if found[-1].low is None else paired_p(pairs.values[:, -1]))
    return [
        replace(one, statement=f"{'higher' if one.mean > 0 else 'lower'} than {one.control}") if counts else one
        for one, counts in zip(found, discoveries(p_values), strict=True)
    ]


def filter_costs(rows: Sequence[Row], subsets: int) -> list[FilterCost]:
    """Compare what each filter kept with random subsets of what went in, over the seeds of an arm."""
    grouped: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if name.startswith("filters/") and value is not None and f"{name}/random" in row:
                grouped[str(row["arm"]), int(row["generation"]), name].append(row)
    found, p_values = list[FilterCost](), list[float]()
    for (arm, g, name), mine in grouped.items():
        kept, random, spread = (np.array([row[name + end] for row in mine]) for end in ("", "/random", "/random_sd"))
        _, filter_name, measure = name.split("/", 2)
        found.append(FilterCost(arm, g, filter_name, measure, float(kept.mean()), float(random.mean()), len(mine), ""))
        p_values.append(chance_p(kept - random, spread, subsets))
    said = {True: "beyond chance", False: "as a random subset"}
    return [replace(one, statement=said[counts]) for one, counts in zip(found, discoveries(p_values), strict=True)]


def measured_series(rows: Sequence[Row], measures: Sequence[str]) -> Mapping[tuple[str, str], Series]:
    """Return what was measured of each arm and measure."""
    series: dict[tuple[str, str], dict[Pair, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        for measure in measures:
            if row.get(measure) is not None:
                pair = int(row["seed"]), int(row.get("replica", 0))
                series[row["arm"], measure][pair][int(row["generation"])] = float(row[measure])
    return series


def paired_series(left: Series, right: Series) -> Pairs | None:
    """Subtract pair by pair, in the generations that all pairs have."""
    shared = sorted(left.keys() & right.keys())
    if not shared:
        return None
    generations = sorted(set.intersection(*(set(left[pair]) & set(right[pair]) for pair in shared)))
    if not generations:
        return None
    values = [[left[pair][g] - right[pair][g] for g in generations] for pair in shared]
    return Pairs(generations, np.array(values))


def _difference(measure: str, arm: str, control: str, pairs: Pairs, needed: int) -> Difference:
    n, last = len(pairs.values), pairs.values[:, -1]
    steep = slopes(pairs.values, pairs.generations) if len(pairs.generations) > 1 else None
    slope = None if steep is None else float(steep.mean())
    place = measure, arm, control, pairs.generations[-1], float(last.mean())
    if n < max(needed, 2):
        return Difference(*place, None, None, n, f"{n} of {needed} pairs: too few seeds to say", slope)
    interval = paired_t(last)
    ends = (None, None) if steep is None else paired_t(steep)[1:]
    return Difference(*place, interval.low, interval.high, n, NOISE, slope, *ends)


def sentences(differences: Sequence[Difference], title: Callable[[str], str]) -> Iterator[str]:
    """Say what differs from a control, and nothing where there are too few seeds; `title` names a measure."""
    if not differences:
        return
    if all(d.low is None for d in differences):
        n = differences[0].n_seeds
        yield (
            f"{n} {'seed is' if n == 1 else 'seeds are'} too few to say that arms differ: what follows shows these "
            "runs, and claims nothing beyond them."
        )
        return
    said = [d for d in differences if d.low is not None and d.high is not None and d.statement != NOISE]
    for d in said:
        ends = sorted((abs(d.low or 0.0), abs(d.high or 0.0)))
        yield (
            f"Generation {d.generation}: {title(d.measure)} is {d.statement} in {d.arm}, by {abs(d.mean):.4g} "
            f"[{ends[0]:.4g}, {ends[1]:.4g}] over {d.n_seeds} pairs."
        )
    if not said:
        yield "No arm differs from its control beyond the noise of seeds."
