"""The human text that no corpus has read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from loops.job import Job
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples
from loops.stages import rest

REF = Ref("draw", "human", "human", "samples")


def _left(make_job: Callable[..., Job], human: Samples, corpora: list[Rows], seed: int = 0) -> list[int]:
    job = make_job({"human": human, "corpora": corpora}, seed=seed)
    rest.run(job)
    rows: list[int] = np.load(job.work / "rows.npz")["row"].tolist()
    return rows


def test_what_is_left_keeps_its_order_when_some_of_it_is_read(make_job: Callable[..., Job]) -> None:
    human = Samples.of_text([{"completion": f"h{i}"} for i in range(50)])
    corpus = Rows.all_of(human, REF).select(np.arange(0, 50, 5))
    first = _left(make_job, human, [corpus])
    assert sorted(first) == [i for i in range(50) if i % 5]
    assert first != sorted(first)
    read = Rows.all_of(human, REF).select(np.array(first[:7]))
    assert _left(make_job, human, [corpus, read]) == first[7:]
    assert _left(make_job, human, [corpus], seed=1) != first
    assert _left(make_job, human, [Rows.all_of(human, REF)]) == []


def test_each_world_has_its_own_order_and_a_replica_alone_the_same(make_job: Callable[..., Job]) -> None:
    value = np.arange(40)[:, None]
    human = Samples.of_arrays(value, np.repeat([3, 7], 20))
    corpus = Rows.all_of(human, REF).select(np.r_[0:5, 20:25])
    left = _left(make_job, human, [corpus])
    alone = Samples.of_arrays(value[20:], np.repeat([7], 20))
    mine = _left(make_job, alone, [Rows.all_of(alone, REF).select(np.arange(5))])
    assert [row - 20 for row in left if row >= 20] == mine
    assert [row for row in left if row < 20] != mine
