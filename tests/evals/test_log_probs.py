"""Log-probabilities are checked when they are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.log_probs import LogProbs


def make(**changes: Any) -> LogProbs:
    fields: dict[str, Any] = {
        "document": np.array([0, 0, 2]),
        "token": np.array([5, 1, 5]),
        "nats": np.array([-1.0, -0.5, -2.0]),
        "word": np.array([0, -1, 0]),
        "texts": ["a", "", "b"],
    }
    return LogProbs(**{**fields, **changes})


def test_per_document_sums_and_keeps_documents_without_tokens() -> None:
    assert make().per_document([1.0, 2.0, 4.0]).tolist() == [3.0, 0.0, 4.0]


def test_special_tokens_stand_for_no_text() -> None:
    assert make().special.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"token": np.array([5, 1])}, r"arrays have shapes .*'token': \(2,\).*want one entry per token"),
        ({"nats": np.array([-1.0, 0.1, -np.inf])}, "2 of 3 log-probabilities .* the first is 0.1 at token 1"),
        ({"nats": np.array([-1.0, np.nan, -1.0])}, "1 of 3 log-probabilities are not finite"),
        ({"document": np.array([0, 0, 3])}, "document is 3 at token 2, want 0 to 2"),
        ({"word": np.array([0, -2, 0])}, "word is -2 at token 1, want -1 or more"),
        ({"token": np.array([0, -1, 0])}, "token is -1 at token 1, want 0 or more"),
        ({"word": np.array([0.0, 1.0, 0.0])}, "word has type float64, want whole numbers"),
        ({"texts": []}, "got 3 tokens of 0 texts, want 1 or more"),
    ],
)
def test_what_cannot_be_right_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_no_tokens_is_an_error() -> None:
    none = np.array([], dtype=np.int64)
    with pytest.raises(ValueError, match="got 0 tokens of 1 texts"):
        LogProbs(none, none, none.astype(float), none, ["a"])


def test_a_rounding_error_above_zero_is_allowed() -> None:
    assert make(nats=np.array([5e-7, -1, -1], dtype=np.float32)).nats[0] > 0
