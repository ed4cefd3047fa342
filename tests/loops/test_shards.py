"""Shards on disk: whole or absent, in the order in which they were written."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from loops.shards import ShardWriter, read_shards, remove_shards


def _table(*numbers: int) -> pa.Table:
    return pa.table({"number": list(numbers)})


def _numbers(folder: Path) -> list[list[int]]:
    return [shard.column("number").to_pylist() for shard in read_shards(folder)]


def test_shards_come_back_one_by_one_in_order(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path)
    for number in range(12):
        writer.write(_table(number, -number))
    assert _numbers(tmp_path) == [[number, -number] for number in range(12)]


def test_the_writer_goes_on_after_the_last_whole_shard(tmp_path: Path) -> None:
    ShardWriter(tmp_path).write(_table(1, 2))
    (tmp_path / "shard-00001.partial").write_bytes(b"half a shard")
    writer = ShardWriter(tmp_path)
    assert writer.written == 1
    writer.write(_table(3))
    assert _numbers(tmp_path) == [[1, 2], [3]]


def test_a_shard_without_rows_is_a_shard(tmp_path: Path) -> None:
    ShardWriter(tmp_path).write(_table(1).slice(0, 0))
    assert _numbers(tmp_path) == [[]]


def test_a_shard_that_could_not_be_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        ShardWriter(tmp_path).write(_table(1))
    assert _numbers(tmp_path) == []


def test_removing_takes_half_written_shards_too_and_nothing_else(tmp_path: Path) -> None:
    ShardWriter(tmp_path).write(_table(1))
    (tmp_path / "shard-00001.partial").write_bytes(b"half a shard")
    (tmp_path / "spec.json").write_text("{}")
    remove_shards(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["spec.json"]
