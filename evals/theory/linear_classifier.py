"""What theory expects of a linear classifier trained on labels that are partly wrong and partly sorted out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special  # type: ignore[import-untyped, unused-ignore]

FloatArray = npt.NDArray[np.float64]


def error_threshold(true_positive_rate: float, false_positive_rate: float) -> float:
    """Return p* = phi / (phi + psi): with labels wrong at a rate below it, what a verifier keeps is mostly correct.

    A student trained on it ends near the best classifier, above p* near the opposite of it. phi and psi are the
    chances of a correct and of a wrong label to be kept; equal ones (no verifier) give 1/2.

    Source: Feng et al. 2024 (arXiv 2406.07515).

    Raises:
        ValueError: rates outside [0, 1], or both 0.
    """
    _check_shares(true_positive_rate=true_positive_rate, false_positive_rate=false_positive_rate)
    if true_positive_rate + false_positive_rate == 0:
        raise ValueError("error_threshold: both rates are 0, so that nothing is kept.")
    return true_positive_rate / (true_positive_rate + false_positive_rate)


def expected_accuracy(
    features: int,
    separation: float,
    rows: int,
    error_rate: float,
    true_positive_rate: float,
    false_positive_rate: float,
) -> float:
    """Return the accuracy on fresh rows after one round: labels, verifier, fit.

    Of n = rows (phi (1 - p) + psi p) rows that are kept a share q = phi (1 - p) rows / n is correct. The weights, the
    mean of +-x, are (2 q - 1) m plus noise of variance 1/n in each direction, so that the accuracy is
    Phi(a |m| / sqrt(a^2 + (features - 1) / n)) with a = (2 q - 1) |m|; range [0, Phi(|m|)].

    Source: derived after Feng et al. 2024 (arXiv 2406.07515). Ours: an expectation up to terms of order 1/n and
    1/features, since the noise is taken at its mean square.

    Raises:
        ValueError: shares outside [0, 1], less than 1 feature or row, separation not above 0, or nothing kept.
    """
    shares = {"error_rate": error_rate, "true_positive_rate": true_positive_rate}
    _check_shares(**shares, false_positive_rate=false_positive_rate)
    correct, wrong = true_positive_rate * (1 - error_rate), false_positive_rate * error_rate
    n = rows * (correct + wrong)
    if features < 1 or not separation > 0 or not n > 0:
        raise ValueError(
            f"expected_accuracy: got {features} features, separation {separation} and {n:g} rows kept of {rows}, want "
            "all above 0."
        )
    signal = (correct - wrong) / (correct + wrong) * separation
    return float(special.ndtr(separation * signal / np.sqrt(signal**2 + (features - 1) / n)))


@dataclass(frozen=True, slots=True)
class VerifiedLabels:
    """Accuracy of one round: a labeller of known error rate, a verifier, and the student trained on what is kept."""

    features: int
    """Numbers in x of the source."""
    separation: float
    """That of the source."""
    draws: int
    """Rows that are labelled."""
    error_rate: float
    """base_error_rate of the student, which labels in generation 1 (generation_0=base)."""
    true_positive_rate: float
    """phi, the chance of a correct label to be kept; 1, as psi: no verifier."""
    false_positive_rate: float
    """psi, the chance of a wrong label to be kept."""

    def curves(self, generations: int) -> dict[str, tuple[FloatArray, str]]:
        """Return the accuracy in generations 0 and 1; later labels err where students do, and have no such law."""
        trained = expected_accuracy(
            self.features,
            self.separation,
            self.draws,
            self.error_rate,
            self.true_positive_rate,
            self.false_positive_rate,
        )
        accuracy = np.array([1 - self.error_rate, trained])[: generations + 1]
        threshold = error_threshold(self.true_positive_rate, self.false_positive_rate)
        return {"student/class_accuracy/value": (accuracy, f"p* = phi/(phi + psi) = {threshold:.3g}")}


def _check_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{name}: got {share}, want a share in [0, 1].")
