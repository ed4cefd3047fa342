"""Entropy and Hill numbers: how many n-grams a student uses as if all were equally common."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.hill_number import checked_counts, hill_number, shares
from evals.ngram_codes import check_lengths
from evals.ngram_counts import Counts


def entropy_chao_shen(counts: npt.ArrayLike) -> float:
    """Return the entropy corrected for kinds that were not seen, in nats.

    -sum Cp ln(Cp) / (1 - (1 - Cp)^N), with p = c / N, the Good-Turing coverage C = 1 - f_1 / N, and f_1 the number
    of kinds that occur once. Range [0, inf). Leaves about a third of the plug-in's bias when most kinds are unseen,
    and passes the truth by a little when few are. It takes occurrences for independent draws; words come in
    bunches within a document, so it still moves with the budget.

    Source: Chao and Shen 2003, Environmental and Ecological Statistics 10(4). When every kind occurs
    once, C would be 0; f_1 = N - 1 then, as in R's `entropy` package.

    Raises:
        ValueError: no occurrence, or a negative count.
    """
    p = shares("entropy_chao_shen", counts)
    occurrences = np.asarray(counts, dtype=np.float64)
    n = float(np.sum(occurrences))
    seen_once = min(int(np.count_nonzero(occurrences == 1)), n - 1)
    adjusted = (1 - seen_once / n) * p
    terms = adjusted * np.log(adjusted) / (1 - (1 - adjusted) ** n)
    return max(0.0, -float(np.sum(terms)))


def simpson(counts: npt.ArrayLike) -> float:
    """Return the probability that two draws are of one kind, without bias.

    sum c (c - 1) / (N (N - 1)), whose mean over independent draws is sum p^2 whatever the number of draws. Range
    [0, 1]; rises as a student narrows.

    Source: Simpson 1949, Nature 163, 688.

    Raises:
        ValueError: fewer than 2 occurrences, or a negative count.
    """
    occurrences = checked_counts("simpson", counts)
    n = float(np.sum(occurrences))
    if n < 2:
        raise ValueError(f"simpson: got {n:g} occurrence, want 2 or more to compare.")
    return float(occurrences @ (occurrences - 1)) / (n * (n - 1))


@dataclass(frozen=True, slots=True)
class Hill:
    """Entropy and Hill numbers of the n-grams of a view at its budget; four parts per length n.

    n/entropy  Chao-Shen entropy, in nats
    n/q0       kinds observed, without correction: moves with the budget most
    n/q1       exp of n/entropy
    n/q2       1 / `simpson`: settles first, at a few thousand words; sees common n-grams alone, so it falls late in
               a collapse

    At temperature 1 all rise while a model decays into noise: read them beside their human value.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "ngrams"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("hill: n", self.n)

    def measure(self, counts: Mapping[int, Counts], given: object) -> dict[str, float]:
        """Return entropy, q0, q1 and q2 for each length."""
        found: dict[str, float] = {}
        for n, (view, _) in counts.items():
            total = int(view.sum())
            if total == np.count_nonzero(view):  # none at all, or each occurs once
                raise ValueError(
                    f"hill: the view holds {total} {n}-grams and none twice, so q2 has no value. Give more text, or "
                    f"leave {n} out of n."
                )
            entropy = entropy_chao_shen(view)
            found |= {
                f"{n}/entropy": entropy,
                f"{n}/q0": hill_number(view, 0),
                f"{n}/q1": math.exp(entropy),
                f"{n}/q2": 1 / simpson(view),
            }
        return found
