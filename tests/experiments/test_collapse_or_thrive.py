"""Three workflows in each world: the rule on made-up rows and on a small run, and that swapped arms do not pass it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.theory.gaussian import expected_moments
from experiments.collapse_or_thrive import WORLDS, judge, main
from experiments.oracles import Comparison, compare, laws
from loops.run import Results, run

LOSS = {"human_only": 0.5, "accumulate": 1.0, "subsample": 2.0, "one_shot": 3.0, "replace": 4.0}
WITH_LAW = ("gaussian_1", "gaussian_3", "regression")
KERNELS = ("kernels_narrow", "kernels_wide")


def made_up(replicas: int = 100) -> list[dict[str, Any]]:
    """Return rows in which each arm loses as much as in LOSS, give or take as much as .1 in each replica."""
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (replicas, len(LOSS)))
    return [
        {"arm": f"{world}_{arm}", "seed": 0, "replica": r, "generation": g}
        | {kind.measure: (1 if kind.worse == "above" else -1) * (loss * g + noise[r, i])}
        for world, kind in WORLDS.items()
        for i, (arm, loss) in enumerate(LOSS.items())
        for r in range(replicas)
        for g in (0, 1)
    ]


def within(errors: float, worlds: Sequence[str] = WITH_LAW) -> list[Comparison]:
    """Return one comparison a world, so many standard errors from theory."""
    return [Comparison(f"{world}_replace", WORLDS[world].measure, 1, 1.0, 0.1, 1.0 + 0.1 * errors) for world in worlds]


def swapped(rows: Sequence[dict[str, Any]], one: str, other: str) -> list[dict[str, Any]]:
    names = {one: other, other: one}
    return [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows]


def test_order_and_law_together_are_reproduced_in_every_world() -> None:
    assert judge(made_up(), within(3.9)) == dict.fromkeys(WORLDS, "reproduced")


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(("one", "other"), [("replace", "subsample"), ("subsample", "accumulate"),
                                            ("replace", "accumulate")])  # fmt: skip
def test_swapped_workflows_contradict_their_world_and_no_other(world: str, one: str, other: str) -> None:
    said = judge(swapped(made_up(), f"{world}_{one}", f"{world}_{other}"), within(0))
    assert said == {name: "contradicted" if name == world else "reproduced" for name in WORLDS}


@pytest.mark.parametrize("world", KERNELS)
@pytest.mark.parametrize("arm", ["replace", "accumulate"])
def test_kernels_are_held_to_one_round_alone(world: str, arm: str) -> None:
    assert judge(swapped(made_up(), f"{world}_one_shot", f"{world}_{arm}"), within(0))[world] == "contradicted"


def test_a_law_that_fails_contradicts_and_a_law_that_is_not_there_leaves_its_world_open() -> None:
    assert judge(made_up(), [*within(0), *within(4.1, ["gaussian_3"])])["gaussian_3"] == "contradicted"
    without = judge(made_up(), within(0, ["gaussian_1"]))
    assert without == {
        **dict.fromkeys(WORLDS, "reproduced"), "gaussian_3": "inconclusive", "regression": "inconclusive"
    }  # fmt: skip


def test_fewer_than_a_hundred_replicas_say_nothing() -> None:
    assert set(judge(made_up(99), within(0)).values()) == {"inconclusive"}


def test_kernels_of_one_width_that_pile_up_pass_the_variance_of_one_round_and_have_no_bound() -> None:
    # Generation k adds h^2 / k to the variance of the pile, so each doubling adds h^2 ln 2 = .25 * .6931 = .1733, while
    # one round ends at (1 - 1/n)^2 + h^2 (1 - 1/n) + h^2 = .9385 + .2422 + .25 = 1.4307 for n = 32.
    piled = expected_moments(32, 801, "accumulate", bandwidth=0.5).variance
    assert piled[800] - piled[400] == pytest.approx(0.1733, rel=0.01)
    assert piled[400] - piled[200] == pytest.approx(0.1733, rel=0.01)
    assert piled[3] > 1.4307 > piled[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("collapse_or_thrive")
    arms = [
        f"{world}_{arm}" for world in ("gaussian_3", "regression") for arm in ("replace", "subsample", "accumulate")
    ]
    arms += [f"kernels_narrow_{arm}" for arm in ("replace", "subsample", "accumulate", "one_shot")]
    places = (f"output_dir={folder}/out", f"store={folder}/store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        return run("experiment=collapse_or_thrive", f"arm=[{','.join(arms)}]", "generations=5",
                   "source.replicas=120", *places)  # fmt: skip


def test_a_small_run_keeps_to_order_and_laws_and_says_nothing_of_worlds_that_were_not_run(results: Results) -> None:
    said = judge(results.rows(), compare(results.rows(), laws(results.runs)))
    assert said == {
        "gaussian_1": "inconclusive", "gaussian_3": "reproduced", "kernels_narrow": "reproduced",
        "kernels_wide": "inconclusive", "regression": "reproduced",
    }  # fmt: skip


@pytest.mark.parametrize("world", ["gaussian_3", "kernels_narrow", "regression"])
def test_a_small_run_with_replace_and_accumulate_swapped_contradicts(results: Results, world: str) -> None:
    rows = swapped(results.rows(), f"{world}_replace", f"{world}_accumulate")
    assert judge(rows, compare(rows, laws(results.runs)))[world] == "contradicted"


def test_the_pile_of_subsample_is_drawn_down_to_the_human_sample(results: Results) -> None:
    sizes = {row["arm"]: row["corpus/rows"] for row in results.rows() if row["generation"] == 5}
    for world in ("gaussian_3", "kernels_narrow", "regression"):
        replace, subsample, accumulate = (sizes[f"{world}_{arm}"] for arm in ("replace", "subsample", "accumulate"))
        assert (subsample, accumulate) == (replace, 6 * replace)


def test_the_command_prints_claim_cost_tables_and_a_judgement_for_each_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    main(["scale=smoke", "source.replicas=3", "arm=[kernels_wide_accumulate,regression_accumulate]"])
    said = capsys.readouterr().out
    for part in ("Claim: ", "2 arms x 1 seed", "generation 2", "standard error", "not measured", "of regression: "):
        assert part in said
