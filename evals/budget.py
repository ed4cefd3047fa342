"""Rarefaction: the same number of words, from documents cut alike, for all that is compared.

Whatever counts distinct or repeated things moves with the amount of text, so two figures made from different
amounts say nothing about each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np

from evals.documents import Documents

T = TypeVar("T", bound=Hashable)


def rarefy(
    documents: Sequence[Sequence[T]], n_words: int, max_words: int, rng: np.random.Generator
) -> Sequence[Sequence[T]]:
    """Shuffle the documents, cut each at `max_words`, and take them until there are exactly `n_words`.

    The last document taken is cut where the budget ends; documents without words are left out. The cut at
    `max_words` makes documents alike: within a long text words repeat more than across texts.

    Args:
        documents: one sequence of words per document; `Documents` come back as such.
        n_words: the budget N; the same for every view and for the human text beside them.
        max_words: the cut L; the same for all likewise.
        rng: decides the order.

    Raises:
        ValueError: fewer than `n_words` words in all, after the cut; or a budget below 1.
    """
    _check_budget("rarefy: n_words", n_words)
    _check_budget("rarefy: max_words", max_words)
    found = documents if isinstance(documents, Documents) else None
    sizes = np.array([len(document) for document in documents], np.int64) if found is None else found.sizes
    cut = np.minimum(sizes, max_words)
    available = int(cut.sum())
    if available < n_words:
        raise ValueError(
            f"rarefy: {available:,} of {n_words:,} words in {len(documents):,} documents, each counted up to "
            f"{max_words:,} words. Draw more text, or lower n_words for all that is compared."
        )
    order = rng.permutation(len(sizes))
    order = order[cut[order] > 0]
    words = np.minimum(np.cumsum(cut[order]), n_words)  # taken once each document is
    n_taken = int(np.searchsorted(words, n_words)) + 1
    places, lengths = order[:n_taken], np.diff(words[:n_taken], prepend=0)
    if found is not None:
        return found.cut(places, lengths)
    return [documents[place][:length] for place, length in zip(places.tolist(), lengths.tolist(), strict=True)]


def short_share(documents: Sequence[Sequence[T]], max_words: int) -> float:
    """Return the share of documents with fewer than `max_words` words. Range [0, 1].

    When it is above 0.05 for one view only, the cut does not make the views alike: say so beside the figure.

    Raises:
        ValueError: no documents, or `max_words` below 1.
    """
    _check_budget("short_share: max_words", max_words)
    if not len(documents):
        raise ValueError("short_share: got no documents, want at least 1.")
    return sum(len(document) < max_words for document in documents) / len(documents)


def _check_budget(name: str, words: int) -> None:
    if words < 1:
        raise ValueError(f"{name} is {words}, want 1 or more.")
