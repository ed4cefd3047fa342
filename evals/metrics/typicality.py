"""Typicality: how surprised student 0 is by each text, and how that spread differs from human text's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.given import HasReference
from evals.token_scores import TokenScores

FloatArray = npt.NDArray[np.float64]

_QUANTILES = {"q01": 0.01, "q05": 0.05, "q50": 0.5, "q95": 0.95, "q99": 0.99}


def typicality(nll: npt.ArrayLike, human: npt.ArrayLike) -> dict[str, float]:
    """Compare the mean NLL per token of each text, in nats, with that of human texts.

    q01 to q99  quantiles of exp(nll), the perplexity of a text; range [1, inf)
    w1          Wasserstein-1 distance between the two spreads of nll, in nats per token; range [0, inf)
    below       share of texts under the 1% quantile of human text; range [0, 1], human text about .01
    above       share of texts over the 99% quantile of human text; range [0, 1], human text about .01

    Both shoulders tell: below rises as a student keeps to what student 0 finds easy, above as it writes what student
    0 would never (Shumailov's long right tail). w1 sees both, without a sign, and is above 0 for two samples of one
    source: its human value is that of other human texts, and what recursion adds is read against row 0, whose
    figure is the distance of student 0's own sample. Quantiles of 1% need hundreds of texts; texts of equal length
    at most, since a short text has a wider spread.

    Source: the perplexity histogram of Shumailov et al. 2024 (Nature 631), figure 1; w1 of scipy.

    Raises:
        ValueError: no text, or no human text.
    """
    ours, theirs = np.asarray(nll, dtype=np.float64), np.asarray(human, dtype=np.float64)
    if not ours.size or not theirs.size:
        raise ValueError(f"typicality: got {ours.size} texts and {theirs.size} human ones, want 1 or more of each.")
    quantiles = np.quantile(np.exp(ours), list(_QUANTILES.values()))
    low, high = np.quantile(theirs, [0.01, 0.99])
    return {
        **dict(zip(_QUANTILES, map(float, quantiles), strict=True)),
        "w1": float(stats.wasserstein_distance(ours, theirs)),
        "below": float(np.mean(ours < low)),
        "above": float(np.mean(ours > high)),
    }


@dataclass(frozen=True, slots=True)
class Typicality:
    """Perplexity of each text of a view under student 0, against held-out human text; it has no settings.

    The interval is over texts of the view, with the human ones as they are. That of the outer quantiles is too narrow
    (at 500 texts q01 and q99 hold the truth in 8 of 10 cases): five texts decide them, and no resampling adds more.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "token_scores"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept")
    needs: ClassVar[tuple[str, ...]] = ("student_0_log_probs", "reference", "reference_student_0_log_probs")
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def measure(self, documents: Sequence[TokenScores], given: HasReference[Sequence[TokenScores]]) -> dict[str, float]:
        """Return the quantiles, the distance and both shoulders."""
        return typicality(_mean_nll(documents), _mean_nll(given.reference))


def _mean_nll(documents: Sequence[TokenScores]) -> FloatArray:
    return np.array([-np.mean(document.nats, dtype=np.float64) for document in documents])
