from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from loops.build import build
from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

CONFIGS = Path(__file__).resolve().parents[3] / "configs" / "models"


def test_fresh_weights_come_from_the_key_alone(tiny: Student, human: Samples, lm: Any, tmp_path: Path) -> None:
    torch.manual_seed(99)
    assert lm.base(lm.node(), tmp_path / "same", human).digest == tiny.digest
    assert lm.base(lm.node(), tmp_path / "other", human, seed=1).digest != tiny.digest


def test_global_generators_are_left_as_they_were(human: Samples, lm: Any, tmp_path: Path) -> None:
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    expected = random.random(), np.random.random(), torch.rand(1).item()
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    lm.base(lm.node(), tmp_path, human)
    assert (random.random(), np.random.random(), torch.rand(1).item()) == expected


def test_a_checkpoint_is_its_files_wherever_they_lie(chat_checkpoint: Path, lm: Any, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(chat_checkpoint, tmp_path / "elsewhere")
    here, there = (build(lm.node(model_name_or_path=str(path)), "s") for path in (chat_checkpoint, elsewhere))
    assert here.external() == there.external()
    (elsewhere / "config.json").write_text("{}")
    assert here.external() != there.external()


def test_a_hub_id_is_its_name_and_revision(lm: Any) -> None:
    model = build(lm.node(model_name_or_path="org/name", revision="abc"), "student")
    assert model.external() == {"hub": "org/name", "revision": "abc"}


def test_a_checkpoint_that_is_not_there_is_one_clean_error(lm: Any, tmp_path: Path) -> None:
    model = build(lm.node(model_name_or_path=str(tmp_path / "absent")), "student")
    with pytest.raises(ConfigError, match=r"absent is no folder\. Give a checkpoint's"):
        model.external()


def test_a_checkpoint_without_tokenizer_is_one_clean_error(
    chat_checkpoint: Path, runtime: Runtime, lm: Any, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(chat_checkpoint / name, bare)
    model = build(lm.node(model_name_or_path=str(bare)), "student")
    with pytest.raises(ConfigError, match="tokenizer"):
        model.base(tmp_path / "out", Given({}), Key.root(0), runtime)


def test_a_checkpoint_keeps_its_weights_and_template(chat: Student, chat_checkpoint: Path, runtime: Runtime) -> None:
    from loops.models.weights import tensor_digests

    assert tensor_digests(chat.folder) == tensor_digests(chat_checkpoint)
    opened = build(chat.model, "student").open(chat, runtime)
    assert "<|im_start|>" in opened.tokenizer.tokenizer.chat_template


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_size": None}, "hidden_size: not set"),
        ({"vocab_size": 100}, "want 259 or more"),
        ({"hidden_size": 30}, "multiple of the next"),
        ({"num_hidden_layers": 0}, "want more than 0"),
    ],
)
def test_shapes_that_cannot_be_are_refused(lm: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(lm.node(**settings), "student")


def test_the_presets_build() -> None:
    fresh = build(yaml.safe_load((CONFIGS / "causal_lm.yaml").read_text()), "student")
    assert fresh.model_name_or_path is None
    node = yaml.safe_load((CONFIGS / "checkpoint.yaml").read_text())
    assert build(node | {"model_name_or_path": "org/name"}, "student").hidden_size is None
