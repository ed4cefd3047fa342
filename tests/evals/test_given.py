"""What a metric is given."""

from __future__ import annotations

import numpy as np
import pytest

from evals.given import named


def test_a_name_that_is_absent_is_said_beside_those_that_are_there() -> None:
    assert named({"mean": np.ones(1)}, "mean", "moments").tolist() == [1.0]
    with pytest.raises(ValueError, match="moments: got mean, weights, want 'covariance' among them"):
        named({"mean": np.ones(1), "weights": np.ones(1)}, "covariance", "moments")
