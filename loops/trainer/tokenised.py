"""What a trainer reads: the rows of every step, in order, made before the first step from the corpus and a
key.

Because all order is decided here and the library only walks through it, a resumed training reads what an
uninterrupted one reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from loops.errors import StageError
from loops.key import Key
from loops.models.tokenizer import Encoded

IGNORED = -100
"""The label of a token that is read but not learned from."""


class Special(NamedTuple):
    """Ids of the tokens around texts."""

    start: int
    eos: int
    pad: int


@dataclass(frozen=True, slots=True)
class TokenRows:
    """TokenRows of tokens end to end; row i is `ids[offsets[i]:offsets[i + 1]]`."""

    ids: np.ndarray  # (n_tokens,) int32
    labels: np.ndarray  # (n_tokens,) int32, IGNORED or the token itself
    offsets: np.ndarray  # (n_rows + 1,) int64

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, order: np.ndarray) -> TokenRows:
        """Return the rows at `order`; rows may repeat."""
        lengths = np.diff(self.offsets)[order]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        # Where each token lies: its row's beginning, plus its place in the row.
        where = np.repeat(self.offsets[:-1][order] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return TokenRows(self.ids[where], self.labels[where], offsets)

    def loss_tokens(self) -> int:
        """Count what is learned from: a row's first token has nothing before it, so it is never a target."""
        learned = self.labels != IGNORED
        learned[self.offsets[:-1][np.diff(self.offsets) > 0]] = False
        return int(learned.sum())

    @classmethod
    def of(cls, ids: Sequence[npt.ArrayLike], labels: Sequence[npt.ArrayLike]) -> TokenRows:
        """Lay rows end to end."""
        offsets = np.concatenate([[0], np.cumsum([np.size(row) for row in ids])]).astype(np.int64)
        joined = [np.concatenate([np.zeros(0, np.int32), *rows]).astype(np.int32) for rows in (ids, labels)]
        return cls(joined[0], joined[1], offsets)

    @classmethod
    def concat(cls, parts: Sequence[TokenRows]) -> TokenRows:
        """Join rows, in order."""
        shifts = np.cumsum([0, *(part.offsets[-1] for part in parts)])
        offsets = [part.offsets[1:] + shift for part, shift in zip(parts, shifts[:-1], strict=True)]
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([np.zeros(1, np.int64), *offsets]),
        )


def texts(encoded: Sequence[Encoded], loss_on: str, special: Special) -> TokenRows:
    """Return one row for each text, with EOS where it ended by itself and none where it was cut.

    `all`: every token is learned. `completion`: the prompt is read and not learned. `completion_as_text`: the
    prompt is left out, and the completion stands as a text of its own. The start token is never learned:
    nothing draws it.
    """
    ids, labels = [], []
    for text in encoded:
        end = [special.eos] if text.ended else []
        if loss_on == "completion_as_text":
            own = [special.start, *text.ids[text.n_context :], *end]
            n_read = 1
        else:
            own = [*text.ids, *end]
            n_read = text.n_context if loss_on == "completion" else int(own[:1] == [special.start])
        ids.append(own)
        labels.append([IGNORED] * n_read + own[n_read:])
    return TokenRows.of(ids, labels)


def cut(rows: TokenRows, weight: np.ndarray, max_length: int) -> tuple[TokenRows, np.ndarray]:
    """Cut each row at `max_length` tokens; leave out those with nothing left to learn, and their weights.

    Raises:
        StageError: no row is left.
    """
    ids, labels, kept = [], [], []
    for row, (begin, end) in enumerate(zip(rows.offsets[:-1], rows.offsets[1:], strict=True)):
        stop = min(begin + max_length, end)
        if np.any(rows.labels[begin + 1 : stop] != IGNORED):
            ids.append(rows.ids[begin:stop])
            labels.append(rows.labels[begin:stop])
            kept.append(row)
    if not kept:
        raise StageError(
            f"trainer.max_length: of {len(rows)} texts none has a token to learn within {max_length} tokens. "
            "Raise max_length, or shorten the prompts."
        )
    return TokenRows.of(ids, labels), weight[kept]


