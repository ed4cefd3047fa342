"""References to rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples


def _stored(name: str, n: int, written_by: str | None = "0") -> tuple[Samples, Ref]:
    texts = [{"completion": f"{name}{i}", "written_by": written_by} for i in range(n)]
    return Samples.of_text(texts), Ref("draw", name, name, "samples")


HUMAN, DRAWN = Rows.all_of(*_stored("h", 3, None)), Rows.all_of(*_stored("d", 4))


def test_rows_are_fetched_in_the_order_of_the_references() -> None:
    rows = Rows.concat([DRAWN.select(np.array([3, 1])), HUMAN.select(np.array([2, 2]))])
    assert rows.samples().texts() == ["d3", "d1", "h2", "h2"]
    assert rows.written_by_human.tolist() == [False, False, True, True]


def test_shards_are_the_same_rows_piece_by_piece() -> None:
    rows = Rows.concat([DRAWN.select(np.array([3, 1])), HUMAN, DRAWN])
    assert [shard.texts() for shard in rows.shards(4)] == [["d3", "d1", "h0", "h1"], ["h2", "d0", "d1", "d2"], ["d3"]]


def test_a_number_is_read_off_each_row_in_the_order_of_the_references() -> None:
    rows = Rows.concat([DRAWN.select(np.array([3, 1])), HUMAN.select(np.array([2, 2]))])
    last = rows.each(lambda part: np.array([int(text[-1]) for text in part.texts()]))
    assert last.tolist() == [3, 1, 2, 2]
    assert DRAWN.select(np.array([], int)).each(Samples.worlds).tolist() == []


def test_a_mask_selects_like_whole_numbers() -> None:
    assert DRAWN.select(np.array([True, False, True, False])).samples().texts() == ["d0", "d2"]


def test_a_row_is_found_in_lists_that_refer_to_the_same_content() -> None:
    samples, ref = _stored("d", 4)
    elsewhere = Rows.all_of(samples, Ref("select", "other place", ref.digest, "samples"))
    others = [Rows.concat([HUMAN, DRAWN.select(np.array([2]))]), elsewhere.select(np.array([0]))]
    assert DRAWN.found_in(others).tolist() == [True, False, True, False]
    assert Rows.concat([DRAWN, HUMAN]).found_in([DRAWN]).tolist() == [True] * 4 + [False] * 3
    assert DRAWN.found_in([]).tolist() == [False] * 4
    assert Rows.concat([]).found_in([DRAWN]).tolist() == []


def test_joining_holds_a_part_once() -> None:
    rows = Rows.concat([HUMAN, DRAWN, HUMAN])
    assert [ref.key for ref in rows.refs] == ["h", "d"]
    assert len(rows) == 10


def test_joining_nothing_gives_no_rows() -> None:
    nothing = Rows.concat([])
    assert len(nothing) == 0
    assert Rows.concat([nothing, HUMAN]).digest == HUMAN.digest
    assert nothing.written_by_human.tolist() == []
    assert list(nothing.shards()) == []


def test_the_digest_is_over_rows_and_weights_wherever_they_lie() -> None:
    moved = Rows.all_of(_stored("d", 4)[0], Ref("judge", "elsewhere", "x", "samples"))
    assert moved.digest == DRAWN.digest
    assert Rows.concat([HUMAN, DRAWN]).select(np.arange(3, 7)).digest == DRAWN.digest
    assert DRAWN.reweighted(2.0).digest != DRAWN.digest
    assert DRAWN.select(np.array([1, 0, 2, 3])).digest != DRAWN.digest


def test_weights_multiply_and_follow_their_rows() -> None:
    rows = DRAWN.reweighted(np.array([1.0, 2.0, 3.0, 4.0])).reweighted(0.5).select(np.array([3, 0]))
    assert rows.weight.tolist() == [2.0, 0.5]


def test_what_is_saved_holds_references_and_is_opened_equal(tmp_path: Path) -> None:
    rows = Rows.concat([HUMAN, DRAWN]).select(np.array([6, 0, 4])).reweighted(0.25)
    rows.save(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3000
    parts: dict[Ref, Any] = dict(zip(rows.refs, rows.parts, strict=True))

    class Opened:
        def open(self, ref: Ref) -> Samples:
            samples: Samples = parts[ref]
            return samples

    opened = Rows.open(tmp_path, Opened())  # type: ignore[arg-type]
    assert opened.digest == rows.digest
    assert opened.samples().texts() == ["d3", "h0", "d1"]


def test_rows_of_two_kinds_are_not_one_table() -> None:
    world = Samples.of_arrays(np.zeros((2, 1), int), np.zeros(2, int))
    both = Rows.concat([HUMAN, Rows.all_of(world, Ref("read", "w", "w", "samples"))])
    with pytest.raises(ValueError, match="want exactly one"):
        both.samples()
