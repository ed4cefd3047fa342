"""What stages will take, from what a store has seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loops.estimate import Estimate, estimate
from loops.lookup import Step
from loops.ref import Ref
from loops.runtime import Runtime
from loops.spec import Spec

STUDENT = {"_target_": "loops.models.causal_lm.CausalLM", "hidden_size": 64}
TRAINER = {
    "_target_": "loops.trainer.sft.SFT", "match": "steps", "max_steps": 10, "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 1, "max_length": 32,
}  # fmt: skip
GENERATOR = {"_target_": "loops.generator.plain.Plain", "draws": 2, "max_new_tokens": 16, "tokens": None}


def _finished(root: Path, stage: str, nodes: dict[str, Any], seconds: float, n_bytes: int = 0) -> None:
    """Write a finished stage as the store would."""
    key = f"{stage}{len(list(root.glob('*/*')))}"
    folder = root / stage / key
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(bytes(n_bytes))
    ref = Ref(stage, key, "d", "numbers").to_json()
    spec = {"components": nodes, "inputs": {}}
    manifest = {"ref": ref, "files": {"file": ""}, "seconds": seconds, "spec": spec}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _step(stage: str, nodes: dict[str, Any], state: str = "new") -> Step:
    spec = Spec(stage, Runtime(1, "cpu", "float32", "sdpa"), nodes)
    return Step(1, stage, spec, stage, state, False)  # type: ignore[arg-type]


def test_stages_with_the_same_settings_take_what_such_stages_took_on_average(tmp_path: Path) -> None:
    nodes = {"trainer": TRAINER, "student": STUDENT}
    _finished(tmp_path, "train", nodes, 4.0, 100)
    _finished(tmp_path, "train", nodes, 6.0, 300)
    found = estimate([_step("train", nodes), _step("train", nodes), _step("train", nodes, "found")], tmp_path)
    assert found == Estimate(2, 2 * 5.0, 2 * 200.0, (), ())
    assert (found.bound, found.caveats()) == ("about", [])


@pytest.mark.parametrize(
    ("stage", "role", "seen", "asked", "ratio"),
    [
        # 10 steps x 4 rows x 32 tokens = 1,280; 30 steps are 3,840.
        ("train", "trainer", TRAINER, {"max_steps": 30}, 3.0),
        ("train", "trainer", TRAINER, {"max_length": 16, "per_device_train_batch_size": 16}, 2.0),
        # 2 draws of at most 16 tokens = 32; a budget of 320 tokens.
        ("draw", "generator", GENERATOR, {"tokens": 320}, 10.0),
        ("draw", "generator", GENERATOR, {"temperature": 0.5}, 1.0),
    ],
)
def test_of_other_sizes_they_take_time_in_proportion_to_tokens(
    tmp_path: Path, stage: str, role: str, seen: dict[str, Any], asked: dict[str, Any], ratio: float
) -> None:
    _finished(tmp_path, stage, {role: seen, "student": STUDENT}, 5.0, 100)
    found = estimate([_step(stage, {role: {**seen, **asked}, "student": STUDENT})], tmp_path)
    assert found == Estimate(1, 5.0 * ratio, 100 * ratio, (stage,), ())
    assert found.bound == "roughly"
    assert found.caveats() == [f"{stage}: from stages with other settings, in proportion to their tokens"]


def test_of_a_kind_that_was_never_seen_nothing_is_known(tmp_path: Path) -> None:
    _finished(tmp_path, "train", {"trainer": TRAINER, "student": STUDENT}, 5.0)
    larger = {"trainer": TRAINER, "student": {**STUDENT, "hidden_size": 128}}
    found = estimate([_step("train", larger)], tmp_path)
    assert found == Estimate(1, 0.0, 0.0, (), ("train",))
    assert found.says_nothing
    assert found.bound == "at least"
    assert found.caveats() == ["train: not known, since the store has seen none of the kind"]


def test_a_damaged_manifest_is_the_runs_to_refuse(tmp_path: Path) -> None:
    nodes = {"trainer": TRAINER, "student": STUDENT}
    _finished(tmp_path, "train", nodes, 4.0)
    (tmp_path / "train" / "broken").mkdir()
    (tmp_path / "train" / "broken" / "manifest.json").write_text("{")
    assert estimate([_step("train", nodes)], tmp_path).seconds == 4.0


def test_nothing_new_needs_no_time(tmp_path: Path) -> None:
    assert estimate([], tmp_path) == Estimate(0, 0.0, 0.0, (), ())
    assert not estimate([], tmp_path).says_nothing
