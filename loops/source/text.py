"""Text files, cut into documents by a regular expression."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from loops.source.document import Document, at_least_one
from loops.source.files import FileSource, read_text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Text(FileSource):
    """Plain text, also compressed with gzip; the split is by document, or by file where files are not cut."""

    separator: str | None
    """Regular expression for the border of documents, `^` and `$` at line ends; null: each file is one."""
    separator_starts_document: bool
    """Whether what the separator matched begins the next document (a title) or is thrown away (a mark)."""
    strip: bool
    """Whether to take white space off both ends of a document."""
    min_chars: int
    """Shortest document to use, in characters; shorter ones are left out and counted in the log."""

    endings: ClassVar[tuple[str, ...]] = (".txt", ".txt.gz", ".md", ".md.gz")

    def __post_init__(self) -> None:
        self.check_paths()
        if self.min_chars < 1:
            raise ValueError(f"min_chars: got {self.min_chars}, want at least 1: an empty document says nothing")
        try:
            re.compile(self.separator or "")
        except re.error as error:
            raise ValueError(f"separator: {self.separator!r} is not a regular expression ({error})") from error

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield the documents of each file, files in order of their names."""
        return at_least_one(self._read(split), f"source.path: no document of {self.min_chars} characters or more")

    def _read(self, split: str | None) -> Iterator[Document]:
        short = 0
        for file in self.files(split):
            pieces = cut(read_text(file.path), self.separator, self.separator_starts_document)
            for index, piece in enumerate(pieces):
                text = piece.strip() if self.strip else piece
                if len(text) < self.min_chars:
                    short += bool(text)
                    continue
                yield Document(text, file.origin(split, index))
        if short:
            log.info("source: left out %d documents shorter than %d characters.", short, self.min_chars)


def cut(text: str, separator: str | None, starts_document: bool) -> list[str]:
    """Cut a text where the separator matches; what it matched goes to the next piece or is thrown away."""
    if separator is None:
        return [text]
    pieces = []
    start = 0
    for match in re.finditer(separator, text, re.MULTILINE):
        pieces.append(text[start : match.start()])
        start = match.start() if starts_document else match.end()
    return [*pieces, text[start:]]
