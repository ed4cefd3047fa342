"""Verdicts: what a filter says of each row; keep, or drop with a reason code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from loops.samples import WORD

FIGURES = "figures.json"


@dataclass(frozen=True, eq=False)
class Verdicts:
    """One verdict a row, in the order of the rows judged."""

    reason: pa.Array
    """Null: keep; else the reason code of the drop."""
    weight: np.ndarray  # (n_rows,) factor on the weight of a kept row
    figures: Mapping[str, float] = field(default_factory=dict)
    """What the filter says of itself, such as how well its detector detects; the history holds those of a mitigation
    as `mitigation/<filter>/<figure>`."""

    @classmethod
    def of(
        cls,
        reasons: Sequence[str | None],
        weight: np.ndarray | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> Verdicts:
        """Make verdicts from reason codes; None keeps the row."""
        return cls(pa.array(reasons, WORD), np.ones(len(reasons)) if weight is None else weight, figures or {})

    @classmethod
    def concat(cls, several: Sequence[Verdicts]) -> Verdicts:
        """Join the verdicts of consecutive shards; of a figure that several give, the last one counts."""
        reasons = [verdicts.reason.cast(pa.string()) for verdicts in several]
        return cls(
            pa.concat_arrays(reasons).cast(WORD) if reasons else pa.array([], WORD),
            np.concatenate([np.zeros(0), *(verdicts.weight for verdicts in several)]),
            {name: figure for verdicts in several for name, figure in verdicts.figures.items()},
        )

    def split(self, sizes: Sequence[int]) -> list[Verdicts]:
        """Return the verdicts of consecutive shards of so many rows; `concat` joins them again."""
        starts = np.cumsum([0, *sizes])[:-1].tolist()
        return [
            Verdicts(self.reason.slice(start, size), self.weight[start : start + size], self.figures)
            for start, size in zip(starts, sizes, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.reason)

    @property
    def kept(self) -> np.ndarray:
        """Whether each row is kept, (n_rows,) of bool."""
        mask: np.ndarray = self.reason.is_null().to_numpy(zero_copy_only=False)
        return mask

    def counts(self) -> dict[str, int]:
        """Return how many rows were dropped for each reason, most first."""
        return dict(Counter(reason for reason in self.reason.to_pylist() if reason is not None).most_common())

    def save(self, folder: Path) -> None:
        """Write the verdicts into an existing folder."""
        table = pa.table({"reason": self.reason, "weight": self.weight})
        with (
            pa.OSFile(str(folder / "verdicts.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, table.schema) as writer,
        ):
            writer.write_table(table)
        (folder / FIGURES).write_text(json.dumps(dict(self.figures)))

    @classmethod
    def open(cls, folder: Path) -> Verdicts:
        """Read the verdicts that a filter left in its folder."""
        table = pa.ipc.open_file(pa.memory_map(str(folder / "verdicts.arrow"))).read_all()
        path = folder / FIGURES
        figures = json.loads(path.read_text()) if path.exists() else {}  # older stores have none
        return cls(table.column("reason").combine_chunks(), table.column("weight").to_numpy(), figures)
