"""Rows that flow through the loop."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.samples import SCHEMAS, ArrayRow, Sample, Samples
from loops.shards import ShardWriter

TEXT: dict[str, Any] = {
    "generation": 2,
    "written_by": "1",
    "prompt_id": "p",
    "draw": 3,
    "parents": [bytes(range(16))],
    "scores": {"log_prob": -1.5},
    "finish_reason": "stop",
    "seed": "abc",
    "sampling": "{}",
    "n_tokens": 4,
    "prompt": "Once",
    "completion": " upon a time",
}
ONE_GIB = 2**30


def _texts(n: int, start: int = 0) -> Samples:
    return Samples.of_text([{"completion": f"text {i}", "n_tokens": 2} for i in range(start, start + n)])


def _world(n: int = 6, **options: Any) -> Samples:
    return Samples.of_arrays(np.arange(n)[:, None] % 3, np.repeat([4, 9], n // 2), **options)


def test_a_text_row_comes_back_as_it_was_given() -> None:
    (row,) = Samples.of_text([TEXT]).text_rows()
    assert (row.prompt, row.completion, row.draw, row.written_by) == ("Once", " upon a time", 3, "1")
    assert row.parents == ("000102030405060708090a0b0c0d0e0f",)
    assert row.scores == {"log_prob": -1.5}
    assert row.messages is None
    assert [field.name for field in fields(Sample)] == SCHEMAS["text"].names


def test_chat_messages_come_back_as_they_were_given() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    (row,) = Samples.of_text([{"messages": messages, "completion": "So."}]).text_rows()
    assert row.messages == tuple(messages)


def test_an_array_row_comes_back_as_it_was_given() -> None:
    rows = list(_world(generation=3, written_by="2"))
    assert all(isinstance(row, ArrayRow) for row in rows)
    assert [row.replica for row in rows] == [4, 4, 4, 9, 9, 9]  # type: ignore[union-attr]
    assert [row.value for row in rows] == [(0,), (1,), (2,)] * 2  # type: ignore[union-attr]
    assert {row.written_by for row in rows} == {"2"}
    assert [field.name for field in fields(ArrayRow)] == SCHEMAS["array"].names


def test_a_vector_row_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    value = np.array([[0.1, -1e-300], [np.pi, 2.0**60]])
    vectors = Samples.of_vectors(value, np.array([4, 9]), written_by="2")
    vectors.save(tmp_path)
    opened = Samples.open(tmp_path)
    assert (opened.kind, opened.digest) == ("vector", vectors.digest)
    assert np.array_equal(opened.values(), value)
    (first, _) = opened
    assert isinstance(first, ArrayRow)
    assert (first.value, first.replica, first.written_by) == ((0.1, -1e-300), 4, "2")
    assert SCHEMAS["vector"].names == SCHEMAS["array"].names


def test_the_last_bit_of_a_number_is_in_a_vectors_id_and_a_replica_alone_has_its_own() -> None:
    value = np.array([[0.5], [0.5], [1.5], [1.5]])
    both, alone = Samples.of_vectors(value, np.array([4, 4, 9, 9])), Samples.of_vectors(value[2:], np.array([9, 9]))
    assert len(np.unique(both.ids())) == 4
    assert np.array_equal(both.ids()[2:], alone.ids())
    moved = Samples.of_vectors(np.nextafter(value, 9), np.array([4, 4, 9, 9]))
    assert not (moved.ids() == both.ids()).any()


def test_numbers_that_are_not_finite_are_refused_with_their_row() -> None:
    with pytest.raises(ValueError, match=r"row 1 is \[nan\], want finite numbers"):
        Samples.of_vectors(np.array([[0.0], [np.nan]]), np.zeros(2, int))


@pytest.mark.parametrize("name", [name for name in TEXT if name != "scores"])
def test_every_part_of_payload_and_provenance_is_in_a_texts_id(name: str) -> None:
    other = {**TEXT, name: {str: "other", int: 7, list: []}[type(TEXT[name])]}
    assert Samples.of_text([TEXT]).ids()[0] != Samples.of_text([other]).ids()[0]


def test_scores_are_not_in_a_texts_id_but_in_the_digest_of_the_table() -> None:
    one, other = Samples.of_text([TEXT]), Samples.of_text([{**TEXT, "scores": {"log_prob": -2.0}}])
    assert one.ids()[0] == other.ids()[0]
    assert one.digest != other.digest


@pytest.mark.parametrize("change", [{"generation": 1}, {"written_by": "0"}, {"weight": np.full(6, 0.5)}, {"draw": 1}])
def test_every_part_of_payload_and_provenance_is_in_a_world_rows_id(change: dict[str, Any]) -> None:
    assert not (_world().ids() == _world(**change).ids()).any()


def test_layout_is_not_in_the_digest_and_order_is() -> None:
    whole = _texts(100)
    pieces = Samples.concat(list(whole.shards(7)))
    assert pieces.digest == whole.digest
    assert pieces.table.column(0).num_chunks == 15
    assert whole.select(np.arange(100)[::-1]).digest != whole.digest


def test_select_repeats_and_orders_rows() -> None:
    assert _texts(5).select(np.array([3, 3, 0])).texts() == ["text 3", "text 3", "text 0"]
    assert _world().select(np.array([5, 0])).values().tolist() == [[2], [0]]


def test_shards_follow_one_another_and_leave_nothing_out() -> None:
    shards = list(_texts(25).shards(10))
    assert [len(shard) for shard in shards] == [10, 10, 5]
    assert [text for shard in shards for text in shard.texts()] == _texts(25).texts()


def test_ids_values_and_numbers_of_a_slice_are_those_of_its_rows() -> None:
    whole = _world()
    second = list(whole.shards(4))[1]
    assert np.array_equal(second.ids(), whole.ids()[4:])
    assert second.values().tolist() == [[1], [2]]
    assert second.numbers("replica").tolist() == [9, 9]


def test_a_writer_is_said_to_have_written_its_tokens_and_a_world_its_values() -> None:
    texts = Samples.of_text([{"completion": "a", "n_tokens": 3}, {"completion": "b", "n_tokens": 5}])
    assert texts.written_tokens().tolist() == [3, 5]
    assert texts.worlds().tolist() == [0, 0]
    world = Samples.of_arrays(np.zeros((3, 2), int), np.array([4, 9, 4]))
    assert world.written_tokens().tolist() == [2, 2, 2]
    assert world.worlds().tolist() == [4, 9, 4]
    assert np.isnan(Samples.of_text([{"completion": "human"}]).written_tokens()).all()


def test_what_is_saved_is_opened_equal(tmp_path: Path) -> None:
    for name, samples in {"text": _texts(20_500), "array": _world(), "empty": _texts(0)}.items():
        (tmp_path / name).mkdir()
        samples.save(tmp_path / name)
        opened = Samples.open(tmp_path / name)
        assert opened.digest == samples.digest
        assert (opened.kind, len(opened)) == (samples.kind, len(samples))
    assert len(list((tmp_path / "text").glob("shard-*.arrow"))) == 3


def test_saving_again_after_an_interruption_holds_every_row_once(tmp_path: Path) -> None:
    samples = _texts(20_500)
    writer = ShardWriter(tmp_path)
    for shard in list(samples.shards())[:2]:
        writer.write(shard.table)
    (tmp_path / "shard-00002.partial").write_bytes(b"half a shard")
    samples.save(tmp_path)
    assert Samples.open(tmp_path).digest == samples.digest
    assert not list(tmp_path.glob("*.partial"))


def test_shards_written_by_different_students_join(tmp_path: Path) -> None:
    for number, writer in enumerate(["0", "1", None, "0"]):
        ShardWriter(tmp_path).write(Samples.of_text([{"completion": str(number), "written_by": writer}]).table)
    opened = Samples.open(tmp_path)
    assert [row.written_by for row in opened.text_rows()] == ["0", "1", None, "0"]
    again = tmp_path / "again"
    again.mkdir()
    opened.save(again)
    assert Samples.open(again).digest == opened.digest
    backwards = opened.select(np.array([3, 2, 1]))
    assert [row.written_by for row in backwards.text_rows()] == ["0", None, "1"]


def test_kinds_do_not_mix() -> None:
    with pytest.raises(ValueError, match=r"got kinds \['array', 'text'\], want exactly one"):
        Samples.concat([_texts(1), _world()])


def test_an_unknown_kind_and_foreign_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="got kind 'video', want one of text, array, vector"):
        Samples(_texts(1).table, "video")
    with pytest.raises(ValueError, match="are not those of kind 'array'"):
        Samples(_texts(1).table, "array")
    with pytest.raises(ValueError, match=r"columns \['completion'\] are those of no kind \(text, array, vector\)"):
        Samples.of_table(_texts(1).table.select(["completion"]))


def test_a_folder_without_shards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no shard"):
        Samples.open(tmp_path)


MEMORY = """
import resource, sys
from dataclasses import dataclass
from pathlib import Path
from loops.filters.row_filter import RowFilter
from loops.job import Job
from loops.key import Key
from loops.ref import Ref
from loops.rows import Rows
from loops.runtime import Runtime
from loops.samples import Samples
from loops.shards import ShardWriter
from loops.stages import judge

