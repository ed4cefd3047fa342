"""Rows at random, as many as the filters left."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from loops.job import Job
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples
from loops.stages import random_subset

REF = Ref("draw", "drawn", "drawn", "samples")
Run = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def run(make_job: Callable[..., Job]) -> Run:
    """Return the places and the weights of the rows that are taken."""

    def taken(drawn: Samples, kept: Rows, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        job = make_job({"drawn": drawn, "kept": kept}, seed=seed)
        random_subset.run(job)
        arrays = np.load(job.work / "rows.npz")
        return arrays["row"], arrays["weight"]

    return taken


def test_texts_are_taken_at_random_as_many_as_were_kept(run: Run) -> None:
    drawn = Samples.of_text([{"completion": f"text {i}", "written_by": "0"} for i in range(1000)])
    kept = Rows.all_of(drawn, REF).select(np.arange(300))
    row, weight = run(drawn, kept)
    assert len(row) == len(set(row.tolist())) == 300
    assert row.tolist() == sorted(row.tolist())
    assert weight.tolist() == [1.0] * 300
    # 90 of the 300 kept are expected among them; hypergeometric sd sqrt(300 * .3 * .7 * 700 / 999) = 6.6
    assert abs(np.isin(row, np.arange(300)).sum() - 90) < 27
    assert run(drawn, kept, seed=1)[0].tolist() != row.tolist()


def test_each_world_keeps_as_many_as_its_filters_left_and_a_replica_alone_the_same(run: Run) -> None:
    value = np.arange(40)[:, None]
    drawn = Samples.of_arrays(value, np.repeat([3, 7], 20), written_by="0")
    kept = Rows.all_of(drawn, REF).select(np.r_[0:4, 20:35])
    row, _ = run(drawn, kept)
    assert [(row < 20).sum(), (row >= 20).sum()] == [4, 15]
    alone = Samples.of_arrays(value[20:], np.repeat([7], 20), written_by="0")
    mine, _ = run(alone, Rows.all_of(alone, REF).select(np.arange(15)))
    assert (mine + 20).tolist() == row[row >= 20].tolist()


def test_the_weights_that_filters_gave_are_given_to_the_rows_at_random(run: Run) -> None:
    drawn = Samples.of_text([{"completion": f"text {i}", "written_by": "0"} for i in range(50)])
    kept = Rows.all_of(drawn, REF).select(np.arange(3)).reweighted(np.array([0.5, 2.0, 4.0]))
    _, weight = run(drawn, kept)
    assert sorted(weight.tolist()) == [0.5, 2.0, 4.0]


def test_nothing_kept_is_nothing_taken(run: Run) -> None:
    drawn = Samples.of_text([{"completion": "a", "written_by": "0"}])
    row, _ = run(drawn, Rows.all_of(drawn, REF).select(np.zeros(0, int)))
    assert row.tolist() == []