def blocks(rows: TokenRows, max_length: int, special: Special) -> TokenRows:
    """Join texts end to end and cut the whole into rows of exactly `max_length`; what is left over falls
    away.

    A corpus shorter than one block gives one short row. In a vocabulary without BOS the EOS of one text is
    the start of the next and stands once.
    """
    if special.start == special.eos:
        rows = _without_double_starts(rows, special)
    n_blocks = len(rows.ids) // max_length
    if n_blocks == 0:
        return TokenRows(rows.ids, rows.labels, np.array([0, len(rows.ids)]))
    used = n_blocks * max_length
    return TokenRows(rows.ids[:used], rows.labels[:used], np.arange(0, used + 1, max_length))


def _without_double_starts(rows: TokenRows, special: Special) -> TokenRows:
    starts = rows.offsets[1:-1]
    double = starts[(rows.ids[starts - 1] == special.eos) & (rows.ids[starts] == special.start)]
    kept = np.ones(len(rows.ids), bool)
    kept[double] = False
    n_before = np.concatenate([[0], np.cumsum(kept)])
    return TokenRows(rows.ids[kept], rows.labels[kept], n_before[rows.offsets])


def one_epoch(rows: TokenRows, weight: np.ndarray, key: Key) -> TokenRows:
    """Return the texts of one epoch, shuffled: a text of weight w stands floor(w + u) times, u uniform from
    the key.

    So it stands w times on average, and a weight of 1 always means once.
    """
    rng = key.rng()
    times = np.floor(weight + rng.random(len(rows))).astype(np.int64)
    return rows.take(rng.permutation(np.repeat(np.arange(len(rows)), times)))


class Schedule(NamedTuple):
    """The rows of a whole training and how they are walked through."""

    rows: TokenRows
    steps: int
    epochs: float
    """How often the corpus was read."""


def schedule(
    rows: TokenRows,
    weight: np.ndarray,
    key: Key,
    special: Special,
    max_length: int,
    joined: bool,
    rows_per_step: int,
    steps: int | None,
    epochs: int | None,
) -> Schedule:
    """Lay out every step: exactly `steps` of them, or as many as `epochs` epochs take.

    Raises:
        StageError: nothing to train on.
    """
    if not len(rows) or not weight.sum() > 0:
        raise StageError(f"trainer: the corpus holds {len(rows)} texts of total weight {weight.sum():g}.")
    parts, n_rows, epoch = [], 0, 0
    wanted = steps * rows_per_step if steps is not None else None
    while n_rows < wanted if wanted is not None else epoch < (epochs or 0):
        part = one_epoch(rows, weight, key.fold("epoch", epoch))
        part = blocks(part, max_length, special) if joined else part
        parts.append(part)
        n_rows, epoch = n_rows + len(part), epoch + 1
    whole = TokenRows.concat(parts)
    if wanted is None:
        return Schedule(whole, -(-n_rows // rows_per_step), float(epoch))
    read = epoch - (n_rows - wanted) / len(parts[-1])
    return Schedule(whole.take(np.arange(wanted)), -(-wanted // rows_per_step), read)


def dataset(rows: TokenRows, name: str) -> Any:
    """Return the rows as a `datasets.Dataset` in memory, so that nothing is cached on disk."""
    import pyarrow as pa
    from datasets import Dataset
    from datasets.table import InMemoryTable

    offsets = pa.array(rows.offsets)
    columns = {"input_ids": rows.ids, "labels": rows.labels}
    table = pa.table({key: pa.LargeListArray.from_arrays(offsets, pa.array(column)) for key, column in columns.items()})
    return Dataset(InMemoryTable(table), fingerprint=name)
