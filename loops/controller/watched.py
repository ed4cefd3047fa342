"""A measure that a controller watches: how much worse than it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loops.errors import StageError


@dataclass(frozen=True, slots=True)
class Watched:
    """A measure of the history, with the value that student 0 has plus a margin as its limit."""

    measure: str
    """Its name in the history, such as `student/word_frequency_nll/tail`."""
    margin: float
    """How much worse than student 0 a student may be, in the measure's unit."""
    higher_is_worse: bool
    """Which way is worse."""

    def __post_init__(self) -> None:
        if self.margin < 0:
            raise ValueError(f"margin: got {self.margin}, want 0 or more, in the unit of {self.measure}")
        if self.measure.count("/") < 2:
            raise ValueError(
                f"measure: got {self.measure!r}, want view/metric/part, such as student/word_frequency_nll/tail"
            )

    @property
    def metric(self) -> str:
        """The metric that makes the measure."""
        return self.measure.split("/")[1]

    @property
    def view(self) -> str:
        """The view that it is taken of."""
        return self.measure.split("/")[0]

    def value(self, history: Sequence[Mapping[str, Any]], generation: int) -> float | None:
        """Return the measure of a generation; None where it was not measurable.

        Raises:
            StageError: the metric is there, but has no such part.
        """
        (row,) = (row for row in history if row["generation"] == generation)
        if self.measure in row:
            value: float | None = row[self.measure]
            return value
        stem = self.measure.rpartition("/")[0]
        parts = [name for name in row if name.startswith(f"{stem}/") and name.count("/") == self.measure.count("/")]
        if parts and stem not in row:
            raise StageError(
                f"controller.measure: the history has no {self.measure}, it has {', '.join(sorted(parts))}."
            )
        return None

    def worse(self, value: float, than: float) -> float:
        """Return by how much a value is worse than another; below 0 if it is better."""
        return value - than if self.higher_is_worse else than - value

    def excess(self, history: Sequence[Mapping[str, Any]], generation: int) -> float | None:
        """Return by how much a generation is worse than the limit; None where it or student 0 is not measurable."""
        value, first = self.value(history, generation), self.value(history, 0)
        return None if value is None or first is None else self.worse(value, first) - self.margin
