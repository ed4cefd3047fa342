"""Rows of a table become documents: which columns hold the text, and what a row may look like."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from loops.errors import DataError
from loops.source.document import Document, at_least_one

log = logging.getLogger(__name__)

SHAREGPT_ROLES = {"human": "user", "gpt": "assistant"}
"""The roles of ShareGPT files (keys `from` and `value`) that chat templates call otherwise."""


class PlacedRow(NamedTuple):
    """A row, where a user finds it, and its origin where no column names one."""

    place: str
    origin: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; the base of the sources that read tables."""

    text_column: str | None
    """Column of plain text. Set this, or `messages_column`, or `prompt_column` and `completion_column`."""
    messages_column: str | None
    """Column of conversations: messages with `role` and `content` (or ShareGPT's `from`, `value`)."""
    prompt_column: str | None
    """Column of what stands before the text."""
    completion_column: str | None
    """Column of the text that follows the prompt."""
    origin_column: str | None
    """Column that says what belongs together, so that a split does not part it; null: each row by itself."""
    on_null: Literal["error", "skip"]
    """What to do with a row whose text is null or blank; skipped rows are counted in the log."""

    def check_columns(self) -> None:
        """Raise ValueError unless the columns name one kind of row."""
        if (self.prompt_column is None) != (self.completion_column is None):
            raise ValueError("prompt_column and completion_column: want both or none; without prompts: text_column")
        named = (self.text_column, self.messages_column, self.completion_column)
        if sum(column is not None for column in named) != 1:
            raise ValueError(
                "want one of text_column, messages_column, or prompt_column with completion_column, "
                f"got {sum(column is not None for column in named)} of them (set the others to null)"
            )

    def names(self) -> list[str]:
        """Return the columns that are read."""
        named = (self.text_column, self.messages_column, self.prompt_column, self.completion_column)
        return [name for name in (*named, self.origin_column) if name is not None]

    def documents(self, rows: Iterable[PlacedRow]) -> Iterator[Document]:
        """Make a document of each row.

        Raises:
            DataError: a row lacks a column or holds something else than text, with its place; no row is left.
        """
        return at_least_one(self._documents(rows), f"source: no row with text in {', '.join(self.names())}")

    def _documents(self, rows: Iterable[PlacedRow]) -> Iterator[Document]:
        skipped = 0
        for placed in rows:
            require_columns(placed.row, self.names(), placed.place)
            document = self._document(placed)
            if document is not None:
                yield document
            elif self.on_null == "skip":
                skipped += 1
            else:
                raise DataError(
                    f"{placed.place}: {', '.join(self.names())} is null or blank. "
                    "To leave such rows out: source.on_null=skip."
                )
        if skipped:
            log.warning("source: skipped %d rows without text (source.on_null=skip).", skipped)

    def _document(self, placed: PlacedRow) -> Document | None:
        """Return the document of a row; None if it holds no text."""
        row, place = placed.row, placed.place
        origin: str | None = placed.origin
        if self.origin_column is not None:
            origin = _origin(row[self.origin_column], f"{place}: {self.origin_column}")
        if origin is None:
            return None
        if self.messages_column is not None:
            return conversation(row[self.messages_column], origin, f"{place}: {self.messages_column}")
        column = self.text_column or self.completion_column
        assert column is not None, self
        text = _text(row[column], f"{place}: {column}")
        prompt = "" if self.prompt_column is None else _text(row[self.prompt_column], f"{place}: {self.prompt_column}")
        # A blank prompt is a prompt: the text then stands alone.
        return Document(text, origin, prompt) if text and text.strip() and prompt is not None else None


def require_columns(known: Iterable[str], wanted: Sequence[str], place: str) -> None:
    """Raise DataError for a wanted column that is not there, with those that are."""
    names = list(known)
    for name in wanted:
        if name not in names:
            raise DataError(
                f"{place}: no column {name!r}; it has {', '.join(map(str, names)) or 'none'}. "
                "Set source.text_column, messages_column, or prompt_column and completion_column."
            )


def checked(text: str, place: str) -> str:
    """Return a text that is Unicode.

    Raises:
        DataError: it holds half a character, which JSON can write and nothing else can.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        half = f"\\u{ord(text[error.start]):04x}"
        place = f"{place}, letter {error.start + 1}"
        raise DataError(f"{place}: {half} is half a character, which no text holds. Remove it.") from error
    return text


def conversation(value: Any, origin: str, place: str) -> Document | None:
    """Take the last answer as the text, and what comes before it as messages."""
    if isinstance(value, Mapping):  # `datasets` turns a sequence of structs into a struct of sequences
        value = [dict(zip(value, column, strict=True)) for column in zip(*value.values(), strict=True)]
    if value is not None and not isinstance(value, (list, tuple)):
        raise DataError(f"{place}: got a {type(value).__name__}, want a list of messages.")
    if not value:
        return None
    messages = [_message(message, f"{place}, message {number}") for number, message in enumerate(value, start=1)]
    *before, answer = messages
    if answer["role"] != "assistant":
        raise DataError(
            f"{place}: the last message is by {answer['role']!r}, want 'assistant': its answer is the text. "
            "Take off what follows the last answer."
        )
    return Document(answer["content"], origin, messages=tuple(before)) if answer["content"].strip() else None


def _message(value: Any, place: str) -> dict[str, str]:
    if isinstance(value, Mapping):
        role, content = value.get("role"), value.get("content")
        if "from" in value and "value" in value:
            role, content = SHAREGPT_ROLES.get(value["from"], value["from"]), value["value"]
        if isinstance(role, str) and isinstance(content, str):
            return {"role": checked(role, place), "content": checked(content, place)}
    raise DataError(f"{place}: want `role` and `content` (or `from` and `value`), both text.")


def _text(value: Any, place: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return checked(value, place)
    raise DataError(f"{place}: got a {type(value).__name__}, want text.")


def _origin(value: Any, place: str) -> str | None:
    return None if value is None or value == "" else checked(str(value), place)
