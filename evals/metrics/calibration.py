"""Calibration: whether a student is right as often as it is sure, token by token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.token_scores import TokenScores


class Binning(StrEnum):
    """How confidences are put into bins."""

    EQUAL_MASS = "equal_mass"
    EQUAL_WIDTH = "equal_width"


def expected_calibration_error(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int, binning: Binning) -> float:
    """Return the mean gap between confidence and accuracy over bins of confidence, weighted by their size.

    sum_b n_b / n * |accuracy_b - mean confidence_b|. Range [0, 1]; 0 where a student is right as often as it says.
    Bins of equal width are [0, 1/B), ..., [1 - 1/B, 1]; of equal mass, between quantiles of confidence, equal
    confidences together, so that order does not matter. Biased upwards by about sqrt(B / n) even for a calibrated
    student: compare at equal n.

    Source: Guo et al. 2017 (arXiv 1706.04599), equation 3, equal width; equal mass, Nixon et al. 2019 (arXiv
    1904.01685).

    Raises:
        ValueError: no prediction, lengths that differ, confidence outside [0, 1], fewer than 1 bin, or an unknown
            binning.
    """
    _check_settings(bins, binning)
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if sure.ndim != 1 or not sure.size or sure.shape != right.shape:
        raise ValueError(
            f"expected_calibration_error: got shapes {sure.shape} of confidence and {right.shape} of correct, want one "
            "of each per prediction, and 1 or more."
        )
    if not np.all((sure >= 0) & (sure <= 1)):
        raise ValueError(f"expected_calibration_error: confidence is {sure.min()} to {sure.max()}, want 0 to 1.")
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = inner if binning == Binning.EQUAL_WIDTH else np.quantile(sure, inner)
    place = np.searchsorted(edges, sure, side="right")  # (n_predictions,), 0 to bins - 1
    gaps = np.bincount(place, weights=right - sure, minlength=bins)  # n_b * (accuracy_b - mean confidence_b)
    return float(np.sum(np.abs(gaps)) / len(sure))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration of a student's most probable token, on human text and on its own.

    ece         expected calibration error, see above
    brier       mean of (confidence - correct)^2; range [0, 1]
    confidence  mean probability of the most probable token; range (0, 1]
    accuracy    share of tokens that were the most probable one; range [0, 1]

    On human text ece and brier rise as a student grows sure of what is no longer so. On its own text at temperature 1
    a student is calibrated by construction, up to the bias, and confidence rises as it narrows.
    """

    bins: int
    """Bins of confidence; 1 or more."""
    binning: Binning
    """equal_mass or equal_width."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "token_scores"
    views: ClassVar[tuple[str, ...]] = ("student", "sampled")
    needs: ClassVar[tuple[str, ...]] = ("log_probs",)
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"ece": "lower", "brier": "lower", "confidence": "human", "accuracy": "human"}

    def __post_init__(self) -> None:
        _check_settings(self.bins, self.binning)

    def measure(self, documents: Sequence[TokenScores], given: object) -> dict[str, float]:
        """Return error, Brier score, confidence and accuracy over all tokens of the documents."""
        if not documents:
            raise ValueError("calibration: got no texts, want 1 or more.")
        confidence = np.concatenate([document.confidence for document in documents])
        correct = np.concatenate([document.is_top for document in documents])
        return {
            "ece": expected_calibration_error(confidence, correct, self.bins, self.binning),
            "brier": float(np.mean((confidence - correct) ** 2)),
            "confidence": float(np.mean(confidence)),
            "accuracy": float(np.mean(correct)),
        }


def _check_settings(bins: int, binning: Binning) -> None:
    if binning not in list(Binning):
        raise ValueError(f"calibration: binning is {binning!r}, want one of {[str(known) for known in Binning]}.")
    if bins < 1:
        raise ValueError(f"calibration: bins is {bins}, want 1 or more; 15 is usual.")
