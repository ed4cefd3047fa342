"""Parquet files as a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loops.errors import DataError
from loops.source.document import Document
from loops.source.parquet import Parquet


def _parquet(path: Path, **more: Any) -> Parquet:
    settings: dict[str, Any] = {
        "reference_path": None,
        "auditor_path": None,
        "human_tokens": None,
        "text_column": "text",
        "messages_column": None,
        "prompt_column": None,
        "completion_column": None,
        "origin_column": None,
        "on_null": "error",
    }
    return Parquet(path=str(path), **{**settings, **more})


def _write(path: Path, columns: dict[str, list[Any]]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_rows_come_in_order_over_batches_and_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = [f"text {index}" for index in range(3000)]
    pq.write_table(pa.table({"text": pa.array(texts, pa.large_string()), "n": range(3000)}), path, row_group_size=700)
    documents = list(_parquet(path).read(None))
    assert [document.text for document in documents] == texts
    assert [document.origin for document in documents] == [str(index) for index in range(3000)]


def test_nested_messages_are_read(tmp_path: Path) -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    path = _write(tmp_path / "a.parquet", {"chat": [talk], "book": ["x"]})
    source = _parquet(path, text_column=None, messages_column="chat", origin_column="book")
    assert list(source.read(None)) == [Document("Hello", "x", messages=(talk[0],))]


def test_a_null_row_is_an_error_or_skipped(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.parquet", {"text": ["a", None, "c"]})
    with pytest.raises(DataError, match=r"a\.parquet, row 2: text is null or blank"):
        list(_parquet(path).read(None))
    assert [document.text for document in _parquet(path, on_null="skip").read(None)] == ["a", "c"]


def test_an_absent_column_is_named_before_a_row_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.parquet", {"body": ["a"], "id": [1]})
    with pytest.raises(DataError, match=r"a\.parquet: no column 'text'; it has body, id\."):
        list(_parquet(path).read(None))


@pytest.mark.parametrize("content", [b"", b"no parquet at all", b"PAR1 cut off"])
def test_a_file_that_is_not_parquet_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read as Parquet after 0 rows"):
        list(_parquet(path).read(None))


def test_a_table_without_rows_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), path)
    with pytest.raises(DataError, match="no row with text in text"):
        list(_parquet(path).read(None))


def test_splits_given_as_files_are_named_and_digested(tmp_path: Path) -> None:
    train = _write(tmp_path / "train.parquet", {"text": ["a"]})
    reference = _write(tmp_path / "reference.parquet", {"text": ["b"]})
    source = _parquet(train, reference_path=str(reference))
    assert source.splits() == ("train", "reference")
    assert list(source.external()) == ["train/", "reference/"]
    assert list(source.read("reference")) == [Document("b", "reference/0")]
