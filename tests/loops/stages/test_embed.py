"""The stage that embeds: texts without a place are told of, and an empty view is no crash."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.embedder.hashed_ngrams import HashedNgrams
from loops.errors import StageError
from loops.job import Job
from loops.key import Key
from loops.runtime import Runtime
from loops.samples import Samples
from loops.stages.embed import run


class Flat:
    """Gives what it was told to give."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def embed(self, samples: Samples, given: object, runtime: Runtime) -> np.ndarray:
        return self.rows


def embedded(embedder: Any, work: Path, *texts: str) -> np.ndarray:
    samples = Samples.of_text([{"completion": text} for text in texts])
    runtime = Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa")
    made = {"components": {"embedder": embedder}, "nodes": {}, "inputs": {"rows": samples}, "refs": {}, "given": {}}
    run(Job(work=work, **made, settings={}, key=Key.root(0), runtime=runtime, progress=lambda *_: None))
    with np.load(work / "arrays.npz") as stored:
        rows: np.ndarray = stored["embeddings"]
    return rows


def test_one_row_a_text_is_stored(tmp_path: Path) -> None:
    rows = embedded(HashedNgrams(dimensions=16, min_n=1, max_n=1), tmp_path, "a cat", "a dog")
    assert rows.shape == (2, 16)


def test_texts_without_a_known_token_are_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        embedded(HashedNgrams(dimensions=16, min_n=1, max_n=1), tmp_path, "a cat", " ", "")
    assert "HashedNgrams knows no token of 2 of 3 texts" in caplog.text


def test_a_view_without_texts_has_no_rows(tmp_path: Path) -> None:
    assert len(embedded(HashedNgrams(dimensions=16, min_n=1, max_n=1), tmp_path)) == 0


@pytest.mark.parametrize("rows", [np.zeros((1, 3)), np.zeros(2), np.array([[1.0], [np.inf]])])
def test_what_are_no_embeddings_is_refused(rows: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"embedder: Flat gave an array of shape .* for 2 texts"):
        embedded(Flat(rows), tmp_path, "a", "b")
