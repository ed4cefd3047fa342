"""Plain text files, cut into texts where a separator stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from loops.errors import ConfigError
from loops.outside.text_file import DROPPED_BY, Row, TextFile, json_line, text_to
from loops.source.files import read_text

SEPARATORS = {r"<\|endoftext\|>": "at <|endoftext|>", r"\n[ \t]*\n": "at blank lines", r"\n": "at line ends"}
"""What is tried in this order where no separator is given, and how that is said."""


class Piece(NamedTuple):
    """A text as it stands in the file."""

    text: str
    """Without white space around it."""
    verbatim: str
    """With it, and with the separator that ends it."""


@dataclass(frozen=True)
class PlainFile(TextFile):
    """Plain text; white space around a text does not count, and between two separators alone is no text."""

    separator: str | None
    """Regular expression, `^` and `$` at line ends; None: the file is one text."""

    form: ClassVar[str] = "plain text"
    takes: ClassVar[str] = "separator"
    endings: ClassVar[tuple[str, ...]] = ("",)  # whatever they are called
    dropped_endings: ClassVar[tuple[str, ...]] = (".jsonl", ".jsonl.gz")

    @classmethod
    def of(cls, path: Path, separator: str | None) -> PlainFile:
        """Take the separator that is given, or the first of `SEPARATORS` that stands inside the file.

        Raises:
            ConfigError: it is no regular expression.
            DataError: the file cannot be read.
        """
        if separator is not None:
            try:
                re.compile(separator)
            except re.error as error:
                raise ConfigError(f"--separator: {separator!r} is not a regular expression ({error}).") from error
            return cls(path, separator)
        text = read_text(path).strip()
        return cls(path, next((known for known in SEPARATORS if re.search(known, text)), None))

    @property
    def found(self) -> str:
        """Say where texts were cut."""
        if self.separator is None:
            return "one text"
        return f"cut {SEPARATORS.get(self.separator, f'at {self.separator}')}"

    def pieces(self) -> Iterator[Piece]:
        """Yield the texts in order."""
        text, start = read_text(self.path), 0
        ends = [] if self.separator is None else list(re.finditer(self.separator, text, re.MULTILINE))
        for begins, stops in [*((match.start(), match.end()) for match in ends), (len(text), len(text))]:
            if inside := text[start:begins].strip():
                yield Piece(inside, text[start:stops])
            start = stops

    def rows(self) -> Iterator[Row]:
        """Yield every text in order."""
        return (Row(piece.text) for piece in self.pieces())

    def copy(self, keep: Sequence[bool], to: Path) -> None:
        """Write the texts to keep, each with the separator that ended it."""
        with text_to(to) as file:
            file.writelines(piece.verbatim for kept, piece in zip(keep, self.pieces(), strict=True) if kept)

    def copy_dropped(self, reasons: Sequence[str | None], to: Path) -> None:
        """Write the dropped texts as JSON lines, with the reason as `dropped_by`."""
        with text_to(to) as file:
            for reason, piece in zip(reasons, self.pieces(), strict=True):
                if reason is not None:
                    file.write(json_line({"text": piece.text, DROPPED_BY: reason}))
