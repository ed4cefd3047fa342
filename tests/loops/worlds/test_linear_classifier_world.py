"""A linear classifier trained on partly wrong labels, against the threshold of O12; student 1 is the round that counts.

The labels are the base student's (generation_0=base): wrong at a known rate, whatever x. Seed 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evals.theory.linear_classifier import VerifiedLabels
from loops.run import RunFailed

Start = Callable[..., Any]
ROWS = 2000
WORLD = (
    "source=linear_classifier", "student=linear_classifier", "trainer=fit", "metrics=[class_accuracy]",
    f"source.draws={ROWS}", "source.replicas=40", "generation_0=base", "generations=1",
    "prompts.kind=prefix", f"prompts.count={ROWS}",
)  # fmt: skip
ACCURACY = "student/class_accuracy/value"


@pytest.mark.parametrize("error_rate", [0.1, 0.3, 0.45, 0.55, 0.7])
def test_without_a_verifier_training_succeeds_below_one_half(start: Start, error_rate: float) -> None:
    chains = start(*WORLD, f"student.base_error_rate={error_rate}")
    (expected, _) = VerifiedLabels(50, 1.0, ROWS, error_rate, 1.0, 1.0).curves(1)[ACCURACY]
    assert chains.values(ACCURACY, 0) == pytest.approx(expected[0])
    accuracy = chains.values(ACCURACY, 1)
    # The law takes the noise at its mean square: off by less than .015 at 50 features.
    assert accuracy.mean() == pytest.approx(expected[1], abs=0.015)
    assert (accuracy > 0.5).all() if error_rate < 0.5 else (accuracy < 0.5).all()


def test_a_filter_that_is_blind_to_correctness_moves_no_threshold(start: Start) -> None:
    blind = ("filters=[random]", "filters.random.keep_share=0.5")
    chains = start(*WORLD, *blind, "student.base_error_rate=0.45")
    (expected, _) = VerifiedLabels(50, 1.0, ROWS, 0.45, 0.5, 0.5).curves(1)[ACCURACY]
    assert chains.values(ACCURACY, 1).mean() == pytest.approx(expected[1], abs=0.02)


def test_a_fitted_student_labels_by_its_line_and_teaches_it_on(start: Start) -> None:
    results = start(*WORLD, "generations=2", "source.replicas=3", "student.base_error_rate=0.2").results
    drawn = results.samples("drawn", 2).values()
    wrong = (drawn[:, 0] != drawn[:, -1]).mean()
    accuracy = np.array([row[ACCURACY] for row in results.rows() if row["generation"] == 1]).mean()
    assert wrong == pytest.approx(1 - accuracy, abs=4 * np.sqrt(0.25 / len(drawn)))
    assert [row[ACCURACY] > 0.8 for row in results.rows() if row["generation"] == 2] == [True] * 3


def test_a_replica_alone_is_the_replica_among_others(start: Start) -> None:
    world = (*WORLD, "generations=3", "source.draws=100", "prompts.count=80", "mixer=accumulate")
    several, alone = start(*world, "source.replicas=9"), start(*world, "source.replicas=[4]")
    for g in range(4):
        assert several.values(ACCURACY, g)[4] == alone.values(ACCURACY, g)[0]


def test_a_temperature_is_refused_where_labels_are_not_drawn(start: Start) -> None:
    with pytest.raises(
        RunFailed, match=r"generator\.temperature: got 0\.5, but student=linear_classifier has no tokens"
    ):
        start(*WORLD, "source.replicas=1", "generator.temperature=0.5")
