"""Richness: how many different things a student could still say, judged from its own sample alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts

IntArray = npt.NDArray[np.int64]


def good_turing_unseen(counts: npt.ArrayLike) -> float:
    """Estimate the probability that the next draw is of a type that the sample does not hold.

    F1 / N, with F1 the number of types seen once in N draws. Range [0, 1]; falls as a student repeats itself.
    What is unseen is unseen of the student's own distribution, never of the human one: in a bigram chain it says
    .013 in generation 10, when .615 of the human mass is lost. For that read `missing_mass`.

    Source: Good 1953, "The population frequencies of species", equation 9. Ours: no smoothing.

    Raises:
        ValueError: no occurrence, or a negative count.
    """
    seen = _seen("good_turing_unseen", counts)
    return int(np.count_nonzero(seen == 1)) / int(seen.sum())


def chao1(counts: npt.ArrayLike) -> float:
    """Estimate from below how many types there are in all, seen and unseen.

    S + F1 (F1 - 1) / (2 (F2 + 1)), bias-corrected, with S types seen, F1 of them once and F2 twice. Range
    [S, S + F1 (F1 - 1) / 2]. A lower bound that grows with the sample while types are still missing (2,274 of 5,000
    at 2,000 draws of a Zipf law), so compare at equal budgets only; relative to its own generator, as
    `good_turing_unseen` is.

    Source: Chao 1984 and, bias-corrected, Chao 2005, "Species estimation and applications".

    Raises:
        ValueError: no occurrence, or a negative count.
    """
    seen = _seen("chao1", counts)
    once, twice = int(np.count_nonzero(seen == 1)), int(np.count_nonzero(seen == 2))
    return len(seen) + once * (once - 1) / (2 * (twice + 1))


def ace(counts: npt.ArrayLike, rare_threshold: int = 10) -> float:
    """Estimate how many types there are in all from how well the rare ones are covered.

    S_common + S_rare / C + F1 / C * g, with rare types those seen at most `rare_threshold` times, N_rare their draws,
    C = 1 - F1 / N_rare and g = max(S_rare / C * sum of i (i - 1) F_i / (N_rare (N_rare - 1)) - 1, 0). Range
    [S, inf); like `chao1` it is low for long tails, grows with the sample and is relative to its own generator.

    Source: Chao and Lee 1992, "Estimating the number of classes via sample coverage"; the threshold as in EstimateS.

    Raises:
        ValueError: no occurrence, a negative count, a threshold below 1, or all rare types seen once (then C is 0).
    """
    seen = _seen("ace", counts)
    if rare_threshold < 1:
        raise ValueError(f"ace: rare_threshold is {rare_threshold}, want 1 or more; 10 is usual.")
    rare = seen[seen <= rare_threshold]
    if not len(rare):
        return float(len(seen))
    once, draws = int(np.count_nonzero(rare == 1)), int(rare.sum())
    if once == draws:
        raise ValueError(
            f"ace: all {once} types seen at most {rare_threshold} times are seen once, want one seen twice or more. "
            "Give more text, or shorter n-grams."
        )
    covered = 1 - once / draws
    unevenness = len(rare) / covered * int(np.sum(rare * (rare - 1))) / (draws * (draws - 1)) - 1
    return len(seen) - len(rare) + len(rare) / covered + once / covered * max(unevenness, 0.0)


@dataclass(frozen=True, slots=True)
class Richness:
    """Good-Turing unseen mass, Chao1 and ACE of a view at its budget: `good_turing/<n>`, `chao1/<n>` and `ace/<n>`.

    All three extrapolate from the view alone, so they see a student that narrows and are blind to what earlier
    generations have lost. Read them as how much a student can still say, beside the human value. Their interval is
    from halves and quarters of the documents: a jackknife's is twice as wide as fresh texts make them vary, since it
    overstates what is not smooth in the counts (Efron and Stein 1981, "The jackknife estimate of variance"). There is
    none where a quarter repeats no rare n-gram.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""
    rare_threshold: int
    """ACE takes n-grams seen at most this often for rare; 1 or more."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "subsamples"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("richness: n", self.n)
        if self.rare_threshold < 1:
            raise ValueError(f"richness: rare_threshold is {self.rare_threshold}, want 1 or more; 10 is usual.")

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return the three estimates for each length."""
        estimates: dict[str, float] = {}
        for n, (view, _) in counts.items():
            if not view.any():
                raise ValueError(
                    f"richness: the view holds no {n}-gram, want 1 or more. Give longer documents, or leave {n} out "
                    "of n."
                )
            estimates[f"good_turing/{n}"] = good_turing_unseen(view)
            estimates[f"chao1/{n}"] = chao1(view)
            estimates[f"ace/{n}"] = ace(view, self.rare_threshold)
        return estimates


def _seen(where: str, counts: npt.ArrayLike) -> IntArray:
    """Return the counts above 0."""
    found = np.asarray(counts, dtype=np.int64).ravel()
    if not np.any(found > 0) or np.any(found < 0):
        least = int(found.min()) if len(found) else "none"
        raise ValueError(
            f"{where}: got {len(found)} counts with sum {int(found.sum())}, the least {least}; want 0 or more in each "
            "and an occurrence at least."
        )
    return found[found > 0]
