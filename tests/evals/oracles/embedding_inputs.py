"""The rows that embedding metrics and their reference packages are both run on, made here for both."""

from __future__ import annotations

import gzip
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evals.words import words

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "text"
STORIES, ARTICLES = "tinystories_4MB_lower.txt.gz", "wikitext2/wiki.valid.raw.txt.gz"
NAMES = ("shrunk", "wide", "clusters", "same", "texts")


class Sides(NamedTuple):
    """A view and the reference beside it, (n_texts, dimensions) each."""

    view: np.ndarray
    reference: np.ndarray


def sides(name: str) -> Sides:
    """Return rows by name.

    shrunk    600 and 500 Gaussian rows in 16 dimensions, the view at .7 of the reference's spread
    wide      60 and 50 rows in 100 dimensions: fewer texts than dimensions
    clusters  40 and 40 rows in 4 clusters far apart, in other shares, which any k-means finds
    same      500 and 500 Gaussian rows of one distribution
    texts     400 stories and 400 paragraphs of articles, as hashed words
    """
    rng = np.random.default_rng(NAMES.index(name))
    if name == "shrunk":
        return Sides(0.7 * rng.normal(size=(600, 16)), rng.normal(size=(500, 16)))
    if name == "wide":
        return Sides(rng.normal(size=(60, 100)), rng.normal(0.2, 1, size=(50, 100)))
    if name == "clusters":
        places = np.repeat(np.eye(4), [16, 12, 8, 4], axis=0), np.repeat(np.eye(4), [4, 12, 10, 14], axis=0)
        return Sides(*(place + 0.01 * rng.normal(size=place.shape) for place in places))
    if name == "same":
        return Sides(rng.normal(size=(500, 16)), rng.normal(size=(500, 16)))
    return Sides(_hashed(_stories()), _hashed(_articles()))


def digest(both: Sides) -> str:
    """Name the rows, so that a value is never compared with that of others; equal but for the last digits is equal."""
    return blake2b(b"".join(np.round(side, 9).tobytes() for side in both), digest_size=8).hexdigest()


def _stories() -> list[list[str]]:
    found = words(gzip.decompress((FOLDER / STORIES).read_bytes()).decode())
    return [found[start : start + 100] for start in range(0, 40_000, 100)]


def _articles() -> list[list[str]]:
    lines = gzip.decompress((FOLDER / ARTICLES).read_bytes()).decode().splitlines()
    long = [found for line in lines if len(found := words(line)) >= 100]
    return [paragraph[:100] for paragraph in long[:400]]


def _hashed(texts: list[list[str]]) -> np.ndarray:
    """Count words in 64 places, each with a sign; that of `loops.embedder.hashed_ngrams` but for its length."""
    rows = np.zeros((len(texts), 64))
    for row, text in zip(rows, texts, strict=True):
        for word in text:
            code = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
            row[code % 64] += 1 if code >> 63 else -1
    return rows
