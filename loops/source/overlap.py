"""What texts share: word n-grams and whole wording, exactly, without comparing every pair.

Words are those of `evals.words` that begin with a letter or a digit, with case folded: a ruled line of dashes
is not a shared passage. An n-gram is named by a whole number, equal where the words are equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.words import words

JACCARD_N = 3
PAD = 0
NO_GRAM = -1


@dataclass(frozen=True, eq=False)
class WordStream:
    """The words of many texts end to end, as whole numbers."""

    word: np.ndarray  # (n_words,) int64, at least 1
    text: np.ndarray  # (n_words,) int64, index of the text, ascending
    n_texts: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> WordStream:
        """Cut texts into words and number them."""
        number: dict[str, int] = {}
        flat, lengths = array("q"), array("q")
        for text in texts:
            found = compared_words(text)
            flat.extend(number.setdefault(word, len(number) + 1) for word in found)
            lengths.append(len(found))
        text_of = np.repeat(np.arange(len(texts)), np.array(lengths, np.int64))
        return cls(np.array(flat, np.int64), text_of, len(texts))

    def grams(self, n: int) -> np.ndarray:
        """Name the n-gram that starts at each word, NO_GRAM where its text ends first, (n_words,) int64."""
        named = np.full(len(self.word), NO_GRAM, np.int64)
        starts = len(self.word) - n + 1
        if starts > 0:
            whole = self.text[:starts] == self.text[n - 1 :]
            named[:starts] = np.where(whole, _named_runs(self.word, n), NO_GRAM)
        return named

    def padded(self, n: int) -> WordStream:
        """Fill up texts of 1 to n - 1 words, so that each has one n-gram: all that it says."""
        lengths = np.bincount(self.text, minlength=self.n_texts)
        missing = np.where(lengths > 0, np.maximum(n - lengths, 0), 0)
        after = np.repeat(np.cumsum(lengths), missing)
        text = np.insert(self.text, after, np.repeat(np.arange(self.n_texts), missing))
        return WordStream(np.insert(self.word, after, PAD), text, self.n_texts)


def compared_words(text: str) -> list[str]:
    """Return the words by which texts are compared: no punctuation, case folded."""
    return [word.casefold() for word in words(text) if word[0].isalnum()]


def shares_ngram(stream: WordStream, train: np.ndarray, n: int) -> np.ndarray:
    """Say of each text whether it has a word n-gram that a train text has, (n_texts,) of bool.

    Args:
        stream: all texts.
        train: which of them are train texts, (n_texts,) of bool.
        n: length of the n-grams.
    """
    gram = stream.grams(n)
    in_train = train[stream.text] & (gram != NO_GRAM)
    shared = np.isin(gram, gram[in_train]) & (gram != NO_GRAM)
    found = np.zeros(stream.n_texts, bool)
    found[stream.text[shared]] = True
    return found


def share_in_train(stream: WordStream, train: np.ndarray, held: np.ndarray, n: int) -> float | None:
    """Return the share of the n-gram occurrences of `held` texts that train has too; None: there are none."""
    gram = stream.grams(n)
    exists = gram != NO_GRAM
    ours = gram[held[stream.text] & exists]
    return float(np.isin(ours, gram[train[stream.text] & exists]).mean()) if len(ours) else None


def is_near(stream: WordStream, train: np.ndarray, held: np.ndarray, jaccard: float) -> np.ndarray:
    """Say which `held` texts are as near to a train text as `jaccard`, (n_texts,) of bool.

    Jaccard similarity of the sets of word 3-grams; a text of one or two words is one gram. Exact: two sets
    this near must share one of their |set| - ceil(jaccard |set|) + 1 rarest grams, so only texts that do are
    compared (prefix filtering: Chaudhuri et al. 2006, "A primitive operator for similarity joins").

    Args:
        stream: all texts.
        train: which of them are train texts, (n_texts,) of bool.
        held: which are held out, (n_texts,) of bool.
        jaccard: the limit, in (0, 1].
    """
    padded = stream.padded(JACCARD_N)
    sets = _gram_sets(padded.grams(JACCARD_N), padded.text, stream.n_texts)
    near = np.zeros(stream.n_texts, bool)
    holders: dict[int, list[int]] = {
        gram: [] for index in np.flatnonzero(held) for gram in _rarest(sets[index], jaccard)
    }
    for index in np.flatnonzero(train):
        for gram in _rarest(sets[index], jaccard):
            if gram in holders:
                holders[gram].append(int(index))
    for index in np.flatnonzero(held):
        near[index] = _has_near(sets, int(index), holders, jaccard)
    return near


def _named_runs(word: np.ndarray, n: int) -> np.ndarray:
    """Name each run of n neighbours by a whole number, (n_words - n + 1,) int64: by the runs that begin and end it.

    Both have half the length, rounded up, so of an odd n they share the middle word.
    """
    if n == 1:
        return word
    half = (n + 1) // 2
    part = _named_runs(word, half)
    pair = part[: len(word) - n + 1] * (int(part.max()) + 1) + part[n - half :]
    return np.asarray(np.unique(pair, return_inverse=True)[1], np.int64)


def _gram_sets(gram: np.ndarray, text: np.ndarray, n_texts: int) -> list[np.ndarray]:
    """Return the distinct grams of each text, rarest first: ranks by the number of texts that hold a gram."""
    exists = gram != NO_GRAM
    n_grams = int(gram.max(initial=0)) + 1
    holder, held = np.divmod(np.unique(text[exists] * n_grams + gram[exists]), n_grams)  # (n_pairs,) each
    rank = np.empty(n_grams, np.int64)
    rank[np.argsort(np.bincount(held, minlength=n_grams), kind="stable")] = np.arange(n_grams)
    ranked = rank[held][np.lexsort((rank[held], holder))]
    return np.split(ranked, np.cumsum(np.bincount(holder, minlength=n_texts))[:-1])


def _rarest(grams: np.ndarray, jaccard: float) -> list[int]:
    # The margin keeps a product that rounds up by one bit from shortening the list.
    needed = int(np.ceil(jaccard * len(grams) - 1e-9))
    rarest: list[int] = grams[: len(grams) - needed + 1].tolist()
    return rarest


def _has_near(sets: list[np.ndarray], index: int, holders: dict[int, list[int]], jaccard: float) -> bool:
    ours = sets[index]
    candidates = {other for gram in _rarest(ours, jaccard) for other in holders.get(gram, ())}
    for other in candidates:
        theirs = sets[other]
        if min(len(ours), len(theirs)) < jaccard * max(len(ours), len(theirs)) - 1e-9:
            continue
        common = len(np.intersect1d(ours, theirs, assume_unique=True))
        if common >= jaccard * (len(ours) + len(theirs) - common):
            return True
    return False
