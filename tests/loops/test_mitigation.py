"""What mitigations changed, and the run that stops where one changed nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import StageError
from loops.filters.random import Random
from loops.filters.verifier import Verifier
from loops.generator.plain import Plain
from loops.loop import run_arm
from loops.mitigation import mitigations, moved
from loops.observe import Views
from loops.plan import plan
from loops.ref import Ref
from loops.samples import Samples
from loops.store import Store
from loops.trainer.counts import Counts

SMALL = ("source.types=6", "source.draws=8", "source.replicas=2", "generations=1")
STUDENT = Ref("train", "0" * 32, "0" * 32, "student")


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def _arm(*overrides: str) -> Arm:
    return plan(["experiment=urn", "arm=replace", *SMALL, *overrides])[0]


def _rows(arm: Arm, folder: Path) -> list[dict[str, Any]]:
    engine = Engine(Store(folder), arm.runtime, arm.arm, arm.seed, lambda event: None, arm.plugins)
    return [row for rows in run_arm(arm, engine) for row in rows]


class _Drawn:
    """An engine in whose store one drawing lies."""

    def __init__(self, drawn: Samples | None, generation: int = 1) -> None:
        self.drawn, self.generation, self.mitigated = drawn, generation, set[str]()

    def open(self, ref: Ref) -> Samples | None:
        return self.drawn


def _shares(engine: _Drawn, training: dict[str, float]) -> dict[str, float]:
    views = Views(STUDENT, drawn=None if engine.drawn is None else STUDENT)
    return mitigations(_arm(), engine, views, training)  # type: ignore[arg-type]


def test_weight_that_moves_is_counted_once() -> None:
    # Shares .25 each become .5, .5, 0, 0: half the sum of .25 + .25 + .25 + .25.
    assert moved(np.ones(4), np.array([1, 1, 0, 0])) == 0.5
    # 1 of 5 equal rows is dropped; of rows of weight 3 and 1, the second is: a quarter.
    assert moved(np.ones(5), np.array([1, 1, 0, 1, 1])) == pytest.approx(0.2)
    assert moved(np.array([3, 1]), np.array([3, 0])) == 0.25
    # Shares .5 and .5 become .75 and .25.
    assert moved(np.ones(2), np.array([3, 1])) == 0.25


def test_a_factor_that_is_the_same_for_all_rows_moves_nothing_and_a_total_loss_moves_all() -> None:
    assert moved(np.array([0.1, 0.7, 1.3]), np.array([0.1, 0.7, 1.3]) * 1.7) == pytest.approx(0, abs=1e-15)
    assert moved(np.ones(3), np.zeros(3)) == 1


def test_what_had_no_weight_cannot_move() -> None:
    with pytest.raises(ValueError, match="moved: 0 rows have a total weight of 0, want more than 0"):
        moved(np.zeros(0), np.zeros(0))


def test_ordinary_filters_may_drop_nothing_and_log_no_mitigation(tmp_path: Path) -> None:
    rows = _rows(_arm("filters=[random]", "filters.random.keep_share=1"), tmp_path)
    assert not [name for row in rows for name in row if name.startswith("mitigation")]


def test_a_filter_that_is_a_mitigation_logs_the_share_that_it_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Random, "changes", "texts", raising=False)
    rows = _rows(_arm("filters=[random]", "filters.random.keep_share=0.5"), tmp_path)
    share = {row["generation"]: row.get("mitigation/random/changed_share") for row in rows}
    kept = {row["generation"]: row["kept/rows"] / row["drawn/rows"] for row in rows if row["generation"]}
    assert share == {0: None, 1: pytest.approx(1 - kept[1])}
    assert 0 < kept[1] < 1


def test_a_mitigation_that_changed_nothing_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Random, "changes", "texts", raising=False)
    with pytest.raises(StageError, match=r"generation 1, arm replace: filters\.random is a mitigation and changed 0"):
        _rows(_arm("filters=[random]", "filters.random.keep_share=1"), tmp_path)


def test_a_verifier_is_a_mitigation() -> None:
    assert Verifier.changes == "weights"


def test_a_generator_tells_by_the_scores_of_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        {"completion": "a b c", "n_tokens": 3, "scores": {"changed": 1.0}},
        {"completion": "d e f g h", "n_tokens": 5, "scores": {"changed": 1.0}},
        {"completion": "i j", "n_tokens": 2, "scores": {"changed": 0.0}},
    ]
    engine = _Drawn(Samples.of_text(texts))
    monkeypatch.setattr(Plain, "changes", "tokens", raising=False)
    assert _shares(engine, {}) == {"mitigation/generator/changed_share": 0.2}  # 2 of 10 tokens
    monkeypatch.setattr(Plain, "changes", "texts", raising=False)
    assert _shares(engine, {}) == {"mitigation/generator/changed_share": pytest.approx(2 / 3)}


def test_a_trainer_tells_by_its_log_and_may_change_nothing_only_before_or_after_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Counts, "changes", "tokens", raising=False)
    engine = _Drawn(None, generation=0)
    nothing, some = ({"training/changed_share": share} for share in (0.0, 0.25))
    assert _shares(engine, nothing) == {"mitigation/trainer/changed_share": 0}
    engine.generation = 1
    with pytest.raises(StageError, match="trainer is a mitigation and changed 0 of the tokens that it was given"):
        _shares(engine, nothing)
    assert _shares(engine, some) == {"mitigation/trainer/changed_share": 0.25}
    assert _shares(engine, nothing) == {"mitigation/trainer/changed_share": 0}


def test_a_plan_of_a_mitigation_that_has_not_run_is_made(tmp_path: Path) -> None:
    from loops.lookup import walk
    from loops.plan import plan as planned

    places = [f"store={tmp_path}/store", f"output_dir={tmp_path}/out"]
    arms = [["generator=toedit", "~generator.max_new_tokens"], ["generator=rare_words"], ["trainer=truncated_sft"]]
    for arm in [["experiment=demo", "arm=replace", "generations=1", *own] for own in arms]:
        steps = walk(planned([*arm, *places])[0])
        assert {step.label for step in steps} >= {"draw", "train", "sampled/distinct_n"}
    verified = walk(planned(["experiment=self_improvement", "scale=smoke", "arm=verifier", *places])[0])
    assert "judge/verifier" in {step.label for step in verified}
