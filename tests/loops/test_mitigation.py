"""What mitigations changed, and the run that stops where one changed nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import StageError
from loops.filters.random import Random
from loops.filters.verifier import Verifier
from loops.generator.plain import Plain
from loops.lookup import walk
from loops.loop import run_arm
from loops.mitigation import mitigations
from loops.observe import Views
from loops.plan import plan
from loops.ref import Ref
from loops.store import Store
from loops.trainer.counts import Counts

SMALL = ("source.types=6", "source.draws=8", "source.replicas=2", "generations=1")
STUDENT, DRAWN = Ref("train", "0" * 32, "0" * 32, "student"), Ref("draw", "1" * 32, "1" * 32, "samples")


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def _arm(*overrides: str) -> Arm:
    return plan(["experiment=urn", "arm=replace", *SMALL, *overrides])[0]


def _rows(arm: Arm, folder: Path) -> list[dict[str, Any]]:
    engine = Engine(Store(folder), arm.runtime, arm.arm, arm.seed, lambda event: None, arm.plugins)
    return [row for rows in run_arm(arm, engine) for row in rows]


class _Trained:
    """An engine whose student was trained, on nothing that was drawn."""

    def __init__(self) -> None:
        self.generation, self.mitigated = 0, set[str]()


def _after_training(engine: _Trained, share: float) -> dict[str, float]:
    return mitigations(_arm(), engine, Views(STUDENT), {"training/changed_share": share})  # type: ignore[arg-type]


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


def test_a_trainer_tells_by_its_log_and_may_change_nothing_only_before_or_after_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Counts, "changes", "tokens", raising=False)
    engine = _Trained()
    assert _after_training(engine, 0.0) == {"mitigation/trainer/changed_share": 0}
    engine.generation = 1
    with pytest.raises(StageError, match="trainer is a mitigation and changed 0 of the tokens that it was given"):
        _after_training(engine, 0.0)
    assert _after_training(engine, 0.25) == {"mitigation/trainer/changed_share": 0.25}
    assert _after_training(engine, 0.0) == {"mitigation/trainer/changed_share": 0}


def test_a_generator_tells_by_the_scores_of_what_it_drew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plain, "changes", "tokens", raising=False)
    arm = _arm()
    engine = Engine(Store(tmp_path), arm.runtime, arm.arm, arm.seed, lambda event: None, arm.plugins, generation=1)
    monkeypatch.setattr(engine, "do", lambda stage, **asked: DRAWN if asked["inputs"] == {"drawn": DRAWN} else None)
    monkeypatch.setattr(engine, "open", lambda ref: {"changed_share": 0.2})
    assert mitigations(arm, engine, Views(STUDENT, DRAWN), {}) == {"mitigation/generator/changed_share": 0.2}


def test_a_plan_that_computes_nothing_finds_nothing_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for component in (Random, Plain, Counts):
        monkeypatch.setattr(component, "changes", "tokens", raising=False)
    steps = walk(_arm("filters=[random]", f"store={tmp_path}"))
    assert {step.label for step in steps} >= {"judge/random", "changed/generator", "train"}


def test_a_plan_of_a_mitigation_that_has_not_run_is_made(tmp_path: Path) -> None:
    places = [f"store={tmp_path}/store", f"output_dir={tmp_path}/out"]
    arms = [["generator=toedit", "~generator.max_new_tokens"], ["generator=rare_words"], ["trainer=truncated_sft"]]
    for arm in [["experiment=demo", "arm=replace", "generations=1", *own] for own in arms]:
        steps = walk(plan([*arm, *places])[0])
        assert {step.label for step in steps} >= {"draw", "train", "sampled/distinct_n"}
    verified = walk(plan(["experiment=self_improvement", "scale=smoke", "arm=verifier", *places])[0])
    assert "judge/verifier" in {step.label for step in verified}
