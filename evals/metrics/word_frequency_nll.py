"""NLL by how frequent the word is in human text: what claims about the tail rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from evals.buckets import QUARTILES, UNSEEN_DECADE, Buckets, rarest_first
from evals.given import HasScoresAndCounts
from evals.interval import Terms
from evals.log_probs import LogProbs
from evals.words import word_spans, words

FloatArray = npt.NDArray[np.float64]


def word_frequency_nll(log_probs: LogProbs, train_counts: Mapping[str, int]) -> dict[str, Terms]:
    """Return the terms of the mean NLL of words in each bucket of their frequency in human train text.

    A word's NLL is the sum of its tokens', in nats. Parts seen_0 (words that train text does not hold),
    seen_1, seen_2_3, seen_4_10, seen_11_100, ..., and head, upper, lower, tail (quartiles of mass): sum of
    NLL / words. Each again as <part>_per_byte: sum of NLL / UTF-8 bytes of those words. eos: tokens that
    stand for no text, per token. Range [0, inf); rises as the student unlearns what is in the bucket. A part
    without an occurrence in the scored texts is left out.

    Every word of every text counts once, whatever the tokenizer, so students with different tokenizers
    compare. White space is paid for by the word it goes to and has no bytes of its own.

    Raises:
        ValueError: no train counts, one below 1, or a token given to a word that its text does not have.
    """
    occurrences = _occurrences(log_probs)
    n_documents = len(log_probs.texts)
    divisions = Buckets.of(train_counts)
    decades = np.array([divisions.decades.get(kind, UNSEEN_DECADE) for kind in occurrences.kinds], dtype=str)
    quartiles = np.array([divisions.quartiles.get(kind, "") for kind in occurrences.kinds], dtype=str)
    terms: dict[str, Terms] = {}
    for names, bucket_of in ((sorted(set(decades), key=rarest_first), decades), (QUARTILES, quartiles)):
        for name in names:
            inside = (bucket_of == name)[occurrences.kind]
            if np.any(inside):
                nll, n_words, n_bytes = occurrences.sums(inside, n_documents)
                terms[str(name)] = Terms(nll, n_words)
                terms[f"{name}_per_byte"] = Terms(nll, n_bytes)
    if np.any(log_probs.special):
        nll = log_probs.per_document(np.where(log_probs.special, -log_probs.nats, 0.0))
        terms["eos"] = Terms(nll, log_probs.per_document(log_probs.special))
    return terms


def information_gain(log_probs: LogProbs, train_counts: Mapping[int, int]) -> Terms:
    """Return the terms of what a student knows of words beyond how frequent their tokens are, in nats per word.

    sum over tokens that stand for text of ln p(token | past) - ln(c / N), c of N tokens of human train text, / words.
    A token that train text does not hold counts as one that it holds once. Range (-inf, inf); 0 for a student that
    knows frequencies alone, falls as it unlearns: with the words of a text fixed, by just what its NLL rises. A larger
    vocabulary says more by frequency, so students with other tokenizers differ in it.

    Source: information gain over climatology, Peirolo 2011, Meteorological Applications 18(1), with unigrams for the
    climatology.

    Raises:
        ValueError: no train counts, or no word in the scored texts.
    """
    if not train_counts:
        raise ValueError("information_gain: got no counts, want those of the tokens of the human train split.")
    kinds, place = np.unique(log_probs.token, return_inverse=True)
    seen = np.array([train_counts.get(int(kind), 1) for kind in kinds], dtype=float)
    gain = log_probs.nats - np.log(seen / sum(train_counts.values()))[place]
    n_words = np.array([len(words(text)) for text in log_probs.texts], dtype=float)
    if not n_words.any():
        raise ValueError(f"information_gain: {len(log_probs.texts)} texts hold no word, want 1 or more.")
    return Terms(log_probs.per_document(np.where(log_probs.special, 0.0, gain)), n_words)


@dataclass(frozen=True, slots=True)
class WordFrequencyNLL:
    """NLL of a student on held-out human text by frequency of the word; it has no settings."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "log_probs"
    views: ClassVar[tuple[str, ...]] = ("student",)
    needs: ClassVar[tuple[str, ...]] = ("log_probs", "buckets")
    interval: ClassVar[str] = "bootstrap"
    better: ClassVar[Mapping[str, str]] = {"information_gain": "higher", "*": "lower"}

    def terms(self, given: HasScoresAndCounts) -> dict[str, Terms]:
        """Return the terms of each decade and quartile, per word and per byte, of EOS and of the information gain."""
        terms = word_frequency_nll(given.log_probs, given.buckets.words)
        return {**terms, "information_gain": information_gain(given.log_probs, given.buckets.tokens)}


class _Occurrences(NamedTuple):
    """Every word of every text: one entry per occurrence, in order."""

    kinds: list[str]
    """The different words."""
    kind: npt.NDArray[np.int64]
    """Place of the word among `kinds`."""
    document: npt.NDArray[np.int64]
    nll: FloatArray
    n_bytes: FloatArray

    def sums(self, inside: npt.NDArray[np.bool_], n_documents: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return NLL, words and bytes of each document, over the occurrences inside a bucket."""
        weights = (self.nll, np.ones(len(self.nll)), self.n_bytes)
        document = self.document[inside]
        nll, n_words, n_bytes = (_sum_by(document, each[inside], n_documents) for each in weights)
        return nll, n_words, n_bytes


def _occurrences(log_probs: LogProbs) -> _Occurrences:
    cut = [words(text) for text in log_probs.texts]
    sizes = np.array([len(found) for found in cut], dtype=np.int64)
    spoken = ~log_probs.special
    document, word = log_probs.document[spoken], log_probs.word[spoken]
    wrong = word >= sizes[document]
    if np.any(wrong):
        first = int(np.argmax(wrong))
        raise ValueError(
            f"word_frequency_nll: a token belongs to word {word[first]} of text {document[first]}, which has "
            f"{sizes[document[first]]} words. Give the texts exactly as scored, cut by evals.words."
        )
    start = np.cumsum(sizes) - sizes
    nll = _sum_by(start[document] + word, -log_probs.nats[spoken], int(sizes.sum()))
    number: dict[str, int] = {}
    kind = [number.setdefault(found, len(number)) for document_words in cut for found in document_words]
    n_bytes = [
        len(text[start:end].encode("utf-8", "surrogatepass"))
        for text in log_probs.texts
        for start, end in word_spans(text)
    ]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    return _Occurrences(list(number), np.array(kind, dtype=np.int64), owner, nll, np.array(n_bytes, dtype=float))


def _sum_by(place: npt.NDArray[np.integer], values: npt.NDArray[np.floating], size: int) -> FloatArray:
    return np.asarray(np.bincount(place, weights=values, minlength=size), dtype=np.float64)
