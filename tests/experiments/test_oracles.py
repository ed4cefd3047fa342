"""Measurement beside theory, by hand."""

from __future__ import annotations

from experiments.oracles import Comparison, compare, judge


def test_deviations_are_in_standard_errors() -> None:
    one = Comparison("a", "m", 1, mean=2.0, error=0.25, expected=1.5)
    assert one.z == 2
    assert judge([one]) == "reproduced"
    assert judge([one, one._replace(expected=0.9)]) == "contradicted"  # 4.4 of them


def test_replicas_that_are_alike_up_to_rounding_say_nothing() -> None:
    # Adding up 120 equal numbers leaves a standard deviation of 1e-16.
    rows = [{"arm": "a", "generation": 0, "replica": r, "m": 0.1 + 0.2 if r % 2 else 0.3} for r in range(120)]
    (one,) = compare(rows, {"a": {"m": ([0.3], "law")}})  # type: ignore[dict-item]
    assert 0 < one.error < 1e-15
    assert one.z is None
    assert judge([one]) == "inconclusive"
