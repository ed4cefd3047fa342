from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from loops.errors import ConfigError, StageError
from loops.models.weights import load_model, load_whole, student_digest, tensor_digests
from loops.runtime import Runtime
from loops.student import Student


@pytest.fixture
def copy(tiny: Student, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny.folder, tmp_path / "elsewhere"))


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_the_digest_does_not_depend_on_the_folder(tiny: Student, copy: Path) -> None:
    assert student_digest(copy) == tiny.digest


def test_the_digest_does_not_depend_on_versions(tiny: Student, copy: Path) -> None:
    edit(copy / "config.json", transformers_version="9.9", _name_or_path="/somewhere")
    assert student_digest(copy) == tiny.digest


def test_one_changed_number_changes_the_digest(tiny: Student, copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][3] += 1e-7
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    assert student_digest(copy) != tiny.digest
    changed = {name for name, own in tensor_digests(copy).items() if own != tensor_digests(tiny.folder)[name]}
    assert changed == {"model.norm.weight"}


def test_architecture_tokenizer_and_template_count(tiny: Student, copy: Path) -> None:
    digests = {tiny.digest}
    edit(copy / "config.json", rope_parameters={"rope_type": "default", "rope_theta": 5.0})
    digests.add(student_digest(copy))
    edit(copy / "tokenizer_config.json", eos_token="<pad>")
    digests.add(student_digest(copy))
    (copy / "chat_template.jinja").write_text("{{ messages }}")
    digests.add(student_digest(copy))
    assert len(digests) == 4


def test_a_saved_model_may_use_its_cache(tiny: Student) -> None:
    assert json.loads((tiny.folder / "config.json").read_text())["use_cache"] is True


def test_a_model_is_loaded_in_the_type_that_was_asked_for(tiny: Student) -> None:
    half = Runtime(threads=1, device="cpu", dtype="bfloat16", attn_implementation="eager")
    model = load_model(tiny, half)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert model.config._attn_implementation == "eager"
    assert not model.training


def test_no_model_is_one_clean_error(tmp_path: Path, runtime: Runtime) -> None:
    with pytest.raises(ConfigError, match="no causal language model could be loaded"):
        load_whole(tmp_path, {}, runtime, "float32")


def test_a_folder_without_tensors_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no safetensors file"):
        tensor_digests(tmp_path)