@dataclass(frozen=True)
class EndsWith(RowFilter):
    digits: str
    def reason(self, sample):
        return None if sample.completion[-1] in self.digits else "end"

def judged(rows, digits, name):
    work = folder / name
    work.mkdir()
    job = Job(work, {"filter": EndsWith(digits)}, {}, {"rows": rows}, {"rows": ref}, {}, {}, Key.root(0),
              Runtime(1, "cpu", "float32", "sdpa"), lambda *_: None)
    judge.run(job)
    return Rows.open(work, Opened())

class Opened:
    def open(self, ref):
        return samples

folder, ref = Path(sys.argv[1]), Ref("draw", "k", "d", "samples")
(folder / "drawn").mkdir()
writer = ShardWriter(folder / "drawn")
rows = Samples.of_text([{"completion": "word " * 100 + str(i), "n_tokens": 100} for i in range(10_000)])
for _ in range(100):
    writer.write(rows.table)
samples = Samples.open(folder / "drawn")
assert len(samples) == 1_000_000
assert len(judged(judged(samples, "02468", "first"), "048", "second")) == 300_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def test_a_million_texts_stream_through_two_filters_in_under_a_gibibyte(tmp_path: Path) -> None:
    # 500 bytes a text: half a gibibyte is mapped from disk, so a copy of it beside would not fit.
    done = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < ONE_GIB


def test_rows_with_weights_stand_for_infinitely_many_draws() -> None:
    value, replica = np.array([[0], [1]]), np.zeros(2)
    assert not Samples.of_arrays(value, replica).endless
    assert Samples.of_arrays(value, replica, np.array([0.0, 1.0])).endless
    assert not Samples.of_text([{"completion": "a"}]).endless
