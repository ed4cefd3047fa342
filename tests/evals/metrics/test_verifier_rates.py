"""How well the filters tell correct draws from wrong ones."""

from __future__ import annotations

import numpy as np
import pytest

from evals.graded import Graded
from evals.metrics.verifier_rates import VerifierRates, verifier_rates


def _prompt(correct: list[int], kept: list[float]) -> Graded:
    return Graded(str(correct), np.array(correct, bool), np.arange(len(correct)), np.array(kept))


def test_rates_over_all_draws_and_the_threshold_that_they_allow() -> None:
    # 3 of 4 correct draws and 1 of 2 wrong ones are kept: p* = .75 / 1.25 = 1 / (1 + (1/2) / (3/4)).
    prompts = [_prompt([1, 1, 1, 0], [1, 1, 0, 0]), _prompt([1, 0], [0.5, 2.0])]
    expected = {"true_positive": 3 / 4, "false_positive": 1 / 2, "threshold": 3 / 5}
    assert verifier_rates(prompts) == pytest.approx(expected)
    assert VerifierRates().measure(prompts[::-1], None) == pytest.approx(expected)


@pytest.mark.parametrize(("phi", "psi", "threshold"), [(0.9, 0.5, 0.643), (0.9, 0.2, 0.818)])
def test_the_thresholds_that_the_paper_names(phi: float, psi: float, threshold: float) -> None:
    # Feng et al. 2024 at these rates, from 10 correct and 10 wrong draws.
    kept = [float(i < 10 * phi) for i in range(10)] + [float(i < 10 * psi) for i in range(10)]
    assert verifier_rates([_prompt([1] * 10 + [0] * 10, kept)])["threshold"] == pytest.approx(threshold, abs=5e-4)


def test_the_extremes() -> None:
    assert verifier_rates([_prompt([1, 0], [1, 0])]) == {"true_positive": 1, "false_positive": 0, "threshold": 1}
    assert verifier_rates([_prompt([1, 0], [0, 1])]) == {"true_positive": 0, "false_positive": 1, "threshold": 0}
    assert verifier_rates([_prompt([1, 0], [1, 1])])["threshold"] == 0.5


@pytest.mark.parametrize(
    ("correct", "kept", "counts"),
    [([1, 1], [1, 0], "2 of 2 draws are correct and 1 kept"), ([0, 0], [1, 0], "0 of 2"), ([1, 0], [0, 0], "0 kept")],
)
def test_rates_of_nothing_are_refused(correct: list[int], kept: list[float], counts: str) -> None:
    with pytest.raises(ValueError, match=f"verifier_rates: .*{counts}"):
        verifier_rates([_prompt(correct, kept)])


def test_no_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="verifier_rates: filters judged the draws of 0 of 0 prompts"):
        verifier_rates([])
