"""Human text that a corpus is the first to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from loops.job import Job
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples
from loops.stages import new_human


class Words:
    """A student whose tokens are what is between blanks."""

    def tokenizer(self, student: Any) -> Words:
        return self

    def count(self, samples: Samples) -> np.ndarray:
        return np.array([len(text.split()) for text in samples.texts()], float)


def _rows(name: str, lengths: list[int], written_by: str | None) -> Rows:
    texts = [{"completion": " ".join([name] * length), "written_by": written_by} for length in lengths]
    return Rows.all_of(Samples.of_text(texts), Ref("draw", name, name, "samples"))


HUMAN, DRAWN = _rows("h", [1, 2, 4, 8], None), _rows("d", [100], "0")


def _new(make_job: Callable[..., Job], *corpora: Rows) -> float:
    job = make_job({"corpora": list(corpora), "tokenizer": None}, {"student": Words()})
    new_human.run(job)
    tokens: float = json.loads((job.work / "numbers.json").read_text())["tokens"]
    return tokens


def test_each_human_text_counts_where_it_is_first_read(make_job: Callable[..., Job]) -> None:
    first, second = HUMAN.select(np.array([0, 1])), Rows.concat([HUMAN.select(np.array([1, 2])), DRAWN])
    assert _new(make_job, first) == 3
    assert _new(make_job, first, second) == 4
    assert _new(make_job, first, second, HUMAN) == 8
    assert _new(make_job, first, second, HUMAN, HUMAN) == 0


def test_drawn_text_is_no_human_text(make_job: Callable[..., Job]) -> None:
    assert _new(make_job, DRAWN) == 0
    assert _new(make_job, Rows.concat([])) == 0
