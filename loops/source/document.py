"""Documents: what a source of human text hands over, and how they become rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from loops.errors import DataError
from loops.samples import Samples


@dataclass(frozen=True, slots=True)
class Document:
    """One human text and where it belongs."""

    text: str
    """What is trained on and measured; of a conversation, the last answer."""
    origin: str
    """The module, article, story or conversation that it is part of: never divided between splits."""
    prompt: str = ""
    """What stands before the text and is not measured."""
    messages: tuple[Mapping[str, str], ...] | None = None
    """The messages before the text, each with `role` and `content`, where the document is a conversation."""

    @property
    def whole(self) -> str:
        """All that a reader sees, prompt and messages included: what splits are compared by."""
        before = [message["content"] for message in self.messages or ()]
        return "\n".join(part for part in (*before, self.prompt, self.text) if part)


class TextSource(Protocol):
    """A component that reads human text.

    One that knows which facts its text says may also have `probes() -> Samples`, rows as `loops.probing.probe_row`
    makes them: the metric fact_recall puts them to every student.
    """

    kinds: ClassVar[tuple[str, ...]]
    needs: ClassVar[tuple[str, ...]]
    not_in_key: ClassVar[tuple[str, ...]]
    """Settings that say where the data lies or how much of it to use, not what it is."""

    @property
    def human_tokens(self) -> int | None:
        """Training tokens of human text to use; None: all."""

    def splits(self) -> tuple[str, ...]:
        """Name the splits that the user gave as separate data, train first; (): the split is ours to make."""

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield the documents of a split in a fixed order; None where there are no given splits."""

    def external(self) -> dict[str, str]:
        """Return the digests of what is read from outside: they name the data in the key."""


def to_samples(documents: Iterable[Document]) -> Samples:
    """Make rows of human text: generation 0, written by nobody of ours.

    `prompt_id` is the origin and the running number within it: unique, and it says where a text came from.
    """
    seen: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    for document in documents:
        prompt_id = f"{document.origin}#{seen[document.origin]}"
        seen[document.origin] += 1
        messages = None if document.messages is None else [dict(message) for message in document.messages]
        rows.append(
            {
                "prompt_id": prompt_id,
                "prompt": document.prompt,
                "messages": messages,
                "completion": document.text,
            }
        )
    return Samples.of_text(rows)


def at_least_one(documents: Iterable[Document], message: str) -> Iterator[Document]:
    """Yield the documents.

    Raises:
        DataError: there was none.
    """
    empty = True
    for document in documents:
        empty = False
        yield document
    if empty:
        raise DataError(f"{message}.")


def wholes(samples: Samples) -> tuple[list[str], list[str]]:
    """Return all that a reader sees of each human row, and its origin: what splits are made by."""
    texts, origins = [], []
    for row in samples.text_rows():
        document = Document(row.completion, row.prompt_id.rpartition("#")[0], row.prompt, row.messages)
        texts.append(document.whole)
        origins.append(document.origin)
    return texts, origins
