"""Tail quotas: keep the texts with which rare human words keep their human share."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from evals.buckets import decade, decade_buckets, rarest_first
from evals.words import words
from loops.errors import StageError
from loops.filters.random import row_uniforms
from loops.filters.whole_filter import WholeFilter
from loops.given import Given
from loops.key import Key
from loops.rows import Rows
from loops.samples import Samples
from loops.verdicts import Verdicts

log = logging.getLogger(__name__)

MET = 1e-6
"""Shortfalls up to this share of the words are the solver's rounding."""
WHOLE = 1e-3
"""So are weights that are this near to 0 or to 1."""


class Chosen(NamedTuple):
    """How much of each text is kept, and by how much the quotas are missed."""

    weight: np.ndarray  # (n_texts,) in [0, 1]
    shortfall: float
    """Sum over quotas of the words that are missing, as a share of all words that there were."""


def choose(counts: np.ndarray, n_words: np.ndarray, quota: np.ndarray, min_keep_share: float) -> Chosen:
    """Keep as many words as can be kept with every quota met.

    `counts` (n_texts, n_buckets) are the words of each text in each bucket, `n_words` (n_texts,) all its words, `quota`
    (n_buckets,) the least share of each bucket. Two linear programs over weights w in [0, 1]: the first finds
    the least total shortfall, sum_b max(0, sum_i w_i (quota_b n_i - c_ib)), with at least `min_keep_share` of the words
    kept; the second the most words, sum_i w_i n_i, at that shortfall. By duality a text is kept whole if
    n_i + sum_b price_b (c_ib - quota_b n_i) > 0 and dropped if it is below, so at most n_buckets + 2 texts, as many as
    there are constraints, are kept in part.

    Raises:
        ValueError: no words.
    """
    from scipy.optimize import linprog

    total = n_words.sum()
    if not total > 0:
        raise ValueError("choose: the texts hold no words.")
    n_texts, n_buckets = counts.shape
    lacks = (quota * n_words[:, None] - counts).T / total  # (n_buckets, n_texts), words missing by each text
    rows = np.vstack([np.hstack([lacks, -np.eye(n_buckets)]), np.append(-n_words / total, np.zeros(n_buckets))])
    bound = np.append(np.zeros(n_buckets), -min_keep_share)
    short = np.append(np.zeros(n_texts), np.ones(n_buckets))
    limits = [(0, 1)] * n_texts + [(0, None)] * n_buckets
    least = linprog(short, rows, bound, bounds=limits, method="highs")
    assert least.success, least.message  # all texts are always allowed
    rows, bound = np.vstack([rows, short]), np.append(bound, least.fun + MET / 10)
    most = linprog(np.append(-n_words / total, np.zeros(n_buckets)), rows, bound, bounds=limits, method="highs")
    assert most.success, most.message
    weight = most.x[:n_texts]
    weight = np.where(weight < WHOLE, 0.0, np.where(weight > 1 - WHOLE, 1.0, weight))
    return Chosen(weight, float(least.fun) if least.fun > MET else 0.0)


def quotas(texts: Iterable[Sequence[str]], counts: Mapping[str, int]) -> dict[str, float]:
    """Return the share of human words that each decade bucket has in fresh text, but for never seen and most frequent.

    `texts` are the words of each human text and `counts` those of all together. Each text is left out in turn: a word
    of it lies in the bucket of how often the others hold it. The plain share would ask of words seen once what only the
    text holds that they were counted in.
    """
    found = Counter[str]()
    for text in texts:
        for word, count in Counter(text).items():
            found[decade(counts[word] - count)] += count
    buckets = sorted(set(decade_buckets(counts).values()), key=rarest_first)
    return {bucket: found[bucket] / found.total() for bucket in buckets[:-1]}


@dataclass(frozen=True, slots=True)
class TailQuota(WholeFilter):
    """Drops the texts that leave rare words less than their human share, and no more than it takes.

    Buckets divide the words of the human train split by how often it holds them: once, 2 to 3 times, 4 to 10, 11 to
    100, and so on. Each but the most frequent one has a quota, its share of human words (`quotas`): all shares
    together are 1, so one has to give way. Words that the human split does not hold count among all words and fill no
    quota. Texts without words are kept. The few texts that are kept in part have a weight below 1; the rule is
    `choose`. It adds nothing: words that no text has stay absent, and a text that repeats a rare word fills its quota.

    Source: ours, after the quotas by frequency of Infinity-Instruct (arXiv 2506.11116), which pick seeds by how rare
    their labels are; here quotas are human shares of words, in every generation.
    """

    min_keep_share: float
    """Where the quotas cannot be met with this share of the words, they are met as nearly as they can; in (0, 1]."""

    needs: ClassVar[tuple[str, ...]] = ("buckets", "human")
    changes: ClassVar[str] = "texts"

    def __post_init__(self) -> None:
        if not 0 < self.min_keep_share <= 1:
            raise ValueError(f"min_keep_share: got {self.min_keep_share}, want a share in (0, 1]. For 50% write 0.5")

    def judge_all(self, samples: Samples, given: Given, key: Key) -> Verdicts:
        """Judge all texts; the reason of a drop is `few_rare_words`. Its figure is the `shortfall` that is left.

        Raises:
            StageError: the human split fills one bucket alone, so there is no tail to hold.
        """
        counts: Mapping[str, int] = given.buckets["words"]
        human: Samples = given.human.samples() if isinstance(given.human, Rows) else given.human
        quota = quotas(map(words, human.texts()), counts)
        if not quota:
            raise StageError(
                f"filters.tail_quota: all {len(counts):,} words of the human train split lie in one bucket, so none is "
                "rarer than another. Give a larger source."
            )
        order = np.argsort(row_uniforms(samples, key))  # which of equal texts go does not depend on where they stand
        texts = [words(text) for text in samples.select(order).texts()]
        n_words = np.array([len(text) for text in texts], float)
        if not n_words.any():
            return Verdicts.of([None] * len(samples), figures={"shortfall": 0.0})
        chosen = choose(_counts(texts, counts, list(quota)), n_words, np.array([*quota.values()]), self.min_keep_share)
        if chosen.shortfall:
            log.warning(
                "filters.tail_quota: with %.0f%% of the words kept the quotas are missed by %.2g of all words; draw "
                "more, or lower min_keep_share", 100 * self.min_keep_share, chosen.shortfall,
            )  # fmt: skip
        weight = np.ones(len(samples))
        weight[order] = np.where(n_words > 0, chosen.weight, 1)
        reasons = [None if share else "few_rare_words" for share in weight.tolist()]
        return Verdicts.of(reasons, weight, {"shortfall": chosen.shortfall})


def _counts(texts: Sequence[Sequence[str]], counts: Mapping[str, int], buckets: Sequence[str]) -> np.ndarray:
    """Return the words of each text in each bucket, (n_texts, n_buckets)."""
    place = {bucket: i for i, bucket in enumerate(buckets)}
    of_word = {word: place[bucket] for word, bucket in decade_buckets(counts).items() if bucket in place}
    found = [[of_word[word] for word in text if word in of_word] for text in texts]
    return np.array([np.bincount(np.array(each, int), minlength=len(buckets)) for each in found], float)
