"""Writes what reference packages make of rows of numbers into fixtures/embedding.json, for embedding metrics.

    python tests/evals/oracles/embedding.py

It takes the packages in requirements.txt, and this repository on PYTHONPATH. mauve-text is under the GPL: its figures
are compared with, its code is not part of this repository.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from embedding_inputs import NAMES, Sides, digest, sides
from mauve import compute_mauve
from prdc import compute_prdc
from vendi_score import vendi

FIXTURE = Path(__file__).parents[1] / "metrics" / "fixtures" / "embedding.json"
PACKAGES = ("faiss-cpu", "mauve-text", "numpy", "prdc", "scikit-learn", "scipy", "vendi-score")

ORDERS = (0.5, 1, 2, 3, "inf")
NEIGHBOURS = (1, 3, 5)
FRONTIERS = ((5.0, 25), (1.0, 25), (5.0, 10))
"""Scaling c, and points."""
SEEDS = range(10)


def vendi_score(rows: np.ndarray) -> dict[str, Any]:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    kernel = unit @ unit.T
    return {
        "kernel": {str(q): float(vendi.score_K(kernel, q=q)) for q in ORDERS},
        "dual": {str(q): float(vendi.score_dual(rows, q=q)) for q in ORDERS},
    }


def prdc(both: Sides) -> dict[str, Any]:
    found = {str(k): compute_prdc(both.reference, both.view, k) for k in NEIGHBOURS}
    return {k: {name: float(value) for name, value in figures.items()} for k, figures in found.items()}


def mauve(both: Sides) -> dict[str, Any]:
    frontiers = []
    for scaling, points in FRONTIERS:
        found = score(both, scaling, points, SEEDS[0])
        frontiers.append(
            {
                "scaling": scaling,
                "points": points,
                "view": np.asarray(found.p_hist, float).tolist(),
                "reference": np.asarray(found.q_hist, float).tolist(),
                "mauve": float(found.mauve),
                "star": float(found.mauve_star),
            }
        )
    runs = [score(both, *FRONTIERS[0], seed) for seed in SEEDS]
    return {
        "frontiers": frontiers,
        "mauve": [float(run.mauve) for run in runs],
        "star": [float(run.mauve_star) for run in runs],
    }


def score(both: Sides, scaling: float, points: int, seed: int) -> Any:
    return compute_mauve(
        p_features=both.view,
        q_features=both.reference,
        mauve_scaling_factor=scaling,
        divergence_curve_discretization_size=points,
        seed=seed,
    )


def main() -> None:
    made: dict[str, Any] = {"made_with": {package: version(package) for package in PACKAGES}}
    for name in NAMES:
        both = sides(name)
        made[name] = {"digest": digest(both), "vendi": vendi_score(both.view), "prdc": prdc(both), "mauve": mauve(both)}
    FIXTURE.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
