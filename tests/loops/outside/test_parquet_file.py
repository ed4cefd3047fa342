from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loops.errors import ConfigError, DataError
from loops.outside.parquet_file import ParquetFile
from loops.source.parquet import BATCH_ROWS


def test_texts_conversations_and_nulls_are_read(parquet: Any) -> None:
    rows = ParquetFile.of(parquet("a.parquet", [{"n": 1, "text": "One."}, {"n": 2, "text": None}]), None).rows()
    assert [row.text for row in rows] == ["One.", ""]
    chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    (row,) = ParquetFile.of(parquet("b.parquet", [{"messages": chat}]), None).rows()
    assert row.text == "Hello."


def test_what_is_no_parquet_or_lacks_the_column_is_refused(parquet: Any, plain: Any) -> None:
    with pytest.raises(DataError, match=r"d\.parquet: text holds a bytes, want text. It has: text. Name one with"):
        ParquetFile.of(parquet("d.parquet", [{"text": b"x"}]), None)
    with pytest.raises(DataError, match=r"there is no column 'text'. It has: n, story."):
        ParquetFile.of(parquet("a.parquet", [{"n": 1, "story": "One."}]), "text")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        ParquetFile.of(plain("b.parquet", "text"), None)
    empty = parquet("c.parquet", [{"text": "x"}])
    pq.write_table(pq.read_table(empty).slice(0, 0), empty)
    with pytest.raises(DataError, match=r"c\.parquet: the file holds no row"):
        ParquetFile.of(empty, None)


def test_rows_are_copied_with_all_columns_and_types(tmp_path: Path) -> None:
    n = BATCH_ROWS + 3  # more than one batch
    table = pa.table(
        {
            "text": [f"text {i}" for i in range(n)],
            "n": pa.array(range(n), pa.int16()),
            "scores": [{"a": i / 2, "b": [i]} for i in range(n)],
            "writer": pa.array(["ann", "bob"] * (n // 2) + ["ann"]).dictionary_encode(),
        }
    ).replace_schema_metadata({"made by": "a test"})
    pq.write_table(table, tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")  # Parquet gives the items of lists another name
    file = ParquetFile.of(tmp_path / "a.parquet", None)
    keep = [i % 3 == 0 for i in range(n)]
    file.copy(keep, tmp_path / "kept.parquet")
    kept = pq.read_table(tmp_path / "kept.parquet")
    assert kept.schema.equals(table.schema, check_metadata=True)
    assert kept.equals(table.filter(pa.array(keep)))
    file.copy_dropped([None if kept else "random/random" for kept in keep], tmp_path / "dropped.parquet")
    dropped = pq.read_table(tmp_path / "dropped.parquet")
    assert dropped.column_names == [*table.column_names, "dropped_by"]
    assert dropped.drop_columns("dropped_by").equals(table.filter(pa.array([not kept for kept in keep])))
    assert set(dropped["dropped_by"].to_pylist()) == {"random/random"}
    with pytest.raises(ConfigError, match="has a column dropped_by already"):
        ParquetFile.of(tmp_path / "dropped.parquet", None).copy_dropped(["x"], tmp_path / "twice.parquet")


def test_nothing_kept_is_a_file_without_rows(parquet: Any, tmp_path: Path) -> None:
    ParquetFile.of(parquet("a.parquet", [{"text": "One.", "n": 1}]), None).copy([False], tmp_path / "kept.parquet")
    assert pq.read_table(tmp_path / "kept.parquet").schema.names == ["text", "n"]
    assert pq.read_table(tmp_path / "kept.parquet").num_rows == 0
