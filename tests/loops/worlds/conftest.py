"""Worlds of real numbers, run as `heirloom run` runs them, and their means over replicas held against theory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.run import Results, run

Curves = Mapping[str, tuple[np.ndarray, str]]


@dataclass(frozen=True)
class Chains:
    """A finished run of one arm."""

    results: Results

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        return self.results.rows()

    def values(self, measure: str, generation: int) -> np.ndarray:
        """Return a measure of every replica, (replicas,)."""
        return np.array([row[measure] for row in self.rows if row["generation"] == generation])

    def z(self, measure: str, generation: int, expected: float) -> float:
        """Return how many standard errors the mean over replicas lies from theory."""
        values = self.values(measure, generation)
        return float((values.mean() - expected) / (values.std(ddof=1) / np.sqrt(len(values))))

    def furthest(self, curves: Curves, late: int = 0) -> float:
        """Return the largest |z| of all measures and generations, generation g held against that of g + late."""
        return max(
            abs(self.z(measure, g, float(expected[g + late])))
            for measure, (expected, _) in curves.items()
            for g in range(len(expected) - late)
        )


Start = Callable[..., Chains]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return `run` in a folder of its own for each call; flushing is for power cuts, which no test has."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    def started(*overrides: str) -> Chains:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        where = [f"output_dir={folder}/out", f"store={folder}/store"]
        return Chains(run("executor=inline", "measure.n_words=null", *where, *overrides))

    return started
