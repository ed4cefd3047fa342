"""Samples: the rows that flow through the loop, on disk as memory-mapped Arrow shards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from loops import digest
from loops.row_ids import array_ids, text_id
from loops.shards import ShardWriter, read_shards, remove_shards

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
    def of_table(cls, table: pa.Table) -> Samples:
        """Make rows of a table as it was stored; its columns tell the kind."""
        kinds = [kind for kind, schema in SCHEMAS.items() if table.schema.equals(schema)]
        if not kinds:
            raise ValueError(f"Samples: columns {table.schema.names} are those of no kind ({', '.join(SCHEMAS)}).")
        return cls(table, kinds[0])

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
            row["id"] = text_id({name: row.get(name) for name in schema.names})
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
        ids = array_ids(bits, np.asarray(replica), weights, provenance)
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

    def written_tokens(self) -> np.ndarray:
        """Return how many tokens each row's writer wrote, (n_rows,): the values of a world, NaN for human text."""
        if self.kind != "text":
            return np.full(len(self), self.values().shape[1])
        return self.numbers("n_tokens")

    def worlds(self) -> np.ndarray:
        """Return the replica of each row, (n_rows,); texts are one world, number 0."""
        return np.zeros(len(self), np.int32) if self.kind == "text" else self.numbers("replica")

    @property
    def endless(self) -> bool:
        """Whether rows are values with their shares of infinitely many draws, not single draws."""
        return self.kind != "text" and bool((self.numbers("weight") != 1).any())

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
        remove_shards(folder)
        writer = ShardWriter(folder)
        for shard in self.shards():
            writer.write(shard.table)
        if not len(self):
            writer.write(self.table)

    @classmethod
    def open(cls, folder: Path) -> Samples:
        """Map the shards of a folder into memory."""
        shards = read_shards(folder)
        if not shards:
            raise ValueError(f"Samples.open: {folder} holds no shard.")
        return cls.of_table(pa.concat_tables(shards))


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
