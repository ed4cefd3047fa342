"""Exact figures of worlds with known truth: by hand, at the extremes, and against Wright-Fisher theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.known_truth import KnownTruth, known_truth

TRUTH = np.array([0.5, 0.3, 0.2])


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_values_by_hand() -> None:
    # q = (.75, .25, 0): 2 types, .2 lost, 1 - .5625 - .0625 = .375, (.25 + .05 + .2) / 2 = .25;
    # entropy -.75 ln .75 - .25 ln .25
    figures = KnownTruth().exact(Given({"probabilities": TRUTH}, {"probabilities": np.array([[0.75, 0.25, 0.0]])}))
    assert {part: value.tolist() for part, value in figures.items()} == {
        "types": [2.0],
        "missing_mass": [0.2],
        "entropy": [pytest.approx(0.5623351)],
        "heterozygosity": [0.375],
        "total_variation": [pytest.approx(0.25)],
    }


def test_it_is_about_what_the_student_writes() -> None:
    given = Given({"probabilities": TRUTH}, {"probabilities": TRUTH[None], "written": np.array([[1.0, 0.0, 0.0]])})
    assert KnownTruth().exact(given)["types"].tolist() == [1.0]


def test_extremes_are_the_truth_itself_and_one_type_alone() -> None:
    figures = known_truth(TRUTH, np.array([TRUTH, [0.0, 0.0, 1.0]]))
    assert figures["types"].tolist() == [3.0, 1.0]
    assert figures["missing_mass"] == pytest.approx([0.0, 0.8])
    # -.5 ln .5 - .3 ln .3 - .2 ln .2 = .346574 + .361192 + .321888
    assert figures["entropy"] == pytest.approx([1.029653, 0.0], abs=1e-6)
    assert figures["heterozygosity"] == pytest.approx([0.62, 0.0])
    assert figures["total_variation"] == pytest.approx([0.0, 0.8])


def test_order_of_types_and_replicas_does_not_matter() -> None:
    q = np.random.default_rng(0).dirichlet(np.ones(3), size=4)
    for part, value in known_truth(TRUTH, q).items():
        assert known_truth(TRUTH[::-1], q[::-1, ::-1])[part][::-1] == pytest.approx(value)


def test_one_resampling_has_the_mean_heterozygosity_and_missing_mass_of_theory() -> None:
    # E heterozygosity = (1 - 1/n) (1 - sum p^2); E missing = sum p_i (1 - p_i)^n
    n = 10
    q = np.random.default_rng(1).multinomial(n, TRUTH, size=40_000) / n
    figures = known_truth(TRUTH, q)
    assert np.mean(figures["heterozygosity"]) == pytest.approx(0.9 * 0.62, rel=0.01)
    assert np.mean(figures["missing_mass"]) == pytest.approx(np.sum(TRUTH * (1 - TRUTH) ** n), rel=0.05)


@pytest.mark.parametrize(
    ("truth", "q", "message"),
    [
        (TRUTH, np.zeros((0, 3)), r"truth has shape \(3,\) and probabilities \(0, 3\)"),
        (TRUTH, np.ones((1, 2)) / 2, r"probabilities \(1, 2\), want \(n_types,\) and \(replicas, n_types\)"),
        (TRUTH, np.array([TRUTH, [0.5, 0.5, 0.5]]), "row 1 of probabilities has least entry 0.5 and sum 1.5"),
        (np.array([1.5, -0.5]), np.array([[0.5, 0.5]]), "row 0 of truth has least entry -0.5 and sum 1.0"),
        (TRUTH, np.array([[np.nan, 0.5, 0.5]]), "row 0 of probabilities has least entry nan"),
    ],
)
def test_what_is_no_distribution_is_refused(truth: np.ndarray, q: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        known_truth(truth, q)
