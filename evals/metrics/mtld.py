"""MTLD: how many words a student writes, on average, before it has repeated itself to a fixed degree."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from evals.documents import Documents


def mtld(words: Sequence[Hashable], threshold: float) -> float:
    """Return the measure of textual lexical diversity, the mean of a forward and a backward pass.

    N / factors. A factor is a run of words that ends when its type-token ratio has come down to the threshold; the
    words left over count as the part (1 - ratio) / (1 - threshold) of one. Range [2, inf), in words; falls as the
    student repeats itself. Nearly free of length from some 100 words on, and unstable below; it depends on the order
    of words.

    Source: McCarthy and Jarvis 2010, Behavior Research Methods 42(2), pages 384-385. A factor ends where the ratio
    is the threshold or less, as in `lexicalrichness`; other tools want it to be less, and some want 10 words in
    each factor. Deviation: `lexicalrichness` gives N for a text in which no word comes twice; here it has no value.

    Raises:
        ValueError: no word that comes twice, or a threshold outside (0, 1).
    """
    _check_threshold(threshold)
    forward, backward = _factors(words, threshold), _factors(reversed(words), threshold)
    if not forward:
        raise ValueError(f"mtld: no word comes twice among {len(words):,} words. Give more words.")
    return (len(words) / forward + len(words) / backward) / 2


@dataclass(frozen=True, slots=True)
class MTLD:
    """MTLD of a view at its budget, its documents joined end to end in the order given, under the part `value`.

    Factors run across the borders of documents. Words are those of `evals.words`, with their case, and every
    punctuation mark is one: figures of other tools, which drop both, are higher. The interval is from halves and
    quarters of the documents: leaving a document out moves every factor behind it, and a jackknife takes that for
    noise (its interval was 1.4 times as wide as fresh texts made the figure vary).
    """

    threshold: float
    """Type-token ratio at which a run of words is full, between 0 and 1."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "subsamples"
    better: ClassVar[Mapping[str, str]] = {"value": "human"}

    def __post_init__(self) -> None:
        _check_threshold(self.threshold)

    def measure(self, documents: Sequence[Sequence[Hashable]], given: object) -> dict[str, float]:
        """Return MTLD of the documents together."""
        return {"value": mtld(Documents.of(documents).word.tolist(), self.threshold)}


def _factors(words: Iterable[Hashable], threshold: float) -> float:
    """Count the factors of one pass; 0 when no word comes twice."""
    factors, length = 0, 0
    types: set[Hashable] = set()
    for word in words:
        length += 1
        if word not in types:
            types.add(word)  # raises the ratio, so no factor ends here
        elif len(types) / length <= threshold:
            factors, length = factors + 1, 0
            types = set()
    if not types:
        return factors
    return factors + (1 - len(types) / length) / (1 - threshold)


def _check_threshold(threshold: float) -> None:
    if not 0 < threshold < 1:
        raise ValueError(f"mtld: threshold is {threshold}, want a ratio between 0 and 1; 0.72 is usual.")
