"""Rarefaction: the same number of words, from documents cut alike, for all that is compared.

Whatever counts distinct or repeated things moves with the amount of text, so two figures made from different
amounts say nothing about each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def rarefy(
    documents: Sequence[Sequence[T]], n_words: int, max_words: int, rng: np.random.Generator
) -> list[Sequence[T]]:
    """Shuffle the documents, cut each at `max_words`, and take them until there are exactly `n_words`.

    The last document taken is cut where the budget ends; documents without words are left out. The cut at
    `max_words` makes documents alike: within a long text words repeat more than across texts.

    Args:
        documents: one sequence of words per document.
        n_words: the budget N; the same for every view and for the human text beside them.
        max_words: the cut L; the same for all likewise.
        rng: decides the order.

    Raises:
        ValueError: fewer than `n_words` words in all, after the cut; or a budget below 1.
    """
    _check_budget("rarefy: n_words", n_words)
    _check_budget("rarefy: max_words", max_words)
    available = sum(min(len(document), max_words) for document in documents)
    if available < n_words:
        raise ValueError(
            f"rarefy: {available:,} of {n_words:,} words in {len(documents):,} documents, each counted up to "
            f"{max_words:,} words. Draw more text, or lower n_words for all that is compared."
        )
    taken: list[Sequence[T]] = []
    missing = n_words
    for place in rng.permutation(len(documents)):
        document = documents[place][: min(max_words, missing)]
        if len(document):
            taken.append(document)
            missing -= len(document)
        if not missing:
            break
    return taken


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
