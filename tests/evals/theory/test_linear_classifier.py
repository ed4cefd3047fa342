"""What theory expects of verified labels; O12 names the oracle of the design's reference."""

from __future__ import annotations

import pytest

from evals.theory.linear_classifier import VerifiedLabels, error_threshold, expected_accuracy


@pytest.mark.parametrize(("phi", "psi", "threshold"), [(0.9, 0.5, 0.643), (0.9, 0.2, 0.818), (1, 1, 0.5), (0.5, 0, 1)])
def test_o12_the_threshold(phi: float, psi: float, threshold: float) -> None:
    assert error_threshold(phi, psi) == pytest.approx(threshold, abs=5e-4)


def test_an_accuracy_by_hand() -> None:
    # p = .25, phi = 1, psi = .5 of 800 rows: 600 + 100 kept, q = 6/7, a = 5/7, noise 6/700 with 7 features.
    # a / sqrt(a^2 + noise) = .714286 / sqrt(.510204 + .008571) = .991701, and Phi of it is .83933.
    assert expected_accuracy(7, 1.0, 800, 0.25, 1.0, 0.5) == pytest.approx(0.83933, abs=2e-5)


@pytest.mark.parametrize(
    ("phi", "psi", "rate", "tried"), [(0.9, 0.5, 0.6, 0.809), (0.9, 0.5, 0.7, 0.174), (0.9, 0.2, 0.8, 0.756),
                                      (0.9, 0.2, 0.9, 0.165)],
)  # fmt: skip
def test_o12_what_was_tried_with_40_000_rows(phi: float, psi: float, rate: float, tried: float) -> None:
    assert expected_accuracy(50, 1.0, 40_000, rate, phi, psi) == pytest.approx(tried, abs=0.01)


def test_it_is_chance_at_the_threshold_and_the_best_classifier_with_endless_rows() -> None:
    assert expected_accuracy(50, 1.0, 1000, 0.5, 0.7, 0.7) == pytest.approx(0.5)
    assert expected_accuracy(50, 1.0, 10**12, 0.2, 0.9, 0.5) == pytest.approx(0.841345, abs=1e-5)
    assert expected_accuracy(50, 1.0, 10**12, 0.9, 0.9, 0.5) == pytest.approx(1 - 0.841345, abs=1e-5)


def test_curves_end_with_the_round_that_has_a_law() -> None:
    chain = VerifiedLabels(7, 1.0, 800, 0.25, 1.0, 0.5)
    values, law = chain.curves(5)["student/class_accuracy/value"]
    assert values == pytest.approx([0.75, 0.83933], abs=2e-5)
    assert law == "p* = phi/(phi + psi) = 0.667"
    assert chain.curves(0)["student/class_accuracy/value"][0].tolist() == [0.75]


def test_what_has_no_law_is_refused() -> None:
    with pytest.raises(ValueError, match="both rates are 0, so that nothing is kept"):
        error_threshold(0, 0)
    with pytest.raises(ValueError, match=r"false_positive_rate: got 2, want a share in \[0, 1\]"):
        error_threshold(1, 2)
    with pytest.raises(ValueError, match=r"error_rate: got -0\.1"):
        expected_accuracy(5, 1.0, 10, -0.1, 1, 1)
    with pytest.raises(ValueError, match=r"got 5 features, separation 1\.0 and 0 rows kept of 10"):
        expected_accuracy(5, 1.0, 10, 0.0, 0, 1)
