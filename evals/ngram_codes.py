"""N-grams as whole numbers: two n-grams are equal when their codes are, which makes counting them fast."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evals.documents import Documents

Numbers = npt.NDArray[np.int32]

_LARGEST = 2**63


class Codes(NamedTuple):
    """All n-grams of some documents, in order."""

    ngram: Numbers
    """Equal numbers are equal n-grams, within one result of `ngram_codes`; from 0 up."""
    document: Numbers
    """Place of the document that the n-gram lies in."""


class DocumentCounts(NamedTuple):
    """How often each n-gram occurs in each document that holds it; sorted by n-gram, then by document."""

    kind: Numbers
    """Number of the n-gram, from 0 up."""
    document: Numbers
    """Place of the document."""
    occurrences: Numbers
    """How often it occurs there, 1 or more."""


Rows = TypeVar("Rows", Codes, DocumentCounts)


def check_lengths(name: str, lengths: Sequence[int]) -> None:
    """Raise ValueError unless there are n-gram lengths, each 1 or more and named once."""
    if not lengths or min(lengths) < 1 or len(set(lengths)) < len(lengths):
        raise ValueError(f"{name} is {list(lengths)}, want one or more lengths, each at least 1 and named once.")


def ngram_codes(documents: Sequence[Sequence[Hashable]], lengths: Sequence[int]) -> dict[int, Codes]:
    """Return the n-grams of every length asked for, none of which crosses a border between documents.

    An n-gram is numbered by the digits that its words make in the base of the vocabulary, renumbered from 0 in the end
    and whenever the next digit could pass 63 bits. N-grams of a part of `Documents` have the numbers that they have in
    the whole, which are found once for all parts.

    Raises:
        ValueError: no lengths, a length below 1, or one named twice.
    """
    check_lengths("ngram_codes: lengths", lengths)
    found = Documents.of(documents)
    whole: dict[int, Codes] = _once(found, ("codes", *lengths), lambda whole: _codes(whole, lengths))
    return {n: _in_part(found, codes) for n, codes in whole.items()}


def document_counts(documents: Sequence[Sequence[Hashable]], n: int) -> DocumentCounts:
    """Count the occurrences of each n-gram in each document, one entry for each pair that occurs.

    A part of `Documents` is counted as the whole is, once for all parts.

    Raises:
        ValueError: n below 1.
    """
    check_lengths("document_counts: n", [n])
    found = Documents.of(documents)
    counts: DocumentCounts = _once(found, ("document_counts", n), lambda whole: _document_counts(whole, n))
    return _in_part(found, counts)


def _once(documents: Documents[Hashable], key: Hashable, make: Callable[[Documents[Hashable]], Any]) -> Any:
    """Return what is made of the whole that these are a part of, or of themselves, and make it only once."""
    whole = documents if documents.whole is None else documents.whole
    if key not in whole.numbered:
        whole.numbered[key] = make(whole)
    return whole.numbered[key]


def _in_part(documents: Documents[Hashable], rows: Rows) -> Rows:
    """Keep what lies in the documents of a part, which are numbered anew."""
    if documents.whole is None:
        return rows
    number = np.full(len(documents.whole), -1, np.int32)
    number[documents.places] = np.arange(len(documents), dtype=np.int32)
    document = number[rows.document]
    kept = document >= 0
    return type(rows)(*(column[kept] for column in rows._replace(document=document)))


def _codes(documents: Documents[Hashable], lengths: Sequence[int]) -> dict[int, Codes]:
    document = np.repeat(np.arange(len(documents), dtype=np.int32), documents.sizes)
    base = max(len(documents.vocabulary), 1)
    code, n_codes = documents.word.astype(np.int64), base
    found = {1: Codes(documents.word, document)}
    for n in range(2, max(lengths) + 1):
        if n_codes * base > _LARGEST:
            code = _renumbered(code).astype(np.int64)
            n_codes = int(code.max(initial=0)) + 1
        starts = document[: max(0, len(document) - n + 1)]
        inside = starts == document[n - 1 :]  # starts and ends in one document
        code, n_codes = code[: len(code) - 1] * base + documents.word[n - 1 :], n_codes * base
        if n in lengths:
            found[n] = Codes(_renumbered(code[inside]), starts[inside])
    return {n: found[n] for n in lengths}


def _renumbered(codes: npt.NDArray[np.int64]) -> Numbers:
    """Return numbers from 0 without gaps, equal where the codes are; a hash table is twice as fast as sorting."""
    numbers: Numbers = pa.array(codes).dictionary_encode().indices.to_numpy()
    return numbers


def _document_counts(documents: Documents[Hashable], n: int) -> DocumentCounts:
    kind, document = _codes(documents, [n])[n]
    n_documents = np.int64(max(len(documents), 1))
    pairs, occurrences = np.unique(kind * n_documents + document, return_counts=True)
    kind = (pairs // n_documents).astype(np.int32)
    return DocumentCounts(kind, (pairs - kind * n_documents).astype(np.int32), occurrences.astype(np.int32))
