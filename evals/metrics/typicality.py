"""Typicality: how surprised student 0 is by each text, and how that spread differs from human text's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.binomial import Quantile, Share
from evals.given import HasReference
from evals.interval import Terms
from evals.token_scores import TokenScores

FloatArray = npt.NDArray[np.float64]

_QUANTILES = {"q01": 0.01, "q05": 0.05, "q50": 0.5, "q95": 0.95, "q99": 0.99}


def typicality(nll: npt.ArrayLike, human: npt.ArrayLike) -> dict[str, Quantile | Terms | Share]:
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

    w1 is handed over as the mean over texts of `wasserstein_potential`, to which it is equal.

    Source: the perplexity histogram of Shumailov et al. 2024 (Nature 631), figure 1.

    Raises:
        ValueError: no text, or no human text.
    """
    ours, theirs = np.asarray(nll, dtype=np.float64), np.asarray(human, dtype=np.float64)
    if not ours.size or not theirs.size:
        raise ValueError(f"typicality: got {ours.size} texts and {theirs.size} human ones, want 1 or more of each.")
    perplexities, (low, high) = np.exp(ours), np.quantile(theirs, [0.01, 0.99])
    return {
        **{part: Quantile(perplexities, share) for part, share in _QUANTILES.items()},
        "w1": Terms(wasserstein_potential(ours, theirs), np.ones(len(ours))),
        "below": Share(ours < low),
        "above": Share(ours > high),
    }


def wasserstein_potential(values: npt.ArrayLike, others: npt.ArrayLike) -> FloatArray:
    """Return, for each value, what it adds to the Wasserstein-1 distance between the values and others.

    f(x) - mean f(others), with f' = +1 where more of the others than of the values lie below x, -1 where fewer, 0
    where as many. The distance is the integral of |F - G|, and so the mean of this over the values; to first order f
    is also how the distance moves as a value does.

    Source: Kantorovich and Rubinstein 1958, the dual form; f as in Villani 2009, "Optimal transport", remark 6.5.
    """
    ours, theirs = np.asarray(values, dtype=np.float64), np.asarray(others, dtype=np.float64)
    points = np.sort(np.concatenate([ours, theirs]))
    # Counts times the other side's size: shares of unlike sizes are not told apart by their rounding.
    n_ours, n_theirs = (np.searchsorted(np.sort(side), points[:-1], side="right") for side in (ours, theirs))
    slopes = np.sign(n_theirs * len(ours) - n_ours * len(theirs))
    potential = np.concatenate([[0.0], np.cumsum(slopes * np.diff(points))])
    return np.asarray(np.interp(ours, points, potential) - np.mean(np.interp(theirs, points, potential)))


@dataclass(frozen=True, slots=True)
class Typicality:
    """Perplexity of each text of a view under student 0, against held-out human text; it has no settings.

    The interval is over texts of the view, with the human ones as they are. Each quantile has one from as many texts
    as can bound it: 54 for q05 and q95, 269 for q01 and q99.
    """

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "token_scores"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept")
    needs: ClassVar[tuple[str, ...]] = ("student_0_log_probs", "reference", "reference_student_0_log_probs")
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def terms(
        self, documents: Sequence[TokenScores], given: HasReference[Sequence[TokenScores]]
    ) -> dict[str, Quantile | Terms | Share]:
        """Return the quantiles, the distance and both shoulders."""
        return typicality(_mean_nll(documents), _mean_nll(given.reference))


def _mean_nll(documents: Sequence[TokenScores]) -> FloatArray:
    return np.array([-np.mean(document.nats, dtype=np.float64) for document in documents])
