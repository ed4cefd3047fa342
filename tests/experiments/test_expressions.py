"""The rule of the experiment with expressions on made-up rows, and all of it at the smallest scale."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import experiments.expressions
from evals.expressions import evaluate
from experiments.claims import findings, judge
from experiments.expressions import CLAIMS, CORRECT, ENTROPY, RARE, main
from loops.run import Results, run

SHOWN = {
    "replace_cold": (0.62, 3.2, 0.02),
    "fresh_cold": (0.66, 3.5, 0.06),
    "verified_cold": (0.80, 3.2, 0.03),
    "human_only": (0.67, 3.8, 0.09),
}
"""Correctness, entropy and rare operators, as the claim would have them."""


def rows(shown: dict[str, tuple[float, float, float]], n_seeds: int = 5) -> list[dict[str, Any]]:
    noise = np.random.default_rng(0).normal(0, 0.003, (n_seeds, len(shown), 3))
    return [
        {"arm": arm, "seed": seed, "generation": 3}
        | dict(zip((CORRECT, ENTROPY, RARE), np.add(values, noise[seed, place]).tolist(), strict=True))
        for seed in range(n_seeds)
        for place, (arm, values) in enumerate(shown.items())
    ]


def test_the_rule_says_reproduced_of_what_is_claimed() -> None:
    assert judge(findings(rows(SHOWN), CLAIMS)) == "reproduced"
    assert judge(findings(rows(SHOWN, n_seeds=4), CLAIMS)) == "inconclusive"


@pytest.mark.parametrize("other", ["human_only", "fresh_cold"])
def test_the_rule_falls_when_labels_of_arms_are_swapped(other: str) -> None:
    names = {"replace_cold": other, other: "replace_cold"}
    swapped = [{**row, "arm": names.get(row["arm"], row["arm"])} for row in rows(SHOWN)]
    assert judge(findings(swapped, CLAIMS)) == "contradicted"


@pytest.mark.parametrize(
    ("arm", "figures"),
    [
        pytest.param("replace_cold", (0.40, 3.2, 0.02), id="it no longer writes true ones"),
        pytest.param("replace_cold", (0.62, 3.8, 0.02), id="diversity does not fall"),
        pytest.param("fresh_cold", (0.66, 3.2, 0.06), id="fresh text slows nothing"),
        pytest.param("fresh_cold", (0.66, 3.8, 0.06), id="fresh text stops it"),
        pytest.param("verified_cold", (0.60, 3.2, 0.03), id="a checker raises nothing"),
        pytest.param("verified_cold", (0.80, 3.2, 0.09), id="a checker brings rare operators back"),
    ],
)
def test_each_part_of_the_claim_can_fail(arm: str, figures: tuple[float, float, float]) -> None:
    assert judge(findings(rows(SHOWN | {arm: figures}), CLAIMS)) != "reproduced"


@pytest.fixture(scope="module")
def overrides(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    folder = tmp_path_factory.mktemp("expressions")
    places = (f"output_dir={folder}/out", f"store={folder}/store")
    return ("scale=smoke", "arm=[fresh_cold,verified_cold,human_only]", "executor=inline", *places)


@pytest.fixture(scope="module")
def results(overrides: tuple[str, ...]) -> Results:
    return run("experiment=expressions", *overrides)


def test_the_smoke_scale_measures_correctness_and_diversity_of_every_arm(results: Results) -> None:
    measured = results.rows()
    assert len(measured) == 6
    for row in measured:
        for name in (CORRECT, ENTROPY, RARE, "sampled/answered/value"):
            assert row[f"{name}/low"] <= row[name] <= row[f"{name}/high"], name
        assert row[CORRECT] <= row["sampled/answered/value"] <= 1
        assert math.isfinite(row["student/perplexity/nll"])
    right = [evaluate(text, "logic") is True for text in results.samples("sampled", 1, arm="human_only").texts()]
    assert measured[-1][CORRECT] == pytest.approx(np.mean(right))


def test_a_checked_corpus_holds_true_expressions_alone_and_as_many_tokens(results: Results) -> None:
    checked = results.samples("corpus", 1, arm="verified_cold")
    assert all(evaluate(text, "logic") is True for text in checked.texts())
    row = next(row for row in results.rows() if (row["arm"], row["generation"]) == ("verified_cold", 1))
    assert 2000 <= row["corpus/tokens"] < 2100
    assert row["drawn/verifier_rates/false_positive"] == 0


def test_one_command_prints_claim_tables_and_judgement(
    results: Results,
    overrides: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(experiments.expressions, "FIGURE", tmp_path / "figure.svg")
    main(overrides)
    shown = capsys.readouterr().out
    assert "3 arms x 1 seed" in shown
    assert "Briesch et al. 2023" in " ".join(shown.split())
    assert "too few seeds to say" in shown
    assert "judgement: inconclusive" in shown
    assert (tmp_path / "figure.svg").exists()
