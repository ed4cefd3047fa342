"""How often each n-gram occurs: in a view, in any part of its documents, and in the reference beside it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evals.ngram_codes import ngram_codes

IntArray = npt.NDArray[np.int64]


class Counts(NamedTuple):
    """Occurrences of each kind of event; every kind of the whole view and of the reference has its place."""

    view: IntArray
    """Occurrences in the view; 0 for a kind that only the reference, or a part left out, holds.  # (n_kinds,)"""
    reference: IntArray
    """Occurrences in the reference; all 0 where there is none.  # (n_kinds,)"""


class _Length(NamedTuple):
    kind: IntArray  # (n_occurrences of the view,) place of the n-gram among the kinds
    document: IntArray  # (n_occurrences of the view,)
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
        numbered = {}
        for n, codes in ngram_codes([*documents, *reference], lengths).items():
            kinds, kind = np.unique(codes.ngram, return_inverse=True)
            in_view = np.searchsorted(codes.document, len(documents))  # documents stand in order
            beside = np.bincount(kind[in_view:], minlength=len(kinds))
            numbered[n] = _Length(kind[:in_view], codes.document[:in_view], beside)
        return cls(len(documents), numbered)

    def __len__(self) -> int:
        return self.n_documents

    def counts(self, documents: Sequence[int] | None = None) -> dict[int, Counts]:
        """Count, for each length, over the documents at these places, each taken once; None: over all."""
        found = {}
        taken = np.zeros(self.n_documents, bool)
        taken[slice(None) if documents is None else np.asarray(documents, np.int64)] = True
        for n, (kind, document, reference) in self.lengths.items():
            inside = kind if documents is None else kind[taken[document]]
            found[n] = Counts(np.bincount(inside, minlength=len(reference)), reference)
        return found
