"""What a filter cost: the kept texts against random subsets of equally many of what went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.metrics.distinct_n import DistinctN
from evals.metrics.missing_mass import MissingMass
from loops.job import Job
from loops.key import Key
from loops.ref import Ref
from loops.rows import Rows
from loops.runtime import Runtime
from loops.samples import Samples
from loops.stages.filter_cost import run

BEFORE = Samples.of_text(
    [{"completion": "again and again and again"} for _ in range(20)]
    + [{"completion": " ".join(f"w{5 * i + j}" for j in range(5))} for i in range(20)]
)
REF = Ref("draw", "k", "d", "samples")
BUDGET = {"n_words": 1000, "max_words": 5, "n_texts": 10, "groups": 20, "resamples": 10, "subsets": 10}


def _cost(kept: list[int], folder: Path, metric: Any, before: Samples = BEFORE, **given: Any) -> dict[str, Any]:
    import json

    after = Rows.all_of(before, REF).select(np.array(kept, np.int64))
    job = Job(
        work=folder,
        components={"metric": metric},
        nodes={},
        inputs={"before": before, "after": after},
        refs={"before": REF},
        given=given,
        settings=BUDGET,
        key=Key.root(0),
        runtime=Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa"),
        progress=lambda done, total, unit: None,
    )
    run(job)
    result: dict[str, Any] = json.loads((folder / "numbers.json").read_text())
    return result


def test_a_filter_that_keeps_the_repeated_texts_lies_far_below_chance(tmp_path: Path) -> None:
    # kept: 20 texts of 5 words with 2 different ones: 2 / 100. A random 20 holds about 10 texts with 5 new words each.
    found = _cost(list(range(20)), tmp_path, DistinctN(n=(1,)))
    part = found["parts"]["1"]
    assert found["words"] == 100
    assert part["value"] == pytest.approx(2 / 100)
    assert part["random"] == pytest.approx((10 * 5 + 2) / 100, abs=0.1)
    assert part["value"] < part["random"] - 4 * part["random_sd"]


def test_a_random_filter_lies_within_chance(tmp_path: Path) -> None:
    kept = np.sort(np.random.default_rng(5).choice(40, 20, replace=False)).tolist()
    part = _cost(kept, tmp_path, DistinctN(n=(1,)))["parts"]["1"]
    assert abs(part["value"] - part["random"]) < 4 * part["random_sd"]


def test_what_was_kept_is_compared_on_as_many_words_as_the_shortest_subset_holds(tmp_path: Path) -> None:
    texts = Samples.of_text([{"completion": "a b c d e"}] * 10 + [{"completion": "f"}] * 10)
    assert _cost(list(range(10)), tmp_path, DistinctN(n=(1,)), texts)["words"] < 50


def test_tail_measures_read_the_reference(tmp_path: Path) -> None:
    reference = Samples.of_text([{"completion": "again w0 w99"}])
    part = _cost(list(range(20)), tmp_path, MissingMass(n=(1,)), reference=reference)["parts"]["1"]
    assert part["value"] == pytest.approx(2 / 3)


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    found = _cost([0], tmp_path, DistinctN(n=(6,)))
    assert found["parts"] == {}
    assert "holds no 6-gram" in found["why"]
