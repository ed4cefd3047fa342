"""Probes: recalled only when the true value beats every other, and refused when they make no sense."""

from __future__ import annotations

import numpy as np
import pytest

from evals.probe import Probe


def probe(*nats: float, true: int = 0, train_count: int = 1) -> Probe:
    return Probe("Ada", train_count, np.array(nats), true)


def test_a_fact_is_recalled_when_its_value_is_more_probable_than_every_other() -> None:
    assert probe(-1.0, -2.0, -3.0).is_recalled
    assert not probe(-1.0, -2.0, -0.5).is_recalled
    assert probe(-4.0, -2.0, true=1).is_recalled


def test_a_tie_is_no_answer() -> None:
    assert not probe(-1.0, -1.0).is_recalled
    assert not probe(-1.0, -1.0, true=1).is_recalled


def test_a_guess_is_right_once_in_as_many_candidates() -> None:
    assert probe(-1.0, -1.0, -1.0, -1.0).chance == 1 / 4


@pytest.mark.parametrize(
    ("nats", "true", "train_count", "message"),
    [
        ((-1.0,), 0, 1, r"Probe: 'Ada' has candidates of shape \(1,\)"),
        ((), 0, 1, r"candidates of shape \(0,\)"),
        ((-1.0, 0.5), 0, 1, "want 2 or more, each 0 or less"),
        ((-1.0, np.nan), 0, 1, "want 2 or more, each 0 or less"),
        ((-1.0, -2.0), 2, 1, "candidate 2 of 2 as the true one, want a count of 0 or more and 0 to 1"),
        ((-1.0, -2.0), -1, 1, "candidate -1 of 2"),
        ((-1.0, -2.0), 0, -3, "train_count -3"),
    ],
)
def test_a_probe_that_makes_no_sense_is_refused(
    nats: tuple[float, ...], true: int, train_count: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        probe(*nats, true=true, train_count=train_count)
