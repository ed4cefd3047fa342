"""Embeds a text by its hashed word n-grams: lexical, deterministic, and without any weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evals.words import words
from loops.given import Given
from loops.runtime import Runtime
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class HashedNgrams:
    """Signed counts of word n-grams, hashed into a fixed number of dimensions, each text of length 1.

    The hashing trick of Weinberger et al. 2009 (arXiv 0902.2206): signs make collisions cancel on average.
    """

    dimensions: int
    """Numbers in a row."""
    min_n: int
    """Shortest n-gram, in words."""
    max_n: int
    """Longest n-gram, in words."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.dimensions < 2 or not 1 <= self.min_n <= self.max_n:
            raise ValueError("want dimensions >= 2 and 1 <= min_n <= max_n")

    def embed(self, samples: Samples, given: Given, runtime: Runtime) -> np.ndarray:
        """Return one row a text, (n_texts, dimensions); a text without words is all zeros."""
        from sklearn.feature_extraction.text import HashingVectorizer

        hashing = HashingVectorizer(
            n_features=self.dimensions, ngram_range=(self.min_n, self.max_n), analyzer="word", tokenizer=words,
            token_pattern=None, lowercase=False, norm="l2",
        )  # fmt: skip
        rows: np.ndarray = hashing.transform(samples.texts()).toarray()
        return rows
