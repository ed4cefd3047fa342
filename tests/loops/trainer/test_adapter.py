from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.build import build
from loops.errors import ConfigError
from loops.models.weights import load_model, tensor_digests
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

Train = Callable[..., tuple[Student, dict[str, Any]]]


def changed(one: dict[str, str], other: dict[str, str]) -> set[str]:
    assert one.keys() == other.keys()
    return {name for name in one if one[name] != other[name]}


def test_none_changes_every_matrix_and_leaves_the_start_alone(tiny: Student, human: Samples, train: Train) -> None:
    before = tensor_digests(tiny.folder)
    first, _ = train(tiny, human, "first")
    second, _ = train(first, human, "second")
    tensors = [tensor_digests(student.folder) for student in (tiny, first, second)]
    assert tensors[0] == before
    assert changed(tensors[0], tensors[1]) == changed(tensors[1], tensors[2]) == set(before)
    assert first.base is second.base is None


def test_fresh_leaves_a_new_adapter_on_the_untouched_start(tiny: Student, human: Samples, train: Train) -> None:
    before = tensor_digests(tiny.folder)
    first, log = train(tiny, human, "first", adapter="fresh")
    assert tensor_digests(tiny.folder) == before
    assert log["adapter"] is True
    assert first.base == tiny
    assert {name.split(".")[-3] for name in tensor_digests(first.folder)} == {"q_proj", "v_proj"}
    with pytest.raises(ConfigError, match=r"adapter=fresh: the start .* carries an adapter"):
        train(first, human, "second", adapter="fresh")
    with pytest.raises(ConfigError, match="adapter=none"):
        train(first, human, "second", adapter="none")


def test_continue_trains_the_same_adapter_on_the_same_base(tiny: Student, human: Samples, train: Train) -> None:
    first, _ = train(tiny, human, "first", adapter="continue")
    kept = tensor_digests(first.folder)
    second, log = train(first, human, "second", adapter="continue")
    assert log["base"] == "start's base"
    assert second.base == tiny
    assert tensor_digests(first.folder) == kept
    assert changed(kept, tensor_digests(second.folder)) == set(kept)
    with pytest.raises(ConfigError, match=r"r=2.*say.*r=4"):
        train(second, human, "third", adapter="continue", lora_r=4)


def test_merge_trains_a_new_adapter_on_the_merged_base(
    tiny: Student, human: Samples, train: Train, runtime: Runtime
) -> None:
    first, _ = train(tiny, human, "first", adapter="merge")
    second, log = train(first, human, "second", adapter="merge")
    assert (log["base"], second.base and second.base.folder) == ("base", second.folder / "base")
    assert second.base is not None
    # The adapter's two targets changed in the base, in both layers, and nothing else.
    moved = changed(tensor_digests(tiny.folder), tensor_digests(second.base.folder))
    assert moved == {f"model.layers.{i}.self_attn.{name}.weight" for i in (0, 1) for name in ("q_proj", "v_proj")}
    merged, whole = load_model(first, runtime), load_model(second.base, runtime)
    for name, tensor in merged.state_dict().items():
        assert np.array_equal(tensor.numpy(), whole.state_dict()[name].numpy()), name


def test_at_a_start_without_adapter_continue_and_merge_equal_fresh(tiny: Student, human: Samples, train: Train) -> None:
    digests = {train(tiny, human, name, adapter=name)[0].digest for name in ("fresh", "continue", "merge")}
    assert len(digests) == 1


def test_the_same_adapter_on_another_base_is_another_student(tiny: Student, human: Samples, train: Train) -> None:
    from loops.models.weights import student_digest

    student, _ = train(tiny, human, adapter="fresh")
    assert student_digest(student.folder, tiny.digest) == student.digest
    assert student_digest(student.folder, "another") != student.digest


def test_an_adapter_draws_and_scores_like_the_model_that_was_trained(
    tiny: Student, human: Samples, train: Train, runtime: Runtime
) -> None:
    student, log = train(tiny, human, adapter="fresh", learning_rate=0.03)
    opened = build(student.model, "student").open(student, runtime)
    assert np.abs(opened.fingerprint() - log["canary"]).max() < 1e-4
    base = build(tiny.model, "student").open(tiny, runtime)
    assert np.abs(base.fingerprint() - log["canary"]).max() > 1e-2


@pytest.mark.parametrize("target", ["embed_tokens", "lm_head"])
def test_targets_that_are_tied_embeddings_are_refused(tiny: Student, human: Samples, train: Train, target: str) -> None:
    with pytest.raises(ConfigError, match=f"'{target}' is an embedding that this model ties"):
        train(tiny, human, adapter="fresh", lora_target_modules=["q_proj", target])


def test_a_target_that_is_not_there_is_refused_with_those_that_are(tiny: Student, human: Samples, train: Train) -> None:
    with pytest.raises(ConfigError, match=r"'c_attn' is no module of LlamaForCausalLM\. It has down_proj"):
        train(tiny, human, adapter="fresh", lora_target_modules=["c_attn"])


def test_a_stale_or_damaged_folder_stops_the_run(
    tiny: Student, human: Samples, train: Train, runtime: Runtime, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    from loops.errors import StageError
    from loops.model import check_canary

    student, _ = train(tiny, human, adapter="fresh", learning_rate=0.03)
    whole, _ = train(tiny, human, "whole")
    for good in (student, whole):
        check_canary(good, build(good.model, "student").open(good, runtime))
    # An adapter that is not merged: the base is opened as if it were the student.
    with pytest.raises(StageError, match="not the one that was trained"):
        check_canary(student, build(tiny.model, "student").open(tiny, runtime))
    # A stale folder: weights of another training under this student's canary.
    shutil.copy(tiny.folder / "model.safetensors", whole.folder)
    with pytest.raises(StageError, match="not the one that was trained"):
        check_canary(whole, build(whole.model, "student").open(whole, runtime))
    # One changed tensor.
    tensors = load_file(student.folder / "adapter_model.safetensors")
    name = next(name for name in tensors if "lora_B" in name)
    tensors[name] = tensors[name] + 0.05
    save_file(tensors, student.folder / "adapter_model.safetensors", metadata={"format": "pt"})
    with pytest.raises(StageError, match="not the one that was trained"):
        check_canary(student, build(student.model, "student").open(student, runtime))
