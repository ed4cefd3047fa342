"""Parquet files of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from loops.errors import ConfigError, DataError
from loops.outside.text_file import DROPPED_BY, Row, TextFile, row_of, text_column, whole_file
from loops.source.parquet import BATCH_ROWS

BESIDE_THE_TEXT = ("prompt", "finish_reason")
"""Columns that are read besides the text's, where they are."""


@dataclass(frozen=True)
class ParquetFile(TextFile):
    """A Parquet file, read in batches of the columns that are needed."""

    column: str

    form: ClassVar[str] = "Parquet"
    takes: ClassVar[str] = "column"
    endings: ClassVar[tuple[str, ...]] = (".parquet",)
    dropped_endings: ClassVar[tuple[str, ...]] = endings

    @classmethod
    def of(cls, path: Path, column: str | None) -> ParquetFile:
        """Look at the columns and the first row.

        Raises:
            DataError: the file is no Parquet, is empty, or has not this column.
        """
        first = next(_batches(path, None, rows=1), None)
        if first is None or not len(first):
            raise DataError(f"{path}: the file holds no row.")
        return cls(path, text_column(first.to_pylist()[0], column, path))

    @property
    def found(self) -> str:
        """Say what was taken for the text."""
        return f"column {self.column}"

    def rows(self) -> Iterator[Row]:
        """Yield every row in order, empty ones too."""
        number = 0
        for batch in _batches(self.path, [self.column, *BESIDE_THE_TEXT]):
            for values in batch.to_pylist():
                number += 1
                yield row_of(values, self.column, f"{self.path}, row {number}")

    def copy(self, keep: Sequence[bool], to: Path) -> None:
        """Write the rows to keep, with all their columns."""
        kept = iter(keep)
        batches = (batch.filter(pa.array(islice(kept, len(batch)), pa.bool_())) for batch in _batches(self.path, None))
        self._write(batches, self._schema(), to)

    def copy_dropped(self, reasons: Sequence[str | None], to: Path) -> None:
        """Write the rows that have a reason, and the reason as `dropped_by`."""
        schema = self._schema()
        if DROPPED_BY in schema.names:
            raise ConfigError(f"{self.path}: has a column {DROPPED_BY} already. Rename it, or leave out --dropped.")
        schema, said = schema.append(pa.field(DROPPED_BY, pa.string())), iter(reasons)

        def dropped() -> Iterator[pa.RecordBatch]:
            for batch in _batches(self.path, None):
                own = pa.array(islice(said, len(batch)), pa.string())
                yield pa.record_batch([*batch.columns, own], schema=schema).filter(own.is_valid())

        self._write(dropped(), schema, to)

    def _schema(self) -> pa.Schema:
        with pq.ParquetFile(self.path) as table:
            return table.schema_arrow

    def _write(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema, to: Path) -> None:
        with whole_file(to) as partial, pq.ParquetWriter(partial, schema) as writer:
            for batch in batches:
                if len(batch):
                    writer.write_batch(batch)


def _batches(path: Path, wanted: Sequence[str] | None, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Yield some rows at a time, of the columns wanted that are there; None: of all."""
    try:
        with pq.ParquetFile(path) as table:
            columns = None if wanted is None else [name for name in wanted if name in table.schema_arrow.names]
            yield from table.iter_batches(rows, columns=columns)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as Parquet ({error}).") from error
