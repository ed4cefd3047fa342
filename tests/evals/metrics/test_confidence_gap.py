"""Confidence gap by hand, at its extremes, and over tokens rather than texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from evals.metrics.confidence_gap import ConfidenceGap, confidence_gap
from evals.token_scores import TokenScores


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    reference: Sequence[TokenScores]


def text(*top: float) -> TokenScores:
    """Bind the probabilities of the most probable tokens; whether they came does not matter here."""
    return TokenScores(np.full(len(top), -9.0), np.log(np.array(top)))


def test_value_by_hand() -> None:
    # (.9 + .6 + .6) / 3 - (.5 + .3) / 2 = .3
    given = Given([text(0.5), text(0.3)])
    assert ConfidenceGap().measure([text(0.9, 0.6), text(0.6)], given) == {"value": pytest.approx(0.3)}


def test_extremes_are_the_same_texts_and_certainty_beside_doubt() -> None:
    assert confidence_gap([text(0.5, 0.2)], [text(0.5, 0.2)]) == 0
    assert confidence_gap([text(1.0)], [TokenScores(np.array([-60.0]), np.array([-50.0]))]) == pytest.approx(1)


def test_exchanging_the_sides_changes_the_sign_and_order_does_not_matter() -> None:
    own, human = [text(0.9), text(0.4, 0.2)], [text(0.3, 0.1)]
    assert confidence_gap(own, human) == -confidence_gap(human, own)
    assert confidence_gap(own[::-1], human) == pytest.approx(confidence_gap(own, human))


def test_tokens_weigh_alike_however_long_their_texts_are() -> None:
    # one text of 9 tokens at .5 and one of 1 at 1: .55, not .75
    assert confidence_gap([text(*[0.5] * 9), text(1.0)], [text(0.25)]) == pytest.approx(0.55 - 0.25)


def test_single_precision_is_enough_for_probabilities() -> None:
    single = TokenScores(np.zeros(1, np.float32), np.full(1, math.log(0.25), np.float32))
    assert single.confidence.dtype == np.float64
    assert confidence_gap([single], [text(0.25)]) == pytest.approx(0, abs=1e-7)


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match="confidence_gap: got 0 own texts and 1 human ones, want 1 or more of each"):
        confidence_gap([], [text(0.5)])
    with pytest.raises(ValueError, match="confidence_gap: got 1 own texts and 0 human ones"):
        ConfidenceGap().measure([text(0.5)], Given([]))
