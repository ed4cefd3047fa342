"""The experiment on a table of prompts and answers, at the smallest scale that its rule speaks of, and swapped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import experiments.self_improvement
from experiments.claims import State
from experiments.oracles import compare, laws
from experiments.self_improvement import held_against, judge, main
from loops.run import Results, run


@pytest.fixture(scope="module")
def overrides(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    folder = tmp_path_factory.mktemp("self_improvement")
    world = ("source.prompts=20", "source.replicas=120", "source.answers=20", "source.correct=2", "generations=3")
    few = ("metrics=[known_policy,pass_at_k]",)
    return (*world, *few, f"output_dir={folder}/out", f"store={folder}/store")


@pytest.fixture(scope="module")
def results(overrides: tuple[str, ...]) -> Results:
    return run("experiment=self_improvement", *overrides)


def _swapped(rows: list[dict[str, Any]], one: str, other: str) -> list[dict[str, Any]]:
    names = {one: other, other: one}
    return [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows]


def test_the_claims_and_the_laws_are_reproduced(results: Results) -> None:
    found = held_against(results.rows())
    assert judge(found, compare(results.rows(), laws(results.runs))) == "reproduced", found


@pytest.mark.parametrize(("one", "other"), [("verifier", "oracle"), ("half_step", "verifier"),
                                            ("majority_vote", "no_filter")])  # fmt: skip
def test_swapped_arms_are_not_reproduced(results: Results, one: str, other: str) -> None:
    rows = _swapped(results.rows(), one, other)
    assert judge(held_against(rows), compare(rows, laws(results.runs))) == "contradicted"


def test_claims_without_laws_and_laws_without_claims_are_not_enough(results: Results) -> None:
    rows = results.rows()
    assert judge(held_against(rows), []) == "inconclusive"
    assert judge([], compare(rows, laws(results.runs))) == "inconclusive"
    late = [{**row, "generation": row["generation"] - 1} for row in rows if row["generation"] > 0]
    assert judge(held_against(rows), compare(late, laws(results.runs))) == "contradicted"


def test_fewer_than_a_hundred_replicas_say_nothing(results: Results) -> None:
    few = [row for row in results.rows() if row["replica"] < 99]
    assert {finding.state for finding in held_against(few)} == {State.TOO_FEW}


def test_one_command_prints_claim_tables_and_judgement(
    results: Results,
    overrides: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(experiments.self_improvement, "FIGURE", tmp_path / "figure.svg")
    main(overrides)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Song et al. 2024" in shown
    assert "judgement: reproduced, laws: reproduced" in shown
    assert (tmp_path / "figure.svg").exists()
