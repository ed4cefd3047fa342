"""Exact support coverage by hand, at its extremes, and as the mean of what samples show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.exact_support_coverage import ExactSupportCoverage, exact_support_coverage
from evals.metrics.false_mass import false_mass
from evals.metrics.support_coverage import support_coverage

TRUTH = np.array([0.5, 0.25, 0.15, 0.1])  # begin at 0, .5, .75 and .9: head, lower, tail, tail


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    truth: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def test_values_by_hand() -> None:
    # m = 2, q = (.5, .5, 0, 0): head .75 / .75; lower .75 / (1 - .75^2); tail 0; nothing begins in the second quarter
    given = Given({"probabilities": TRUTH}, {"probabilities": np.array([[0.5, 0.5, 0.0, 0.0]])})
    figures = ExactSupportCoverage(draws=2).exact(given)
    lower, tail = 1 - 0.75**2, (1 - 0.85**2) + (1 - 0.9**2)
    assert {part: value.tolist() for part, value in figures.items()} == {
        "all": [pytest.approx(1.5 / (0.75 + lower + tail))],
        "head": [1.0],
        "lower": [pytest.approx(0.75 / lower)],
        "tail": [0.0],
        "false_mass": [pytest.approx(0.5 * 0.5**2 + 0.5 * 0.75**2)],
    }


def test_extremes_are_the_truth_itself_and_one_type_alone() -> None:
    figures = exact_support_coverage(TRUTH, np.array([TRUTH, [1.0, 0.0, 0.0, 0.0]]), draws=10_000)
    assert figures.pop("false_mass") == pytest.approx([0, 0])
    assert all(value[0] == pytest.approx(1) for value in figures.values())
    assert [float(value[1]) for value in figures.values()] == pytest.approx([0.25, 1, 0, 0])


def test_it_is_what_samples_of_the_student_show_on_average() -> None:
    zipf = 1 / np.arange(1, 101)
    zipf /= zipf.sum()
    student = zipf**1.3 / np.sum(zipf**1.3)
    exact = exact_support_coverage(zipf, student[None], draws=200)
    rng = np.random.default_rng(0)
    shares = [support_coverage(rng.multinomial(200, student), zipf, ["all"] * 100)["all"].share for _ in range(300)]
    assert np.mean(shares) == pytest.approx(exact["all"][0], rel=0.01)
    assert exact["tail"][0] < exact["lower"][0] < exact["head"][0]


def test_its_false_mass_is_what_samples_show_on_average() -> None:
    zipf = 1 / np.arange(1, 101)
    zipf /= zipf.sum()
    student = np.sqrt(zipf) / np.sum(np.sqrt(zipf))
    rng = np.random.default_rng(0)
    texts, references = (
        [[str(word) for word in rng.choice(100, 200, p=p)] for _ in range(100)] for p in (student, zipf)
    )
    shares = [false_mass([text], [other], [1])["1"] for text, other in zip(texts, references, strict=True)]
    # The sd of a share is about .035, of the mean of 100 .0035.
    assert np.mean(shares) == pytest.approx(exact_support_coverage(zipf, student[None], 200)["false_mass"][0], abs=0.01)


def test_order_of_types_and_replicas_does_not_matter() -> None:
    q = np.random.default_rng(1).dirichlet(np.ones(4), size=3)
    for part, value in exact_support_coverage(TRUTH, q, 7).items():
        assert exact_support_coverage(TRUTH[::-1], q[::-1, ::-1], 7)[part][::-1] == pytest.approx(value)


def test_types_that_the_truth_does_not_hold_are_not_asked_for() -> None:
    wider, q = np.append(TRUTH, 0.0), np.array([[0.4, 0.2, 0.1, 0.1, 0.2]])
    figures = exact_support_coverage(wider, q, 5)
    assert figures["all"] == pytest.approx(np.sum(1 - (1 - q[0, :4]) ** 5) / np.sum(1 - (1 - TRUTH) ** 5))


def test_what_cannot_be_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="exact_support_coverage: draws is 0, want 1 or more"):
        ExactSupportCoverage(draws=0)
    with pytest.raises(ValueError, match="exact_support_coverage: draws is -1"):
        exact_support_coverage(TRUTH, TRUTH[None], -1)
    with pytest.raises(ValueError, match=r"exact_support_coverage: truth has shape \(4,\) and probabilities \(1, 3\)"):
        exact_support_coverage(TRUTH, np.ones((1, 3)) / 3, 5)
