"""Cluster caps: no region of what was drawn holds more texts than its human share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loops.filters.random import row_uniforms
from loops.filters.whole_filter import WholeFilter
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.verdicts import Verdicts


def caps(human: np.ndarray, n_clusters: int, n_drawn: int, max_ratio: float) -> np.ndarray:
    """Return how many of `n_drawn` texts each cluster may hold, (n_clusters,), from the clusters of human texts.

    floor(max_ratio * n_drawn * human share), and at least 1, so that a region without human text is thinned and not
    emptied.

    Raises:
        ValueError: no human texts.
    """
    if not len(human):
        raise ValueError("caps: got no human texts, want at least one to say how large a cluster may be.")
    share = np.bincount(human, minlength=n_clusters) / len(human)
    # A cap that is a whole number but for rounding is that number.
    return np.maximum(np.floor(max_ratio * n_drawn * share + 1e-9), 1).astype(int)


def first_of_each(cluster: np.ndarray, cap: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return whether each text is among the first `cap` of its cluster by `rank`, (n_texts,) of bool."""
    order = np.lexsort((rank, cluster))
    starts = np.searchsorted(cluster[order], np.arange(len(cap)))
    kept = np.zeros(len(cluster), bool)
    kept[order] = np.arange(len(cluster)) - starts[cluster[order]] < cap[cluster[order]]
    return kept


@dataclass(frozen=True, slots=True)
class ClusterCap(WholeFilter):
    """Drops texts at random from clusters that hold more of what was drawn than of human train text.

    k-means (Lloyd, k-means++ seeds, one start) clusters the drawn texts in the space of the run's embedder; each human
    train text belongs to the nearest centre. A cap relative to the human share, since regions differ in size
    among human texts too: one number for all would cut what people write often, and pass a flood in a rare region.

    Source: ours, after the cap on semantic clusters of SemDeDup (Abbas et al. 2023, arXiv 2303.09540) and the
    cluster-size penalty of R-Zero (Huang et al. 2025, arXiv 2508.05004); theirs compare texts with each other, not with
    human shares.
    """

    n_clusters: int
    """Clusters; at most as many as there are different embeddings."""
    max_ratio: float
    """Largest size of a cluster, in multiples of its human share of all drawn texts; above 0."""

    needs: ClassVar[tuple[str, ...]] = ("embeddings", "human_embeddings")
    changes: ClassVar[str] = "texts"

    def __post_init__(self) -> None:
        if self.n_clusters < 2 or not self.max_ratio > 0:
            raise ValueError(f"want n_clusters >= 2 and max_ratio > 0, got {self.n_clusters} and {self.max_ratio}")

    def judge_all(self, samples: Samples, given: Given, key: Key) -> Verdicts:
        """Judge all texts; the reason of a drop is `crowded`."""
        from sklearn.cluster import KMeans

        uniforms = row_uniforms(samples, key)
        order = np.argsort(uniforms)  # k-means depends on the order of its rows
        drawn = np.asarray(given.embeddings["embeddings"], float)[order]
        k = min(self.n_clusters, len(np.unique(drawn, axis=0)))
        means = KMeans(k, n_init=1, random_state=key.fold("k-means").seed()).fit(drawn)
        human = means.predict(np.asarray(given.human_embeddings["embeddings"], float))
        cluster = np.empty(len(samples), int)
        cluster[order] = means.labels_
        kept = first_of_each(cluster, caps(human, k, len(samples), self.max_ratio), uniforms)
        return Verdicts.of([None if keep else "crowded" for keep in kept.tolist()])
