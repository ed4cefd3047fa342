"""Curves over generations: the mean of an arm's seeds or replicas, with a band that says what it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from tracking.report.data import ReportData
from tracking.rows import Row, arm_of, generation_of, is_companion, measures, unit_of

Floats = npt.NDArray[np.float64]

_LEVEL = 0.95


class Band(StrEnum):
    """What the shaded band around a curve is."""

    SEEDS = "t interval over seeds"
    REPLICAS = "t interval over replicas"
    WITHIN_RUN = "interval within one run"
    NONE = "no interval"

    def sentence(self, n_units: str) -> str:
        """Say it under a figure, with the number of seeds or replicas."""
        if self is Band.SEEDS:
            return f"Lines are means of {n_units} seeds, bands their 95% t intervals."
        if self is Band.REPLICAS:
            return f"Means of {n_units} replicas, bands their 95% t intervals."
        if self is Band.WITHIN_RUN:
            return (
                "One seed; the band is the interval within the run (other texts of the same student), "
                "which says nothing about other seeds."
            )
        return "One seed, and no interval within the run."


class Missing(NamedTuple):
    """A measure that could not be measured in one generation of an arm."""

    measure: str
    arm: str
    generation: int
    n_units: int
    """Seeds or replicas in which it is null."""
    reason: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One measure of one arm; arrays run along `generations`, NaN where there is nothing."""

    measure: str
    arm: str
    generations: tuple[int, ...]
    mean: Floats
    low: Floats
    high: Floats
    human: Floats
    n_units: npt.NDArray[np.int64]
    """Seeds or replicas measured in each generation."""
    n_asked: npt.NDArray[np.int64]
    """Seeds or replicas that have a row with this measure, null or not."""
    band: Band

    def at(self, generation: int) -> float | None:
        """Return the mean of one generation; None where it is not measured."""
        if generation not in self.generations:
            return None
        value = float(self.mean[self.generations.index(generation)])
        return None if np.isnan(value) else value


@dataclass(frozen=True, slots=True)
class CurveBook:
    """All curves of a report, by measure and arm, and what could not be measured."""

    arms: tuple[str, ...]
    names: tuple[str, ...]
    """Measures in order of first appearance."""
    curves: Mapping[tuple[str, str], Curve]
    missing: Sequence[Missing] = ()
    prefix: str = ""
    """Keeps the names of figures of two books apart."""

    def of(self, measure: str) -> list[Curve]:
        """Return the curves of a measure, in the order of arms."""
        return [self.curves[measure, arm] for arm in self.arms if (measure, arm) in self.curves]

    def generations(self) -> list[int]:
        """List every generation that any arm has."""
        return sorted({generation for curve in self.curves.values() for generation in curve.generations})


def curve_book(data: ReportData, rows: Sequence[Row], prefix: str = "") -> CurveBook:
    """Average rows over the seeds and replicas of each arm."""
    arms = tuple(dict.fromkeys([*(arm.name for arm in data.arms), *map(arm_of, rows)]))
    names = tuple(measures(rows))
    by_arm: dict[str, list[Row]] = {arm: [] for arm in arms}
    for row in rows:
        by_arm[arm_of(row)].append(row)
    curves: dict[tuple[str, str], Curve] = {}
    missing: list[Missing] = []
    for arm, own in by_arm.items():
        table = _Table.of(own)
        for name in names:
            having = table.having(name)
            if having.any():
                curves[name, arm] = table.curve(name, arm, having)
        missing += _missing(arm, own)
    return CurveBook(arms, names, curves, tuple(missing), prefix)


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one arm with their place on the axis, so that a measure is averaged in one pass."""

    rows: Sequence[Row]
    generations: tuple[int, ...]
    place: npt.NDArray[np.int64]
    """Index into `generations` of each row."""
    n_seeds: int
    n_units: int

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "_Table":
        present = [generation_of(row) for row in rows]
        generations = tuple(sorted(set(present)))
        units = {unit_of(row) for row in rows}
        place = np.searchsorted(np.array(generations), np.array(present)).astype(np.int64)
        return cls(rows, generations, place, len({unit.seed for unit in units}), len(units))

    def having(self, name: str) -> npt.NDArray[np.bool_]:
        return np.fromiter((name in row for row in self.rows), dtype=np.bool_, count=len(self.rows))

    def values(self, name: str) -> Floats:
        # A null, and a key that is not there, become NaN.
        return np.array([row.get(name) for row in self.rows], dtype=np.float64)

    def mean(self, values: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
        measured = ~np.isnan(values)
        n = np.bincount(self.place[measured], minlength=len(self.generations))
        total = np.bincount(self.place[measured], values[measured], minlength=len(self.generations))
        return np.where(n > 0, total / np.maximum(n, 1), np.nan), n  # (n_generations,) each

    def curve(self, name: str, arm: str, having: npt.NDArray[np.bool_]) -> Curve:
        values = self.values(name)
        mean, n = self.mean(values)
        low, _ = self.mean(self.values(f"{name}/low"))
        high, _ = self.mean(self.values(f"{name}/high"))
        human, _ = self.mean(self.values(f"{name}/human"))
        band = Band.NONE if np.isnan(low).all() else Band.WITHIN_RUN
        if self.n_units > 1:
            half = self._half_width(values, mean, n)
            low, high = mean - half, mean + half
            band = Band.SEEDS if self.n_units == self.n_seeds else Band.REPLICAS
        asked = np.bincount(self.place[having], minlength=len(self.generations))
        return Curve(name, arm, self.generations, mean, low, high, human, n, asked, band)

    def _half_width(self, values: Floats, mean: Floats, n: npt.NDArray[np.int64]) -> Floats:
        """Half of the t interval; NaN with fewer than two values."""
        squares, _ = self.mean((values - mean[self.place]) ** 2)
        freedom = np.maximum(n - 1, 1)
        error = np.sqrt(squares / freedom)  # sqrt of (sum of squares / (n - 1)) / n
        return np.where(n > 1, stdtrit(freedom, (1 + _LEVEL) / 2) * error, np.nan)


def _missing(arm: str, rows: Iterable[Row]) -> list[Missing]:
    counts: dict[tuple[str, int, str], int] = {}
    for row in rows:
        for name, value in row.items():
            if value is None and "/" in name and not is_companion(name, row):
                reason = str(row.get(f"{name}/why") or "no reason recorded")
                cell = (name, generation_of(row), reason)
                counts[cell] = counts.get(cell, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: item[0][:2])
    return [Missing(name, arm, generation, n, reason) for (name, generation, reason), n in ordered]
