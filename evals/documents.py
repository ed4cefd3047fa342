"""Documents as numbers: each word once, and which of them stands where; what counts words reads no strings."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=Hashable)
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Documents(Sequence[Sequence[T]], Generic[T]):
    """Some documents, each a sequence of words; ten million words take 40 MB."""

    word: npt.NDArray[np.int32]
    """The words of all documents end to end, each by its place in the vocabulary.  # (n_words,)"""
    sizes: IntArray
    """Words of each document.  # (n_documents,)"""
    vocabulary: Sequence[T]
    """Different words; some may stand in no document."""
    whole: Documents[T] | None = None
    """What these are a part of, where its n-grams have been numbered once for all its parts."""
    places: IntArray | None = None
    """Their places in the whole, in order.  # (n_documents,)"""
    numbered: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    """Their n-grams, once somebody has asked for them; kept by `evals.ngram_codes`."""

    @classmethod
    def of(cls, documents: Iterable[Sequence[T]]) -> Documents[T]:
        """Number the words by their first occurrence."""
        if isinstance(documents, Documents):
            return documents
        sizes = array("q")

        def noted() -> Iterator[Sequence[T]]:
            for document in documents:
                sizes.append(len(document))
                yield document

        number: defaultdict[T, int] = defaultdict()
        number.default_factory = number.__len__
        word = np.fromiter(map(number.__getitem__, chain.from_iterable(noted())), dtype=np.int32)
        return cls(word, np.array(sizes, np.int64), list(number))

    def __len__(self) -> int:
        return len(self.sizes)

    @overload
    def __getitem__(self, place: int) -> Sequence[T]: ...

    @overload
    def __getitem__(self, place: slice) -> Documents[T]: ...

    def __getitem__(self, place: int | slice) -> Sequence[T] | Documents[T]:
        if isinstance(place, slice):
            places = np.arange(len(self))[place]
            return self.cut(places, self.sizes[places])
        start = self.starts[place]
        return [self.vocabulary[number] for number in self.word[start : start + self.sizes[place]].tolist()]

    def __iter__(self) -> Iterator[Sequence[T]]:
        return (self[place] for place in range(len(self)))

    @cached_property
    def starts(self) -> IntArray:
        """Return where in `word` each document begins, (n_documents,)."""
        return np.cumsum(self.sizes) - self.sizes

    def cut(self, places: IntArray, sizes: IntArray) -> Documents[T]:
        """Return the documents at some places, in that order, the first words of each."""
        return Documents(self.word[runs(self.starts[places], sizes)], sizes, self.vocabulary)

    def head(self, n_words: int) -> Documents[T]:
        """Return the first documents, of which the last is cut where there are that many words."""
        ends = np.minimum(np.cumsum(self.sizes), n_words)
        sizes = np.diff(ends, prepend=0)
        return Documents(self.word[:n_words], sizes[: np.searchsorted(ends, n_words) + 1], self.vocabulary)

    def part(self, places: Sequence[int]) -> Documents[T]:
        """Return the documents at some places, which rise; n-grams of parts are numbered once, in the whole."""
        found = np.asarray(places, np.int64)
        assert self.whole is None, "a part has no parts"
        assert np.all(np.diff(found) > 0), "places of a part rise"
        inside = np.zeros(len(self), bool)
        inside[found] = True
        return Documents(self.word[np.repeat(inside, self.sizes)], self.sizes[found], self.vocabulary, self, found)

    def counts(self) -> dict[T, int]:
        """Return how often each word occurs, of those that do."""
        counts = np.bincount(self.word, minlength=len(self.vocabulary)).tolist()
        return {word: count for word, count in zip(self.vocabulary, counts, strict=True) if count}

    def followed_by(self, others: Documents[T]) -> Documents[T]:
        """Return these documents and then others, numbered alike."""
        number = {word: place for place, word in enumerate(self.vocabulary)}
        theirs = np.array([number.setdefault(word, len(number)) for word in others.vocabulary], np.int32)
        sizes = np.concatenate([self.sizes, others.sizes])
        return Documents(np.concatenate([self.word, theirs[others.word]]), sizes, list(number))


def runs(starts: IntArray, sizes: IntArray) -> IntArray:
    """Return the places start, start + 1, ... of each run, one run after the other."""
    ends = np.cumsum(sizes)
    return np.repeat(starts - ends + sizes, sizes) + np.arange(ends[-1] if len(ends) else 0)
