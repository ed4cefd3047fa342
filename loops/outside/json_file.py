"""JSON files of texts: one object or one text a line, or one list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from loops.errors import ConfigError, DataError
from loops.outside.text_file import DROPPED_BY, Row, TextFile, json_line, row_of, text_column, text_to
from loops.source.columns import checked
from loops.source.files import read_lines
from loops.source.jsonl import objects


@dataclass(frozen=True)
class JsonFile(TextFile):
    """JSON lines, or a list of objects."""

    column: str | None
    """None where each value is a text by itself."""

    form: ClassVar[str] = "JSON lines"
    takes: ClassVar[str] = "column"
    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".jsonl.gz", ".json", ".json.gz", ".ndjson", ".ndjson.gz")
    dropped_endings: ClassVar[tuple[str, ...]] = endings

    @classmethod
    def of(cls, path: Path, column: str | None) -> JsonFile:
        """Look at the first value.

        Raises:
            DataError: the file holds nothing, or not this column.
        """
        place, first = next(objects(path), (str(path), None))
        if isinstance(first, str):
            return cls(path, None)
        return cls(path, text_column(_object(first, place), column, path))

    @property
    def found(self) -> str:
        """Say what was taken for the text."""
        return "each value a text" if self.column is None else f"column {self.column}"

    def rows(self) -> Iterator[Row]:
        """Yield every row in order, empty ones too."""
        for place, value in objects(self.path):
            if self.column is None:
                if not isinstance(value, str):
                    raise DataError(f"{place}: got a {type(value).__name__}, want text as in the first row.")
                yield Row(checked(value, place))
            else:
                yield row_of(_object(value, place), self.column, place)

    def copy(self, keep: Sequence[bool], to: Path) -> None:
        """Write the lines to keep as they stand; the objects of a list one a line."""
        with text_to(to) as file:
            for kept, line in zip(keep, self._lines(), strict=True):
                if kept:
                    file.write(line)

    def copy_dropped(self, reasons: Sequence[str | None], to: Path) -> None:
        """Write the rows that have a reason, and the reason as `dropped_by`."""
        with text_to(to) as file:
            for reason, (place, value) in zip(reasons, objects(self.path), strict=True):
                if reason is None:
                    continue
                row = {"text": value} if isinstance(value, str) else _object(value, place)
                if DROPPED_BY in row:
                    raise ConfigError(f"{place}: has a column {DROPPED_BY} already. Rename it, or leave out --dropped.")
                file.write(json_line({**row, DROPPED_BY: reason}))

    def _lines(self) -> Iterator[str]:
        numbered = read_lines(self.path)
        _, first = next(numbered)
        if first.lstrip().startswith("["):
            yield from (json_line(value) for _, value in objects(self.path))
            return
        yield f"{first}\n"
        yield from (f"{line}\n" for _, line in numbered)


def _object(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        kind = "nothing" if value is None else f"a {type(value).__name__}"
        raise DataError(f"{place}: got {kind}, want an object {{...}}.")
    return value
