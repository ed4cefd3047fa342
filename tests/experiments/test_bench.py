"""What the benchmark makes of a run's stages."""

from __future__ import annotations

from typing import Any

import pytest

from experiments.bench import evaluating_shares


def _stage(key: str, stage: str, seconds: float, state: str = "computed") -> dict[str, Any]:
    return {"key": key, "stage": stage, "seconds": seconds, "state": state}


def test_shares_are_of_the_seconds_that_were_spent() -> None:
    # 80 + 8 + 4 + 4 + 4 seconds were spent: 8 on metrics, 4 + 4 on passes, and nothing on what was found in the store.
    stages = [
        _stage("a", "train", 80),
        _stage("b", "metric", 8),
        _stage("c", "log_probs", 4),
        _stage("d", "embed", 4),
        _stage("e", "filter_cost", 4),
        _stage("b", "metric", 8, "found"),
        _stage("f", "metric", 50, "found"),
    ]
    assert evaluating_shares(stages) == pytest.approx((0.08, 0.08))
