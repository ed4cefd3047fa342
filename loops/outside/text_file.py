"""A file of texts that a user names: what is the text in each row, and how rows are written back unchanged."""

from __future__ import annotations

import gzip
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TextIO

from loops.errors import ConfigError, DataError
from loops.samples import Samples
from loops.source.columns import checked, conversation

TEXT_COLUMNS = (
    "text",
    "completion",
    "messages",
    "conversations",
    "response",
    "output",
    "generation",
    "generated_text",
    "content",
)
"""Where the text is looked for, in this order: what TRL, `datasets`, ShareGPT, Alpaca and others call it."""
DROPPED_BY = "dropped_by"
"""The column that says why a row was dropped."""
FINISH_REASONS = ("stop", "length")


class Row(NamedTuple):
    """One text and what is known of it."""

    text: str
    """Empty where the file has null."""
    prompt: str = ""
    messages: tuple[Mapping[str, str], ...] | None = None
    finish_reason: str | None = None
    """`stop` or `length`, where a column of that name says so."""


@dataclass(frozen=True)
class TextFile(ABC):
    """A file whose rows hold one text each."""

    path: Path

    form: ClassVar[str]
    """What the file is, in words."""
    takes: ClassVar[str]
    """What a user may say of it: column or separator."""
    endings: ClassVar[tuple[str, ...]]
    """Names of such files end in one of these."""
    dropped_endings: ClassVar[tuple[str, ...]]
    """Those of the files that dropped rows of such a file go into."""

    @property
    @abstractmethod
    def found(self) -> str:
        """Say what was taken for the text: "column text", "cut at blank lines"."""

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield every row in order, empty ones too.

        Raises:
            DataError: a row is not what the file promises, with its place.
        """

    @abstractmethod
    def copy(self, keep: Sequence[bool], to: Path) -> None:
        """Write the rows to keep as they stand."""

    @abstractmethod
    def copy_dropped(self, reasons: Sequence[str | None], to: Path) -> None:
        """Write the rows that have a reason, and the reason as `dropped_by`."""

    def check_target(self, option: str, path: Path, endings: tuple[str, ...]) -> None:
        """Refuse to write a file whose name says that something else is in it, or one that is there.

        Raises:
            ConfigError: it does.
        """
        if not path.name.endswith(endings):
            raise ConfigError(f"{option}: got {path}; what is written there ends in {' or '.join(endings)}.")
        if path.exists():
            raise ConfigError(f"{option}: {path} is there already. Give a new file; nothing is overwritten.")


def samples_of(rows: Iterable[tuple[int, Row]]) -> Samples:
    """Make rows of the loop's own kind; the number of a row in its file is its prompt id."""
    return Samples.of_text(
        [
            {
                "prompt_id": str(number),
                "prompt": row.prompt,
                "messages": None if row.messages is None else [dict(message) for message in row.messages],
                "completion": row.text,
                "finish_reason": row.finish_reason,
            }
            for number, row in rows
        ]
    )


def text_column(first: Mapping[str, Any], asked: str | None, path: Path) -> str:
    """Return the column that holds the text, from a first row.

    Raises:
        DataError: the column asked for is not there, or none of `TEXT_COLUMNS` holds text.
    """
    there = ", ".join(first) or "none"
    if asked is not None:
        if asked not in first:
            raise DataError(f"{path}: there is no column {asked!r}. It has: {there}.")
        return asked
    called = [name for name in TEXT_COLUMNS if name in first]
    for name in called:
        if isinstance(first[name], (str, list, type(None))):
            return name
    what = (
        f"{called[0]} holds a {type(first[called[0]]).__name__}, want text"
        if called
        else (f"no column is called {', '.join(TEXT_COLUMNS)}")
    )
    raise DataError(f"{path}: {what}. It has: {there}. Name one with --column.")


def row_of(values: Mapping[str, Any], column: str, place: str) -> Row:
    """Read a row of a table: plain text, or a conversation, whose last answer is the text.

    Raises:
        DataError: the column is absent, or holds something else.
    """
    if column not in values:
        raise DataError(f"{place}: there is no column {column!r}. It has: {', '.join(values) or 'none'}.")
    value, prompt, finish = values[column], values.get("prompt"), values.get("finish_reason")
    prompt = checked(prompt, f"{place}: prompt") if isinstance(prompt, str) else ""
    finish_reason = finish if finish in FINISH_REASONS else None
    if value is None:
        return Row("", finish_reason=finish_reason)
    if isinstance(value, str):
        return Row(checked(value, f"{place}: {column}"), prompt, None, finish_reason)
    if isinstance(value, (list, Mapping)):
        document = conversation(value, "", f"{place}: {column}")
        if document is None:
            return Row("", finish_reason=finish_reason)
        return Row(document.text, "", document.messages, finish_reason)
    raise DataError(
        f"{place}: {column} holds a {type(value).__name__}, want text or a conversation. Name another with --column."
    )


def json_line(values: Mapping[str, Any]) -> str:
    """Write a row as a line of JSON, letters as they are unless one of them is half a character."""
    line = json.dumps(values, ensure_ascii=False)
    return (json.dumps(values) if re.search("[\ud800-\udfff]", line) else line) + "\n"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Hand out a name beside `path`; what was written there takes its place in the end, whole.

    Raises:
        ConfigError: it cannot be written there.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}). Give another place.") from error
    finally:
        if partial.parent.is_dir():
            partial.unlink(missing_ok=True)


@contextmanager
def text_to(path: Path) -> Iterator[TextIO]:
    """Open a text file that is written whole or not at all, compressed if its name ends in .gz."""
    with whole_file(path) as partial:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(partial, "wt", encoding="utf-8", newline="\n") as file:
            yield file
