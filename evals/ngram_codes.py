"""N-grams as whole numbers: two n-grams are equal when their codes are, which makes counting them fast."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

_LARGEST = 2**63


class Codes(NamedTuple):
    """All n-grams of some documents, in order."""

    ngram: IntArray
    """Equal numbers are equal n-grams, within one result of `ngram_codes`."""
    document: IntArray
    """Place of the document that the n-gram lies in."""


class DocumentCounts(NamedTuple):
    """How often each n-gram occurs in each document that holds it; sorted by n-gram, then by document."""

    kind: IntArray
    """Number of the n-gram, from 0 without gaps."""
    document: IntArray
    """Place of the document."""
    occurrences: IntArray
    """How often it occurs there, 1 or more."""


def check_lengths(name: str, lengths: Sequence[int]) -> None:
    """Raise ValueError unless there are n-gram lengths, each 1 or more and named once."""
    if not lengths or min(lengths) < 1 or len(set(lengths)) < len(lengths):
        raise ValueError(f"{name} is {list(lengths)}, want one or more lengths, each at least 1 and named once.")


def ngram_codes(documents: Sequence[Sequence[Hashable]], lengths: Sequence[int]) -> dict[int, Codes]:
    """Return the n-grams of every length asked for, none of which crosses a border between documents.

    A word is numbered by its first occurrence, and an n-gram by the digits that its words make in the base of
    the vocabulary, renumbered from 0 whenever the next digit could pass 63 bits.

    Raises:
        ValueError: no lengths, a length below 1, or one named twice.
    """
    check_lengths("ngram_codes: lengths", lengths)
    sizes = np.array([len(document) for document in documents], dtype=np.int64)
    document = np.repeat(np.arange(len(sizes)), sizes)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(documents)))}
    number_of = map(vocabulary.__getitem__, chain.from_iterable(documents))
    word = np.fromiter(number_of, dtype=np.int64, count=int(sizes.sum()))
    base = max(len(vocabulary), 1)
    code, n_codes = word, base
    found = {1: Codes(code, document)}
    for n in range(2, max(lengths) + 1):
        if n_codes * base > _LARGEST:
            kinds, code = np.unique(code, return_inverse=True)
            n_codes = max(len(kinds), 1)
        starts = document[: max(0, len(document) - n + 1)]
        inside = starts == document[n - 1 :]  # starts and ends in one document
        code, n_codes = code[: len(code) - 1] * base + word[n - 1 :], n_codes * base
        found[n] = Codes(code[inside], starts[inside])
    return {n: found[n] for n in lengths}


def document_counts(codes: Codes) -> DocumentCounts:
    """Count the occurrences of each n-gram in each document, one entry for each pair that occurs."""
    kinds, kind = np.unique(codes.ngram, return_inverse=True)
    n_documents = int(codes.document[-1]) + 1 if len(kinds) else 1  # documents stand in order
    pairs, occurrences = np.unique(kind * n_documents + codes.document, return_counts=True)
    return DocumentCounts(pairs // n_documents, pairs % n_documents, occurrences)
