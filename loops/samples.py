"""Samples: the rows that flow through the loop, on disk as memory-mapped Arrow shards."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from loops import digest

ID = pa.binary(16)
WORD = pa.dictionary(pa.int32(), pa.string())
MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])

PROVENANCE = [
    ("id", ID),
    ("generation", pa.int32()),
    ("written_by", WORD),
]
SCHEMAS = {
    "text": pa.schema(
        [
            *PROVENANCE,
            ("prompt_id", pa.string()),
            ("draw", pa.int32()),
            ("parents", pa.list_(ID)),
            ("scores", pa.map_(pa.string(), pa.float64())),
            ("finish_reason", WORD),
            ("seed", pa.string()),
            ("sampling", WORD),
            ("n_tokens", pa.int32()),
            ("prompt", pa.large_string()),
            ("messages", pa.large_list(MESSAGE)),
            ("completion", pa.large_string()),
        ]
    ),
    "array": pa.schema(
        [
            *PROVENANCE,
            ("replica", pa.int32()),
            ("weight", pa.float64()),
            ("value", pa.list_(pa.int32())),
        ]
    ),
    "vector": pa.schema(
        [
            *PROVENANCE,
            ("replica", pa.int32()),
            ("weight", pa.float64()),
            ("value", pa.list_(pa.float64())),
        ]
    ),
}
# Not part of a row's name: what was found out about a row after it was written.
NOT_IN_ID = ("id", "scores")


@dataclass(frozen=True, slots=True)
class Sample:
    """One text and where it came from."""

    id: str
    generation: int
    written_by: str | None
    """None for human text, else the number of the student or the name of the teacher that wrote it."""
    prompt_id: str
    draw: int
    parents: tuple[str, ...]
    scores: Mapping[str, float]
    finish_reason: str | None
    """`stop`: ended by itself; `length`: cut at the limit, so no end-of-text token follows; None: human text."""
    seed: str | None
    sampling: str | None
    n_tokens: int | None
    """Tokens that the writer wrote, the end of text included; None for human text."""
    prompt: str
    messages: tuple[Mapping[str, str], ...] | None
    """The prompt as chat messages, where it is a chat; `prompt` is then empty."""
    completion: str


@dataclass(frozen=True, slots=True)
class ArrayRow:
    """One draw of a closed-form world: whole numbers in an `array`, real ones in a `vector`."""

    id: str
    generation: int
    written_by: str | None
    replica: int
    weight: float
    value: tuple[float, ...]


class Samples:
    """A frozen table of rows of one kind (`text`, `array` or `vector`); selecting and joining make new ones."""

    __slots__ = ("_table", "kind")

    def __init__(self, table: pa.Table, kind: str) -> None:
        if kind not in SCHEMAS:
            raise ValueError(f"Samples: got kind {kind!r}, want one of {', '.join(SCHEMAS)}.")
        if not table.schema.equals(SCHEMAS[kind]):
            raise ValueError(f"Samples: columns {table.schema.names} are not those of kind {kind!r}.")
        self._table = table
        self.kind = kind

    @classmethod
    def of_text(cls, rows: Sequence[Mapping[str, Any]]) -> Samples:
        """Make text rows from mappings; what is absent is null, `completion` is required.

        The id is the digest of all that is given but `scores`.
        """
        schema = SCHEMAS["text"]
        defaults = {"generation": 0, "prompt_id": "", "draw": 0, "parents": [], "scores": {}, "prompt": ""}
        full = [{**defaults, **row} for row in rows]
        for row in full:
            row["scores"] = list(row["scores"].items())
            row["id"] = _text_id(row)
        columns = [pa.array([row.get(name) for row in full], schema.field(name).type) for name in schema.names]
        return cls(pa.table(columns, schema=schema), "text")

    @classmethod
    def of_arrays(
        cls,
        value: np.ndarray,  # (n_rows, length)
        replica: np.ndarray,  # (n_rows,)
        weight: np.ndarray | None = None,  # (n_rows,)
        generation: int = 0,
        written_by: str | None = None,
        draw: int = 0,
    ) -> Samples:
        """Make rows of a closed-form world of whole numbers; without `weight` every row counts once.

        Two draws of one value are two rows: the id covers the row's place among those of its replica, and `draw`.
        """
        return cls._of_world(
            "array", value, np.asarray(value, np.int32), replica, weight, [generation, written_by, draw]
        )

    @classmethod
    def of_vectors(
        cls,
        value: np.ndarray,  # (n_rows, length)
        replica: np.ndarray,  # (n_rows,)
        weight: np.ndarray | None = None,  # (n_rows,)
        generation: int = 0,
        written_by: str | None = None,
        draw: int = 0,
    ) -> Samples:
        """Make rows of a closed-form world of real numbers; the id is as in `of_arrays`, over the numbers' bits.

        Raises:
            ValueError: a number is not finite.
        """
        real = np.ascontiguousarray(value, np.float64)
        if not np.isfinite(real).all():
            row = int(np.flatnonzero(~np.isfinite(real).all(axis=1))[0])
            raise ValueError(f"Samples.of_vectors: row {row} is {real[row].tolist()}, want finite numbers.")
        return cls._of_world("vector", real.view(np.int64), real, replica, weight, [generation, written_by, draw])

    @classmethod
    def _of_world(
        cls,
        kind: str,
        bits: np.ndarray,  # (n_rows, length), whole numbers that tell values apart
        value: np.ndarray,  # (n_rows, length), of the payload's type
        replica: np.ndarray,
        weight: np.ndarray | None,
        provenance: list[Any],
    ) -> Samples:
        n_rows, length = value.shape
        generation, written_by, _ = provenance
        weights = np.ones(n_rows) if weight is None else np.asarray(weight, float)
        ids = _array_ids(bits, np.asarray(replica), weights, provenance)
        offsets = pa.array(np.arange(0, (n_rows + 1) * length, length, dtype=np.int32))
        columns = [
            pa.FixedSizeBinaryArray.from_buffers(ID, n_rows, [None, pa.py_buffer(ids.tobytes())]),
            pa.array(np.full(n_rows, generation, np.int32)),
            pa.DictionaryArray.from_arrays(
                pa.array(np.zeros(n_rows, np.int32), mask=np.full(n_rows, written_by is None)),
                pa.array([written_by or ""]),
            ),
            pa.array(np.asarray(replica, np.int32)),
            pa.array(weights),
            pa.ListArray.from_arrays(offsets, pa.array(np.ascontiguousarray(value).ravel())),
        ]
        return cls(pa.table(columns, schema=SCHEMAS[kind]), kind)

    @classmethod
    def concat(cls, parts: Sequence[Samples]) -> Samples:
        """Join tables of one kind, in order, without copying rows."""
        kinds = {part.kind for part in parts}
        if len(kinds) != 1:
            raise ValueError(f"Samples.concat: got kinds {sorted(kinds)}, want exactly one.")
        return cls(pa.concat_tables([part._table for part in parts]), kinds.pop())

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __iter__(self) -> Iterator[Sample | ArrayRow]:
        return self.text_rows() if self.kind == "text" else self._array_rows()

    def text_rows(self) -> Iterator[Sample]:
        """Yield the rows of a table of texts."""
        for row in self._dicts():
            yield _sample(row)

    def _array_rows(self) -> Iterator[ArrayRow]:
        for row in self._dicts():
            yield ArrayRow(**{**row, "id": row["id"].hex(), "value": tuple(row["value"])})

    def _dicts(self) -> Iterator[dict[str, Any]]:
        for batch in self._table.to_batches(max_chunksize=1024):
            yield from batch.to_pylist()

    @property
    def table(self) -> pa.Table:
        """The Arrow table; never written to."""
        return self._table

    def column(self, name: str) -> pa.ChunkedArray:
        """Return one column as it lies in memory."""
        return self._table.column(name)

    def texts(self) -> list[str]:
        """Return the completions: what was written, without prompt or template."""
        return list(self._table.column("completion").to_pylist())

    def ids(self) -> np.ndarray:
        """Return the row digests, (n_rows,) of 16 bytes each."""
        chunks = [_id_bytes(chunk) for chunk in self._table.column("id").chunks]
        return np.concatenate(chunks) if chunks else np.zeros(0, "V16")

    def values(self) -> np.ndarray:
        """Return the values of a world's rows, (n_rows, length)."""
        flat = self._table.column("value").combine_chunks().flatten().to_numpy()
        values: np.ndarray = flat.reshape(len(self), -1) if len(self) else flat.reshape(0, 1)
        return values

    def numbers(self, name: str) -> np.ndarray:
        """Return a column of numbers, (n_rows,)."""
        numbers: np.ndarray = self._table.column(name).to_numpy()
        return numbers

    def select(self, indices: np.ndarray) -> Samples:
        """Return the rows at `indices`, in that order; rows may repeat. Neighbours in order are not copied."""
        places = np.asarray(indices, np.int64)
        first, last = (int(places.min()), int(places.max())) if len(places) else (0, -1)
        between = self._table.slice(first, last - first + 1)
        if np.array_equal(places, np.arange(first, last + 1)):
            return Samples(between, self.kind)
        return Samples(between.take(pa.array(places - first)), self.kind)

    def shards(self, rows: int = 10_000) -> Iterator[Samples]:
        """Yield consecutive pieces of at most `rows` rows; copies nothing."""
        for start in range(0, len(self), rows):
            yield Samples(self._table.slice(start, rows), self.kind)

    @property
    def digest(self) -> str:
        """The name of the content: row digests in order, and the scores."""
        scores = b""
        if self.kind == "text" and any(self._table.column("scores").to_pylist()):
            scores = json.dumps(self._table.column("scores").to_pylist()).encode()
        return digest.of_bytes(self.kind.encode(), self.ids().tobytes(), scores)

    def save(self, folder: Path) -> None:
        """Write the rows as shards of 10,000 into an existing folder, over what an interrupted attempt left there."""
        for left in folder.glob("shard-*"):
            left.unlink()
        writer = ShardWriter(folder)
        for shard in self.shards():
            writer.write(shard)
        if not len(self):
            writer.write(self)

    @classmethod
    def open(cls, folder: Path) -> Samples:
        """Map the shards of a folder into memory."""
        paths = sorted(folder.glob("shard-*.arrow"))
        if not paths:
            raise ValueError(f"Samples.open: {folder} holds no shard.")
        tables = [pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths]
        table = pa.concat_tables(tables)
        return cls(table, next(kind for kind, schema in SCHEMAS.items() if table.schema.equals(schema)))


