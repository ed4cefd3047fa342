"""Steps of a tabular policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import TrainCall
from loops.models.categorical import Categorical
from loops.models.tabular_policy import TabularPolicy
from loops.models.world import load_world
from loops.run import component
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student
from loops.trainer.policy_step import PolicyStep

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
ROW = Samples.of_arrays(np.array([[0, 1]]), np.zeros(1, int))
POLICY = TabularPolicy(2, 2, "uniform")
TRUTH = {"policy": np.array([[1.0, 0.0], [1.0, 0.0]]), "start": np.array([0.5, 0.5])}


def _train(folder: Path, model: Any, corpus: Samples, learning_rate: float) -> tuple[np.ndarray, dict[str, Any]]:
    base, fitted = folder / "base", folder / "fitted"
    base.mkdir()
    fitted.mkdir()
    given = Given({"truth": TRUTH, "human": corpus})
    start = Student(model.base(base, given, Key.root(0), RUNTIME), base, {})
    weight = np.full(len(corpus), 3.0)
    call = TrainCall(start, model, corpus, weight, "none", fitted, folder / "scratch", RUNTIME, lambda *_: None)
    log = PolicyStep(learning_rate).train(call, Given({}), Key.root(0))
    return load_world(Student("", fitted, {}))["policy"], log


def test_the_policy_moves_by_the_learning_rate_and_keeps_what_the_corpus_does_not_hold(tmp_path: Path) -> None:
    policy, log = _train(tmp_path, POLICY, ROW, 0.5)
    assert policy[0].tolist() == [[0.25, 0.75], [0.5, 0.5]]
    assert log["tokens"] == 6.0
    assert log["adapter"] is False


def test_a_full_step_is_the_corpus_alone(tmp_path: Path) -> None:
    assert _train(tmp_path, POLICY, ROW, 1.0)[0][0, 0].tolist() == [0, 1]


def test_a_student_without_a_policy_is_refused(tmp_path: Path) -> None:
    one_value = Samples.of_arrays(np.array([[0]]), np.zeros(1, int))
    with pytest.raises(ConfigError, match=r"needs student=tabular_policy, got Categorical\. Use trainer=counts"):
        _train(tmp_path, Categorical(2, "uniform"), one_value, 1.0)


@pytest.mark.parametrize("learning_rate", [0.0, 1.5])
def test_a_step_outside_its_range_is_refused(learning_rate: float) -> None:
    with pytest.raises(ConfigError, match=rf"learning_rate: got {learning_rate}, want a share in \(0, 1\]"):
        component("trainer/policy_step", learning_rate=learning_rate)
