"""Trainings small enough for tests, with real TRL and PEFT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.build import build
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

KEY = Key.root(7)


def sft_node(**settings: Any) -> dict[str, Any]:
    """Return the YAML node of a training of six steps, some settings replaced."""
    fixed = {
        "learning_rate": 0.003,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 1,
        "weight_decay": 0.1,
        "adam_beta1": 0.9,
        "adam_beta2": 0.95,
        "adam_epsilon": 1e-8,
        "max_grad_norm": 1.0,
        "match": "steps",
        "max_steps": 6,
        "num_train_epochs": 1,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 1,
        "max_length": 48,
        "loss_on": "all",
        "loss": "transformers",
        "gradient_checkpointing": False,
        "lora_r": 2,
        "lora_alpha": 4,
        "lora_dropout": 0.0,
        "lora_target_modules": ["q_proj", "v_proj"],
        "save_steps": None,
    }
    return {"_target_": "loops.trainer.sft.SFT", **fixed, **settings}


@pytest.fixture
def node() -> Callable[..., dict[str, Any]]:
    return sft_node


@pytest.fixture
def train(runtime: Runtime, tmp_path: Path) -> Callable[..., tuple[Student, dict[str, Any]]]:
    """Train, and return the student with the log."""

    def run(
        start: Student,
        corpus: Samples,
        name: str = "student",
        adapter: str = "none",
        key: Key = KEY,
        progress: Callable[[int, int | None, str], None] = lambda done, total, unit: None,
        **settings: Any,
    ) -> tuple[Student, dict[str, Any]]:
        folder = tmp_path / name
        trainer, model = build(sft_node(**settings), "trainer"), build(start.model, "student")
        weight = settings.pop("weight", np.ones(len(corpus)))
        call = TrainCall(start, model, corpus, weight, adapter, folder, tmp_path / f"{name}_work", runtime, progress)
        log = trainer.train(call, Given({}), key)
        own = folder / "base"
        bases = {
            None: None,
            "start": start,
            "start's base": start.base,
            "base": Student(log["base_digest"] or "", own, start.model, None, None),
        }
        return Student(log["digest"], folder, start.model, bases[log["base"]], None), log

    return run
