"""Self-repetition: how often the n-grams of a text stand in other texts of the same student."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.documents import Documents
from evals.ngram_codes import check_lengths, document_counts


def self_repetition(documents: Sequence[Sequence[Hashable]], lengths: Sequence[int]) -> dict[str, float]:
    """Return, for each n, the mean over texts of ln(1 + how many other texts hold its n-grams).

    For one text, the number of other texts that hold an n-gram is summed over its different n-grams. Range
    [0, inf); rises as texts share phrases. Rises with the number of texts and their length as well, so compare at
    equal budgets only. A text shorter than n shares nothing and counts as 0.

    Source: Salkar et al. 2022, "Self-repetition in abstractive neural summarizers", as in Shaib et al. 2024
    (arXiv 2403.00553), whose package `diversity` gives the same.

    Raises:
        ValueError: fewer than 2 texts, no n-gram of one of the lengths, or a length below 1.
    """
    n_documents = len(documents)
    if n_documents < 2:
        raise ValueError(f"self_repetition: got {n_documents} texts, want 2 or more.")
    check_lengths("self_repetition: n", lengths)
    texts, found = Documents.of(documents), dict[str, float]()
    for n in lengths:
        kind, document, _ = document_counts(texts, n)
        if not len(kind):
            raise ValueError(
                f"self_repetition: no text has {n} words, want 1 or more {n}-grams. Give longer texts, or leave {n} "
                "out of n."
            )
        others = np.bincount(kind)[kind] - 1
        found[str(n)] = float(np.mean(np.log1p(np.bincount(document, weights=others, minlength=n_documents))))
    return found


@dataclass(frozen=True, slots=True)
class SelfRepetition:
    """Self-repetition of a view at its budget; one part per length, named by it.

    Where nothing is repeated there is no interval: how rare repeats vary cannot be seen in texts without one.
    """

    n: tuple[int, ...]
    """Lengths of the n-grams, each 1 or more and named once."""

    kinds: ClassVar[tuple[str, ...]] = ("text", "array")
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("self_repetition: n", self.n)

    def measure(self, documents: Sequence[Sequence[Hashable]], given: object) -> dict[str, float]:
        """Return the mean over documents for each length."""
        return self_repetition(documents, self.n)
