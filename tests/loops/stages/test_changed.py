"""The stage that counts what a generator changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from loops.job import Job
from loops.key import Key
from loops.ref import Ref
from loops.runtime import Runtime
from loops.samples import Samples
from loops.stages.changed import run

TEXTS = [
    {"completion": "a b c", "n_tokens": 3, "scores": {"changed": 1.0}},
    {"completion": "d e f g h", "n_tokens": 5, "scores": {"changed": 1.0, "log_prob": -9.0}},
    {"completion": "i j", "n_tokens": 2, "scores": {"changed": 0.0}},
]


def _share(samples: Samples, unit: str, work: Path) -> dict[str, float]:
    runtime = Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa")
    made = {"components": {}, "nodes": {}, "given": {}, "refs": {"drawn": Ref("draw", "0", "0", "samples")}}
    run(
        Job(work=work, inputs={"drawn": samples}, settings={"unit": unit}, key=Key.root(0), runtime=runtime,
            progress=lambda *_: None, **made)  # type: ignore[arg-type]
    )  # fmt: skip
    share: dict[str, float] = json.loads((work / "numbers.json").read_text())
    return share


def test_changed_tokens_are_a_share_of_all_tokens_and_changed_texts_of_all_texts(tmp_path: Path) -> None:
    samples = Samples.of_text(TEXTS)
    assert _share(samples, "tokens", tmp_path) == {"changed_share": 0.2}  # 2 of 10
    assert _share(samples, "texts", tmp_path) == {"changed_share": pytest.approx(2 / 3)}


def test_of_nothing_drawn_there_is_no_share(tmp_path: Path) -> None:
    assert _share(Samples.of_text(TEXTS).select(np.zeros(0, int)), "tokens", tmp_path) == {}


def test_a_text_that_does_not_tell_is_our_bug(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="changed"):
        _share(Samples.of_text([{"completion": "a", "n_tokens": 1}]), "tokens", tmp_path)
