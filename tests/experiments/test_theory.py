"""Four worlds in one experiment: each follows its own law, and no other's; one too few or one too late shows."""

from __future__ import annotations

import pytest

from experiments.oracles import compare, judge, laws
from experiments.theory import APPROXIMATE, TOLERANCE
from loops.report import report_data
from loops.run import Results, run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("theory")
    places = (f"output_dir={folder}/out", f"store={folder}/store", "executor=inline")
    return run("experiment=theory", "generations=4", "source.replicas=150", *places)


def test_each_world_follows_its_law(results: Results) -> None:
    comparisons = compare(results.rows(), laws(results.runs))
    exact = [one for one in comparisons if one.arm not in APPROXIMATE]
    assert judge(exact) == "reproduced"
    assert {one.arm.split("_")[0] for one in exact} == {"gaussian", "discrete", "regression"}
    near = [one for one in comparisons if one.arm in APPROXIMATE]
    assert near
    assert max(abs(one.mean / one.expected - 1) for one in near) < TOLERANCE


@pytest.mark.parametrize("world", ["gaussian", "discrete", "regression"])
def test_a_world_does_not_follow_the_law_of_another_regime_or_of_a_fit_later(results: Results, world: str) -> None:
    expected, rows = laws(results.runs), results.rows()
    assert judge(compare(rows, {f"{world}_accumulate": expected[f"{world}_replace"]})) == "contradicted"
    late = [{**row, "generation": row["generation"] - 1} for row in rows if row["generation"] > 0]
    assert judge(compare(late, {f"{world}_replace": expected[f"{world}_replace"]})) == "contradicted"


def test_subsampling_lies_between(results: Results) -> None:
    def last(arm: str, measure: str) -> float:
        values = [row[measure] for row in results.rows() if row["arm"] == arm and row["generation"] == 4]
        return float(sum(values) / len(values))

    for world, measure in (
        ("gaussian", "student/gaussian_moments/log_variance"),
        ("discrete", "student/known_truth/types"),
        ("bigram", "student/known_truth/types"),
        ("regression", "student/excess_risk/value"),
    ):
        arms = [last(f"{world}_{regime}", measure) for regime in ("replace", "subsample", "accumulate")]
        assert arms in (sorted(arms), sorted(arms, reverse=True)), (world, arms)


def test_one_report_draws_all_laws(results: Results) -> None:
    data = report_data([results.runs[0].folder.parent.parent])
    with_law = {curve.arm for curve in data.theory}
    assert with_law == {run.arm for run in results.runs if run.config.get("theory") is not None}
    assert {arm.name: arm.description for arm in data.arms}["discrete_subsample"] == (
        "source=zipf, student=categorical, trainer=counts, source.types=100, source.draws=100, mixer=accumulate, "
        "mixer.size=100"
    )