class ShardWriter:
    """Writes shards one by one; each is whole or absent, so an interrupted stage goes on after the last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = len(list(folder.glob("shard-*.arrow")))

    def write(self, samples: Samples) -> None:
        """Append one shard, flushed to disk before it gets its name."""
        path = self.folder / f"shard-{self.written:05d}.arrow"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            with pa.ipc.new_file(file, samples.table.schema, options=_UNIFY) as writer:
                writer.write_table(samples.table.combine_chunks())
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        self.written += 1

    def read(self) -> Iterator[Samples]:
        """Yield the shards written so far."""
        for path in sorted(self.folder.glob("shard-*.arrow")):
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
            yield Samples(table, next(kind for kind, schema in SCHEMAS.items() if table.schema.equals(schema)))


# Chunks may bring dictionaries of their own; an Arrow file holds one for each column.
_UNIFY = pa.ipc.IpcWriteOptions(unify_dictionaries=True)


def _text_id(row: Mapping[str, Any]) -> bytes:
    named = {name: row.get(name) for name in SCHEMAS["text"].names if name not in NOT_IN_ID}
    named["parents"] = [parent.hex() for parent in row["parents"]]
    return bytes.fromhex(digest.of_value(named))


def _array_ids(value: np.ndarray, replica: np.ndarray, weight: np.ndarray, provenance: list[Any]) -> np.ndarray:
    """Hash rows of numbers in two 64-bit lanes (the splitmix64 finaliser), a million rows in well under a second."""
    seed = np.frombuffer(bytes.fromhex(digest.of_value(provenance)), np.uint64)  # (2,)
    columns = [replica.astype(np.int64).view(np.uint64), weight.astype(np.float64).view(np.uint64)]
    columns += [_place_in_replica(replica).view(np.uint64), *value.astype(np.int64).view(np.uint64).T]
    lanes = np.broadcast_to(seed, (len(value), 2)).copy()
    multipliers = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            lanes = (lanes ^ column[:, None]) + np.uint64(0x9E3779B97F4A7C15)
            lanes = (lanes ^ (lanes >> np.uint64(30))) * multipliers
            lanes = (lanes ^ (lanes >> np.uint64(27))) * multipliers[::-1]
            lanes ^= lanes >> np.uint64(31)
    return lanes  # (n_rows, 2)


def _place_in_replica(replica: np.ndarray) -> np.ndarray:
    """Number the rows of each replica from 0, (n_rows,)."""
    order = np.argsort(replica, kind="stable")
    starts = np.flatnonzero(np.diff(replica[order], prepend=np.nan) != 0)
    place = np.empty(len(replica), np.int64)
    place[order] = np.arange(len(replica)) - np.repeat(starts, np.diff(starts, append=len(replica)))
    return place


def _id_bytes(chunk: pa.Array) -> np.ndarray:
    buffer = chunk.buffers()[1]
    if buffer is None:
        return np.zeros(0, "V16")
    return np.frombuffer(buffer, "V16")[chunk.offset : chunk.offset + len(chunk)]


def _sample(row: dict[str, Any]) -> Sample:
    row["id"] = row["id"].hex()
    row["parents"] = tuple(parent.hex() for parent in row["parents"])
    row["scores"] = dict(row["scores"])
    row["messages"] = None if row["messages"] is None else tuple(row["messages"])
    return Sample(**row)
