"""JSON files: one object a line, or one list of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from loops.errors import DataError
from loops.source.columns import Columns, PlacedRow
from loops.source.document import Document
from loops.source.files import FileSource, read_lines, read_text


@dataclass(frozen=True, slots=True)
class Jsonl(Columns, FileSource):
    """JSON lines, also compressed with gzip; a file that begins with `[` is read as one list of objects."""

    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".jsonl.gz", ".json", ".json.gz")

    def __post_init__(self) -> None:
        self.check_paths()
        self.check_columns()

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield a document for each object, files in order of their names."""
        return self.documents(self._rows(split))

    def _rows(self, split: str | None) -> Iterator[PlacedRow]:
        for file in self.files(split):
            for index, (place, value) in enumerate(objects(file.path)):
                if not isinstance(value, dict):
                    raise DataError(f"{place}: got a {type(value).__name__}, want an object {{...}}.")
                yield PlacedRow(place, file.origin(split, index), value)


def objects(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the place and the value of each JSON value of a file.

    Raises:
        DataError: text that is not JSON, with file and line.
    """
    lines = read_lines(path)
    number, first = next(lines)
    if first.lstrip().startswith("["):
        values = _parsed(read_text(path), str(path), 1)
        yield from ((f"{path}, record {record}", value) for record, value in enumerate(values, start=1))
        return
    yield f"{path}, line {number}", _parsed(first, str(path), number)
    for number, line in lines:
        yield f"{path}, line {number}", _parsed(line, str(path), number)


def _parsed(text: str, path: str, first_line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{path}, line {first_line + error.lineno - 1}"
        said = f"{error.msg}, column {error.colno}"
        raise DataError(f"{place}: not JSON ({said}). Want one object a line, or one list of objects.") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of thousands of digits
        raise DataError(f"{path}, line {first_line}: JSON that Python does not read ({error}).") from error
