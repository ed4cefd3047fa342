"""Self-BLEU: how well the other texts of a student foretell the n-grams of each one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from evals.documents import Documents, IntArray
from evals.ngram_codes import DocumentCounts, check_lengths, document_counts

FloatArray = npt.NDArray[np.float64]

_EPSILON = 0.1  # matches counted where there are none: method 1 of Chen and Cherry 2014


def self_bleu(documents: Sequence[Sequence[Hashable]], orders: Sequence[int]) -> dict[str, float]:
    """Return, for each order n, the mean BLEU-n of a text against all other texts, under two names.

    n                     with the brevity penalty
    n/no_brevity_penalty  without it, where a text is not punished for being shorter than the closest other one

    BLEU-n of one text is exp(mean of ln p_k over k = 1..n) times the penalty min(1, exp(1 - r / c)): p_k is the share
    of its k-grams that another text holds, each counted at most as often as in the one text that holds it most; c is
    its length and r the closest length of another text, the shorter of two. A p_k without matches counts 0.1 of
    one; a text that shares no word has 0. Range [0, 1]; rises as texts become alike. Rises with the number of
    texts and with their length as well, so compare at equal budgets only.

    Equal to NLTK's `sentence_bleu` with uniform weights and `SmoothingFunction().method1` against the others. The time
    it takes grows with the words of all texts, not with pairs of texts: what the others hold at most of a k-gram is
    the largest count in one text or, for that text itself, the second largest.

    Source: Zhu et al. 2018 (arXiv 1802.01886), smoothed as in their Texygen. Deviation: Texygen's
    serial path leaves a text among its own references, here none is.

    Raises:
        ValueError: fewer than 2 texts, a text without words, or an order below 1.
    """
    check_lengths("self_bleu: n", orders)
    texts = Documents.of(documents)
    sizes = texts.sizes
    if len(sizes) < 2 or not np.all(sizes):
        raise ValueError(
            f"self_bleu: got {len(sizes)} texts, {np.sum(sizes == 0)} of them without words, want 2 or more, each with "
            "1 word or more."
        )
    lengths = range(1, max(orders) + 1)
    matches = np.array([_matches(document_counts(texts, n), len(sizes)) for n in lengths])  # (max order, n_texts)
    totals = np.array([sizes - n + 1 for n in lengths])  # 0 or less in a text that is shorter
    log_precision = np.log(np.where(matches > 0, matches, _EPSILON) / np.maximum(totals, 1))
    penalty = _brevity_penalty(sizes)
    found: dict[str, float] = {}
    for n in orders:
        bleu = np.where(matches[0] > 0, np.exp(np.mean(log_precision[:n], axis=0)), 0.0)
        found[str(n)] = float(np.mean(penalty * bleu))
        found[f"{n}/no_brevity_penalty"] = float(np.mean(bleu))
    return found


@dataclass(frozen=True, slots=True)
class SelfBLEU:
    """Self-BLEU of the first texts of a view at its budget; see `self_bleu` for the parts.

    Texts come shuffled with a key, so the first are a random sample. Views are alike in the number of texts only
    where each holds `max_texts`: one with fewer has a lower Self-BLEU for that reason alone.
    """

    n: tuple[int, ...]
    """Orders of BLEU, each 1 or more and named once: n counts k-grams up to k = n."""
    max_texts: int
    """Texts taken of a view, 2 or more; of a view with fewer, all."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "jackknife"
    better: ClassVar[Mapping[str, str]] = {"*": "human"}

    def __post_init__(self) -> None:
        check_lengths("self_bleu: n", self.n)
        if self.max_texts < 2:
            raise ValueError(f"self_bleu: max_texts is {self.max_texts}, want 2 or more; 500 is usual.")

    def measure(self, documents: Sequence[Sequence[Hashable]], given: object) -> dict[str, float]:
        """Return Self-BLEU of the first `max_texts` documents."""
        return self_bleu(documents[: self.max_texts], self.n)


def _matches(counts: DocumentCounts, n_documents: int) -> IntArray:
    """Count, for each document, its n-grams that another one holds, each up to the most that another one holds."""
    kind, document, count = counts
    order = np.lexsort((count, kind))
    kind, document, count = kind[order], document[order], count[order]
    is_largest = np.append(kind, -1)[1:] != kind
    second = np.where(np.append(-1, kind)[:-1] == kind, np.append(0, count)[:-1], 0)  # right where is_largest
    largest = np.zeros(int(kind.max(initial=-1)) + 1, count.dtype)
    largest[kind[is_largest]] = count[is_largest]
    elsewhere = np.where(is_largest, second, largest[kind])
    matched = np.bincount(document, weights=np.minimum(count, elsewhere), minlength=n_documents)
    return matched.astype(np.int64)


def _brevity_penalty(sizes: IntArray) -> FloatArray:
    """Return min(1, exp(1 - r / c)) for each text, r the closest length of another one, the shorter of two."""
    length, place, n_texts = np.unique(sizes, return_inverse=True, return_counts=True)
    below, above = np.append(-np.inf, length[:-1]), np.append(length[1:], np.inf)
    nearest = np.where(length - below <= above - length, below, above)
    closest = np.where(n_texts > 1, length, nearest)
    return np.asarray(np.minimum(1, np.exp(1 - closest / length))[place])
