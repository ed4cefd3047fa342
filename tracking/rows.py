"""History rows: one flat dict per generation, and how to read the names in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Row = Mapping[str, str | int | float | None]
"""`generation`, `arm`, `seed`, perhaps `replica`, and measures as `view/metric` or `view/metric/part`."""

COMPANIONS = ("low", "high", "human", "random", "random_sd", "why")
"""What may stand beside a measure: its interval within the run, the human value, that of equally many texts taken at
random with its standard deviation, the reason for a null."""


class Unit(NamedTuple):
    """One independent repetition of an arm."""

    seed: int
    replica: int


def unit_of(row: Row) -> Unit:
    """Name the seed and replica that wrote a row; rows of a language model have replica 0."""
    return Unit(_whole(row, "seed"), _whole(row, "replica") if "replica" in row else 0)


def generation_of(row: Row) -> int:
    """Read the generation whose student a row describes."""
    return _whole(row, "generation")


def arm_of(row: Row) -> str:
    """Read the arm that a row belongs to."""
    return str(row["arm"])


def number(row: Row, name: str) -> float | None:
    """Read a measure as a float; None where it was not measured or is not a number."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def measures(rows: Iterable[Row]) -> list[str]:
    """List the measures that occur in any row, in order of first appearance, without their companions."""
    names: dict[str, None] = {}
    for row in rows:
        for name in row:
            if name not in names and "/" in name and not is_companion(name, row):
                names[name] = None
    return list(names)


def is_companion(name: str, row: Row) -> bool:
    """Tell an interval's end, a human value or a reason from a measure of its own."""
    stem, _, last = name.rpartition("/")
    return last in COMPANIONS and stem in row


def mean_row(rows: Sequence[Row]) -> Row:
    """Average rows that differ only in their replica; a measure that is null in some is that of the rest.

    Raises:
        ValueError: no rows.
    """
    if not rows:
        raise ValueError("mean_row: got no rows, need at least one.")
    merged: dict[str, str | int | float | None] = {}
    for name in dict.fromkeys(name for row in rows for name in row if name != "replica"):
        first = next(row[name] for row in rows if name in row)
        numbers = [value for row in rows if (value := number(row, name)) is not None]
        is_measured = "/" in name and bool(numbers)
        merged[name] = sum(numbers) / len(numbers) if is_measured else first
    return merged


@dataclass(slots=True)
class ReplicaGroups:
    """Gathers the rows of many replicas, so that each generation of a run is shown once.

    A row without a replica is a group of its own. A run's group is complete when its next generation begins.
    """

    waiting: dict[tuple[str, int], list[Row]] = field(default_factory=dict)

    def add(self, row: Row) -> list[Row]:
        """Take a row and return the rows, averaged over replicas, that are now complete."""
        if "replica" not in row:
            return [row]
        run = (arm_of(row), unit_of(row).seed)
        group = self.waiting.setdefault(run, [])
        if not group or generation_of(group[0]) == generation_of(row):
            group.append(row)
            return []
        self.waiting[run] = [row]
        return [mean_row(group)]

    def rest(self, arm: str | None = None, seed: int | None = None) -> list[Row]:
        """Hand over what still waits, of one run or of all."""
        runs = [run for run in self.waiting if arm is None or run == (arm, seed)]
        return [mean_row(self.waiting.pop(run)) for run in runs]


def _whole(row: Row, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int):
        raise ValueError(f"history row: {name} is {value!r}, want a whole number. Row keys: {list(row)[:8]}.")
    return value
