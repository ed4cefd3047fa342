"""Finds out what a file of texts is: JSON lines, Parquet or plain text, by the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from loops.errors import DataError
from loops.outside.json_file import JsonFile
from loops.outside.parquet_file import ParquetFile
from loops.outside.plain_file import PlainFile
from loops.outside.text_file import TextFile

NOT_READ = (".csv", ".tsv", ".xlsx", ".arrow", ".pkl", ".npy", ".zip", ".zst", ".bz2", ".xz")
"""Endings of files that are no plain text; anything else is."""


class Hints(NamedTuple):
    """What a user says of a file."""

    column: str | None = None
    """Of JSON and Parquet; None: found by itself."""
    separator: str | None = None
    """Of plain text; None: found by itself."""


def open_file(path: Path, hints: Hints) -> TextFile:
    """Look at a file, and read no more of it than that takes.

    Raises:
        DataError: it is not there, cannot be read, or is of a kind that is not read here.
        ConfigError: the separator is no regular expression.
    """
    if path.is_dir():
        raise DataError(f"{path}: is a folder. Give a file of JSON lines, Parquet or plain text.")
    if not path.exists():
        raise DataError(f"{path}: there is no such file (seen from {Path.cwd()}).")
    if path.name.endswith(NOT_READ):
        raise DataError(
            f"{path}: {path.suffix} is not read here. Give JSON lines (.jsonl), Parquet (.parquet) or plain text; "
            "the first and the last may be compressed (.gz)."
        )
    if path.name.endswith(ParquetFile.endings):
        return ParquetFile.of(path, hints.column)
    if path.name.endswith(JsonFile.endings):
        return JsonFile.of(path, hints.column)
    return PlainFile.of(path, hints.separator)
