"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from loops.errors import DataError
from loops.source.columns import Columns, PlacedRow, require_columns
from loops.source.document import Document
from loops.source.files import FileSource, NamedFile

BATCH_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Parquet(Columns, FileSource):
    """Parquet files, read in batches of the columns that are needed."""

    endings: ClassVar[tuple[str, ...]] = (".parquet",)

    def __post_init__(self) -> None:
        self.check_paths()
        self.check_columns()

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield a document for each row, files in order of their names."""
        return self.documents(row for file in self.files(split) for row in self._rows(file, split))

    def _rows(self, file: NamedFile, split: str | None) -> Iterator[PlacedRow]:
        index = 0
        try:
            with pq.ParquetFile(file.path) as table:
                require_columns(table.schema_arrow.names, self.names(), str(file.path))
                for batch in table.iter_batches(BATCH_ROWS, columns=self.names()):
                    for row in batch.to_pylist():
                        index += 1
                        yield PlacedRow(f"{file.path}, row {index}", file.origin(split, index - 1), row)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise DataError(f"{file.path}: cannot be read as Parquet after {index} rows ({error}).") from error
