"""What is said of arms: paired, with slopes, and only beyond the noise of seeds, of all figures together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.differences import differences, filter_costs, sentences

NAME = "student/perplexity/nll"


def rows(shift: float, seeds: int = 5, noise: float = 0.01, name: str = NAME) -> list[dict[str, Any]]:
    """Two arms over four generations; `replace` lies `shift` a generation above its control."""
    rng = np.random.default_rng(0)
    found = []
    for seed in range(seeds):
        common = rng.normal(3, 1)  # the seed's own level, which pairing takes out
        for g in range(4):
            for arm, rise in (("replace", shift), ("human_only", 0.0)):
                value = common + rise * g + noise * rng.normal()
                found.append({"arm": arm, "seed": seed, "generation": g, name: value})
    return found


def test_a_difference_beyond_the_noise_of_seeds_is_said_with_its_slope() -> None:
    (one,) = differences(rows(0.2), ["replace", "human_only"], ["human_only"], [NAME])
    assert one.statement == "higher than human_only"
    assert one.generation == 3
    assert one.mean == pytest.approx(0.6, abs=0.03)
    assert one.slope == pytest.approx(0.2, abs=0.01)
    assert one.slope_low is not None
    assert one.slope_high is not None
    assert one.slope_low < 0.2 < one.slope_high
    assert list(sentences([one], str.upper)) == [
        f"Generation 3: {NAME.upper()} is higher than human_only in replace, by {one.mean:.4g} "
        f"[{one.low:.4g}, {one.high:.4g}] over 5 pairs."
    ]


def test_with_too_few_seeds_nothing_is_claimed() -> None:
    (one,) = differences(rows(0.2, seeds=4), ["replace", "human_only"], ["human_only"], [NAME])
    assert one.statement == "4 of 5 pairs: too few seeds to say"
    assert (one.low, one.high, one.slope_low) == (None, None, None)
    assert one.slope == pytest.approx(0.2, abs=0.01)
    assert "4 seeds are too few to say" in next(sentences([one], str))


def test_replicas_are_the_seeds_of_a_world() -> None:
    several = [{**row, "seed": 0, "replica": row["seed"]} for row in rows(0.2, seeds=99)]
    (one,) = differences(several, ["replace", "human_only"], ["human_only"], [NAME])
    assert one.statement == "99 of 100 pairs: too few seeds to say"


def test_of_twenty_measures_of_noise_seldom_one_is_called_a_finding() -> None:
    names = [f"student/m{i}/value" for i in range(20)]
    rng = np.random.default_rng(2)
    excluded, said = 0, 0
    for _ in range(60):
        noise = [{"arm": arm, "seed": seed, "generation": 0, **dict(zip(names, rng.normal(size=20), strict=True))}
                 for arm in ("a", "human_only") for seed in range(5)]  # fmt: skip
        found = differences(noise, ["a", "human_only"], ["human_only"], names)
        excluded += any(d.low is not None and d.high is not None and d.low * d.high > 0 for d in found)
        said += list(sentences(found, str)) != ["No arm differs from its control beyond the noise of seeds."]
    assert excluded > 30, "some interval of twenty leaves zero out in 64% of families of noise"
    assert said < 10, "in 5% of families something is called a finding"


def test_generations_that_a_pair_lacks_are_left_out_for_all() -> None:
    some = [row for row in rows(0.2) if not (row["seed"] == 2 and row["generation"] == 3 and row["arm"] == "replace")]
    (one,) = differences(some, ["replace", "human_only"], ["human_only"], [NAME])
    assert (one.generation, one.n_seeds) == (2, 5)


def test_filters_are_held_against_random_subsets() -> None:
    beside = {"filters/length/distinct_n/2/random": 0.5, "filters/length/distinct_n/2/random_sd": 0.01}
    history = [{"arm": "a", "seed": seed, "generation": 1, "filters/length/distinct_n/2": 0.4, **beside}
               for seed in range(2)] + [
        {"arm": "a", "seed": 0, "generation": 2, "filters/length/distinct_n/2": 0.505, **beside}]  # fmt: skip
    first, second = filter_costs(history, subsets=10)
    assert (first.filter, first.measure, first.kept, first.random, first.n_seeds) == (
        "length",
        "distinct_n/2",
        0.4,
        0.5,
        2,
    )
    assert (first.statement, second.statement) == ("beyond chance", "as a random subset")
