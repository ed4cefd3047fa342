"""Measurement beside theory: what experiments on closed-form worlds share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

from loops.arm import Arm
from loops.build import build
from loops.recorded import store_of
from loops.report import curves_of
from tracking.run_dir import RunDir

LIMIT = 4.0
"""Standard errors that a mean over replicas may lie from theory: at 45 comparisons, one run in 350 is further off."""

ROUNDING = 1e-12
"""Share of a mean below which its standard error is that of adding up equal numbers."""

Curves = Mapping[str, tuple[np.ndarray, str]]
"""What a law expects by measure, in generations 0, 1, ..., and its name."""


class Comparison(NamedTuple):
    """A mean over replicas beside what theory expects of it."""

    arm: str
    measure: str
    generation: int
    mean: float
    error: float
    """Standard error of the mean."""
    expected: float

    @property
    def z(self) -> float | None:
        """Standard errors between measurement and theory; None where all replicas are alike, up to rounding."""
        return (self.mean - self.expected) / self.error if self.error > ROUNDING * abs(self.mean) else None


def laws(runs: Sequence[Arm]) -> dict[str, Curves]:
    """Return what theory expects of each arm that names a law."""
    found: dict[str, Curves] = {}
    for one in runs:
        if one.config.get("theory") is not None:
            folder = RunDir(one.folder)
            found[one.arm] = curves_of(build(one.config["theory"], "theory"), folder, store_of(folder))
    return found


def compare(rows: Sequence[Mapping[str, Any]], expected: Mapping[str, Curves]) -> list[Comparison]:
    """Put each arm's means over replicas beside theory, in every generation."""
    found = []
    for arm, curves in expected.items():
        mine = [row for row in rows if row["arm"] == arm]
        for measure, (law, _) in curves.items():
            for g in sorted({int(row["generation"]) for row in mine}):
                values = np.array([row[measure] for row in mine if row["generation"] == g])
                error = float(values.std(ddof=1) / np.sqrt(len(values)))
                found.append(Comparison(arm, measure, g, float(values.mean()), error, float(law[g])))
    return found


def judge(comparisons: Sequence[Comparison]) -> str:
    """Say reproduced when every mean lies within 4 standard errors of theory, contradicted otherwise."""
    off = [abs(comparison.z) for comparison in comparisons if comparison.z is not None]
    if not off:
        return "inconclusive"
    return "reproduced" if max(off) <= LIMIT else "contradicted"


def table(comparisons: Sequence[Comparison], shown: Sequence[int], titles: Mapping[str, str]) -> Table:
    """Show some generations."""
    made = Table("arm", "measure", "generation", "measured", "standard error", "theory", "z", box=None)
    for one in comparisons:
        if one.generation in shown:
            z = "" if one.z is None else f"{one.z:+.1f}"
            figures = f"{one.mean:.4g}", f"{one.error:.2g}", f"{one.expected:.4g}"
            made.add_row(one.arm, titles.get(one.measure, one.measure), str(one.generation), *figures, z)
    return made
