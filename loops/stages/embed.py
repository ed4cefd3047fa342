"""Embed texts; a pass that metrics and arms share."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from loops.errors import StageError
from loops.given import Given
from loops.job import Job, Output
from loops.runtime import Runtime
from loops.samples import Samples

log = logging.getLogger(__name__)


def run(job: Job) -> Output:
    """Embed `rows` with `embedder`."""
    embedder, rows = job.components["embedder"], job.inputs["rows"]
    samples = rows if isinstance(rows, Samples) else rows.samples()
    return job.arrays({"embeddings": embedded(embedder, samples, job.given_to(embedder), job.runtime)})


def embedded(embedder: Any, samples: Samples, given: Given, runtime: Runtime) -> np.ndarray:
    """Return a row for each text, (n_texts, dimensions); of a view without a word there is nothing to embed.

    Raises:
        StageError: the embedder gave something else.
    """
    if not len(samples):  # late in a collapse
        return np.zeros((0, 0), np.float32)
    rows: np.ndarray = embedder.embed(samples, given, runtime)
    _check(rows, len(samples), type(embedder).__name__)
    return rows


def _check(rows: np.ndarray, n_texts: int, embedder: str) -> None:
    """Say when texts have no place in the space; measures of angle refuse them, others put them at its origin."""
    if rows.ndim != 2 or len(rows) != n_texts or not np.all(np.isfinite(rows)):
        raise StageError(
            f"embedder: {embedder} gave an array of shape {rows.shape} for {n_texts} texts; want one row of finite "
            "numbers for each."
        )
    empty = int(np.count_nonzero(~rows.any(axis=1)))
    if empty:
        log.warning(
            "%s knows no token of %d of %d texts, and their embeddings are zeros: measures of angle (vendi, "
            "pairwise_cosine, mauve) will not be made of them; choose another embedder if there are many",
            embedder,
            empty,
            n_texts,
        )
