from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loops.errors import DataError
from loops.outside.json_file import JsonFile
from loops.outside.open_file import Hints, open_file
from loops.outside.parquet_file import ParquetFile
from loops.outside.plain_file import PlainFile


def test_the_ending_says_what_a_file_is(json_lines: Any, parquet: Any, plain: Any) -> None:
    rows = [{"text": "One."}]
    for path, kind in (
        (json_lines("a.jsonl", rows), JsonFile),
        (json_lines("a.jsonl.gz", rows), JsonFile),
        (parquet("a.parquet", rows), ParquetFile),
        (plain("a.txt", "One."), PlainFile),
        (plain("a.txt.gz", "One."), PlainFile),
        (plain("a", "One."), PlainFile),
    ):
        file = open_file(path, Hints())
        assert type(file) is kind
        assert [row.text for row in file.rows()] == ["One."]


def test_what_is_not_there_or_not_read_is_refused(tmp_path: Path, plain: Any) -> None:
    with pytest.raises(DataError, match=r"gone\.jsonl: there is no such file \(seen from "):
        open_file(tmp_path / "gone.jsonl", Hints())
    with pytest.raises(DataError, match=r"is a folder\. Give a file"):
        open_file(tmp_path, Hints())
    with pytest.raises(DataError, match=r"a\.csv: \.csv is not read here. Give JSON lines"):
        open_file(plain("a.csv", "text\nOne."), Hints())
    (tmp_path / "b.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match=r"b\.txt\.gz: cannot be read"):
        open_file(tmp_path / "b.txt.gz", Hints())
