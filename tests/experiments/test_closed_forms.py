"""Published closed forms as experiments, at scale=smoke; and that their rules can fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import fresh_data, tail_of_tales, verification
from experiments.claims import findings
from experiments.oracles import compare, laws
from loops.run import Results, run


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Results]:
    """Run an experiment at scale=smoke, each once."""
    done: dict[str, Results] = {}

    def start(name: str) -> Results:
        if name not in done:
            folder = tmp_path_factory.mktemp(name)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(os, "fsync", lambda descriptor: None)
                places = (f"output_dir={folder}/out", f"store={folder}/store")
                done[name] = run(f"experiment={name}", "scale=smoke", *places)
        return done[name]

    return start


def swapped(rows: list[dict], first: str, second: str) -> list[dict]:  # type: ignore[type-arg]
    names = {first: second, second: first}
    return [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows]


def test_a_verifier_moves_the_threshold_and_a_random_filter_does_not(ran: Callable[[str], Results]) -> None:
    results = ran("verification")
    rows, expected = results.rows(), laws(results.runs)
    assert verification.judge(compare(rows, expected)) == "reproduced"
    for first, second in (("weak_60", "weak_70"), ("weak_60", "weak_60_random_filter"), ("none_45", "none_55")):
        other = swapped(rows, first, second)
        assert verification.judge(compare(other, expected)) == "contradicted", (first, second)
    assert verification.judge(compare(rows, {"weak_60": expected["weak_60"]})) == "inconclusive"


def test_as_many_labels_are_kept_at_random_as_the_verifier_keeps(ran: Callable[[str], Results]) -> None:
    kept = {row["arm"]: row["kept/rows"] for row in ran("verification").rows() if row["generation"] == 1}
    assert kept["weak_60"] == kept["weak_60_random_filter"]


def test_a_cut_tail_has_a_floor_and_a_narrowed_one_another_exponent(ran: Callable[[str], Results]) -> None:
    results = ran("tail_of_tales")
    rows, expected = results.rows(), laws(results.runs)
    floor = tail_of_tales.floor_of(next(run.config for run in results.runs if run.arm.startswith("cut")))
    # sum of i^-2 over 31..500 and over 1..500: pi^2/6 less 1/500.5 and 1/30.5 by Euler's rule
    assert floor == pytest.approx((1 / 30.5 - 1 / 500.5) / (1.644934 - 1 / 500.5), rel=1e-3)
    assert tail_of_tales.judge(compare(rows, expected), floor) == "reproduced"
    for first, second in (("whole_1000", "narrowed_1000"), ("whole_10000", "cut_10000")):
        other = compare(swapped(rows, first, second), expected)
        assert tail_of_tales.judge(other, floor) == "contradicted", (first, second)
    assert tail_of_tales.judge([], floor) == "inconclusive"


def test_fresh_shares_follow_their_law_and_their_order(ran: Callable[[str], Results]) -> None:
    results = ran("fresh_data")
    rows, expected = results.rows(), laws(results.runs)
    assert set(expected) == {"replace", "fresh_5", "fresh_20", "fresh_50"}
    comparisons = compare(rows, expected)
    assert fresh_data.judge(comparisons, findings(rows, fresh_data.CLAIMS)) in ("reproduced", "inconclusive")
    other = swapped(rows, "replace", "fresh_50")
    assert fresh_data.judge(compare(other, expected), findings(other, fresh_data.CLAIMS)) != "reproduced"


@pytest.mark.parametrize("experiment", [verification, tail_of_tales, fresh_data])
def test_the_command_prints_claim_cost_table_and_judgement(
    experiment: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    small = {
        verification: ["source.draws=200", "source.replicas=3"],
        tail_of_tales: ["source.types=60", "source.replicas=3"],
        fresh_data: ["generations=2", "source.draws=300", "source.replicas=3"],
    }
    experiment.main(["scale=smoke", *small[experiment]])  # type: ignore[attr-defined, index]
    said = capsys.readouterr().out
    for part in ("Claim: ", " arms x 1 seed", "standard error", "judgement: "):
        assert part in said
