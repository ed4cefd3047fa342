"""Rows: an ordered list of references to stored samples, with weights; what is kept, pooled and trained on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from loops import digest
from loops.ref import Ref
from loops.samples import Samples

if TYPE_CHECKING:
    from loops.store import Store


@dataclass(frozen=True, eq=False)
class Rows:
    """References (part, row) into stored samples; copies no text, and equal content has an equal digest."""

    parts: tuple[Samples, ...]
    refs: tuple[Ref, ...]
    """Where each part lies in the store."""
    part: np.ndarray  # (n_rows,) int32, index into parts
    row: np.ndarray  # (n_rows,) int64
    weight: np.ndarray  # (n_rows,) float64

    @classmethod
    def all_of(cls, samples: Samples, ref: Ref) -> Rows:
        """Refer to every row of one stored table, each with weight 1."""
        n = len(samples)
        return cls((samples,), (ref,), np.zeros(n, np.int32), np.arange(n), np.ones(n))

    @classmethod
    def concat(cls, several: Sequence[Rows]) -> Rows:
        """Join lists of references, in order; parts that are the same are held once."""
        refs: dict[Ref, Samples] = {}
        for rows in several:
            refs |= dict(zip(rows.refs, rows.parts, strict=True))
        position = {ref: i for i, ref in enumerate(refs)}
        moved = [np.array([position[ref] for ref in rows.refs], np.int32)[rows.part] for rows in several if len(rows)]
        full = [rows for rows in several if len(rows)]
        return cls(
            tuple(refs.values()),
            tuple(refs),
            np.concatenate([np.zeros(0, np.int32), *moved]),
            np.concatenate([np.zeros(0, np.int64), *(rows.row for rows in full)]),
            np.concatenate([np.zeros(0), *(rows.weight for rows in full)]),
        )

    def __len__(self) -> int:
        return len(self.row)

    def select(self, indices: np.ndarray) -> Rows:
        """Return the references at `indices` (whole numbers or a mask), in that order."""
        return Rows(self.parts, self.refs, self.part[indices], self.row[indices], self.weight[indices])

    def reweighted(self, factor: np.ndarray | float) -> Rows:
        """Return the same rows with their weights times `factor`."""
        return Rows(self.parts, self.refs, self.part, self.row, self.weight * factor)

    def shards(self, rows: int = 10_000) -> Iterator[Samples]:
        """Fetch consecutive pieces of at most `rows` rows, so that no more than one need be in memory."""
        for start in range(0, len(self), rows):
            yield self.select(np.arange(start, min(start + rows, len(self)))).samples()

    def samples(self) -> Samples:
        """Fetch the rows."""
        return Samples.concat(self.parts).select(self.places)

    def each(self, read: Callable[[Samples], np.ndarray]) -> np.ndarray:
        """Return what `read` says of each row, (n_rows,), without fetching the rows."""
        values: np.ndarray = np.concatenate([read(part) for part in self.parts])[self.places]
        return values

    def found_in(self, several: Sequence[Rows]) -> np.ndarray:
        """Whether any of these lists refers to the same row of the same content, (n_rows,) of bool."""
        found = np.zeros(len(self), bool)
        for part, ref in enumerate(self.refs):
            mine = self.part == part
            for other in several:
                same = [i for i, theirs in enumerate(other.refs) if theirs.digest == ref.digest]
                found[mine] |= np.isin(self.row[mine], other.row[np.isin(other.part, same)])
        return found

    @property
    def written_by_human(self) -> np.ndarray:
        """Whether each row is human text, (n_rows,) of bool."""
        human = [part.column("written_by").is_null().to_numpy() for part in self.parts]
        flags: np.ndarray = np.concatenate([np.zeros(0, bool), *human])[self.places]
        return flags

    @property
    def digest(self) -> str:
        """The name of the content: (row digest, weight) in order, wherever the rows lie."""
        ids = [part.ids() for part in self.parts]
        chosen = np.concatenate([np.zeros(0, "V16"), *ids])[self.places]
        return digest.of_bytes(chosen.tobytes(), self.weight.tobytes())

    @property
    def places(self) -> np.ndarray:
        """Where each row stands when the parts are laid end to end, (n_rows,)."""
        starts = np.cumsum([0, *(len(part) for part in self.parts)])[:-1]
        places: np.ndarray = starts[self.part] + self.row
        return places

    def save(self, folder: Path) -> None:
        """Write the references, not the text, into an existing folder."""
        np.savez(folder / "rows.npz", part=self.part, row=self.row, weight=self.weight)
        (folder / "parts.json").write_text(json.dumps([ref.to_json() for ref in self.refs]))

    @classmethod
    def open(cls, folder: Path, store: Store) -> Rows:
        """Read references and open the samples that they point to."""
        refs = tuple(Ref.from_json(ref) for ref in json.loads((folder / "parts.json").read_text()))
        arrays = np.load(folder / "rows.npz")
        parts = tuple(_samples(store.open(ref)) for ref in refs)
        return cls(parts, refs, arrays["part"], arrays["row"], arrays["weight"])


def _samples(value: object) -> Samples:
    assert isinstance(value, Samples), value
    return value
