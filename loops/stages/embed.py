"""Embed texts; a pass that metrics and arms share."""

from __future__ import annotations

import logging

import numpy as np

from loops.errors import StageError
from loops.job import Job, Output
from loops.samples import Samples

log = logging.getLogger(__name__)


def run(job: Job) -> Output:
    """Embed `rows` with `embedder`; of a view without a word, late in a collapse, there is nothing to embed."""
    embedder = job.components["embedder"]
    samples: Samples = job.inputs["rows"]
    if not len(samples):
        return job.arrays({"embeddings": np.zeros((0, 0), np.float32)})
    rows = embedder.embed(samples, job.given_to(embedder), job.runtime)
    _check(rows, len(samples), type(embedder).__name__)
    return job.arrays({"embeddings": rows})


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
