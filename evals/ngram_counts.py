"""How often each n-gram occurs: in a view, in any part of its documents, and in the reference beside it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.documents import Documents, runs
from evals.ngram_codes import ngram_codes

IntArray = npt.NDArray[np.int64]


class Counts(NamedTuple):
    """Occurrences of each kind of event; every kind of the whole view and of the reference has its place."""

    view: IntArray
    """Occurrences in the view; 0 for a kind that only the reference, or a part left out, holds.  # (n_kinds,)"""
    reference: IntArray
    """Occurrences in the reference; all 0 where there is none.  # (n_kinds,)"""


class _Length(NamedTuple):
    kind: npt.NDArray[np.int32]  # (n_occurrences of the view,) number of the n-gram, document after document
    borders: IntArray  # (n_documents + 1,) where each document's begin
    view: IntArray  # (n_kinds,)
    reference: IntArray  # (n_kinds,)


@dataclass(frozen=True, eq=False)
class NgramCounts:
    """The n-grams of a view, numbered once together with the reference's, to be counted over any of its documents.

    None crosses a border between documents. A jackknife counts twenty parts of a view: sorting n-grams is what costs,
    and is done once.
    """

    n_documents: int
    lengths: Mapping[int, _Length]

    @classmethod
    def of(
        cls,
        documents: Sequence[Sequence[Hashable]],
        lengths: Sequence[int],
        reference: Sequence[Sequence[Hashable]] = (),
    ) -> NgramCounts:
        """Number the n-grams of every length asked for.

        Raises:
            ValueError: no lengths, a length below 1, or one named twice.
        """
        view = Documents.of(documents)
        n_documents, both = len(view), view.followed_by(Documents.of(reference)) if len(reference) else view
        numbered = {}
        for n, codes in ngram_codes(both, lengths).items():
            borders = np.searchsorted(codes.document, np.arange(n_documents + 1))  # documents stand in order
            kind, theirs = np.split(codes.ngram, [borders[-1]])
            n_kinds = int(codes.ngram.max(initial=-1)) + 1
            counts = [np.bincount(each, minlength=n_kinds) for each in (kind, theirs)]
            numbered[n] = _Length(kind, borders, *counts)
        return cls(n_documents, numbered)

    def __len__(self) -> int:
        return self.n_documents

    def counts(self, documents: Sequence[int] | None = None) -> dict[int, Counts]:
        """Count, for each length, over the documents at these places, each taken once; None: over all."""
        if documents is None:
            return {n: Counts(length.view, length.reference) for n, length in self.lengths.items()}
        taken = np.zeros(self.n_documents, bool)
        taken[np.asarray(documents, np.int64)] = True
        most = 2 * np.count_nonzero(taken) > self.n_documents  # then it is quicker to count the others and subtract
        fewer = np.flatnonzero(~taken if most else taken)
        found = {}
        for n, (kind, borders, view, reference) in self.lengths.items():
            inside = kind[runs(borders[fewer], borders[fewer + 1] - borders[fewer])]
            counted = np.bincount(inside, minlength=len(view))
            found[n] = Counts(view - counted if most else counted, reference)
        return found
