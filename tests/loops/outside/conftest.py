"""Files of texts for the tests of what is done with files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Write = Callable[..., Path]


@pytest.fixture
def json_lines(tmp_path: Path) -> Write:
    """Write values one a line."""

    def write(name: str, values: Sequence[Any]) -> Path:
        text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write


@pytest.fixture
def parquet(tmp_path: Path) -> Write:
    """Write rows as Parquet."""

    def write(name: str, rows: Sequence[dict[str, Any]]) -> Path:
        pq.write_table(pa.Table.from_pylist(list(rows)), tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def plain(tmp_path: Path) -> Write:
    """Write a text."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write
