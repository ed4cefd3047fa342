"""Two classes told apart by a line, and a labeller of known error rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.metrics.class_accuracy import class_accuracy
from evals.theory.linear_classifier import error_threshold, expected_accuracy
from loops.errors import ConfigError, StageError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling, TrainCall
from loops.models.linear_classifier import LinearClassifier, OpenLinearClassifier
from loops.run import component
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0).fold("draw", 1)
PLAIN = Sampling(8, 0, 1.0, 0, 1.0, 1.0, "static", 8)
TRUTH = {"class_mean": np.array([1.0, 0.0])}


def _rows(values: list[list[float]], replicas: list[int]) -> Samples:
    return Samples.of_vectors(np.array(values, float), np.array(replicas))


def _base(folder: Path, rate: float = 0.25) -> Student:
    folder.mkdir()
    given = Given({"truth": TRUTH, "human": _rows([[0, 0, 0, 0]] * 2, [5, 2])})
    return Student(LinearClassifier(2, rate).base(folder, given, KEY, RUNTIME), folder, {})


def _fitted(tmp_path: Path, corpus: Samples, weight: np.ndarray, start: Student | None = None) -> OpenLinearClassifier:
    start, folder = start or _base(tmp_path / "base"), tmp_path / "fitted"
    folder.mkdir()
    model = LinearClassifier(corpus.values().shape[1] - 2, 0.25)
    call = TrainCall(start, model, corpus, weight, "none", folder, folder, RUNTIME, lambda *_: None)
    return model.open(Student(model.fit(call, KEY), folder, {}), RUNTIME)


def test_the_base_errs_at_its_rate_in_both_classes_whatever_x(tmp_path: Path) -> None:
    opened = LinearClassifier(2, 0.25).open(_base(tmp_path / "base"), RUNTIME)
    assert opened.parameters()["error_rate"].tolist() == [0.25, 0.25]
    prompts = _rows([[0, 9, 9], [1, 9, 9]] * 5000, [2, 2] * 5000)
    value = opened.sample(prompts, 0, PLAIN, KEY, 1, "0").values()
    assert np.array_equal(value[:, :3], prompts.values())
    for name in (0, 1):
        label = value[value[:, 0] == name, 3]
        assert set(label) == {0.0, 1.0}
        assert (label != name).mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.1875 / 5000))


def test_fitting_turns_x_round_where_the_label_is_0_and_never_reads_the_class(tmp_path: Path) -> None:
    # Replica 2: (1, 2) labelled 1 and (3, 0) labelled 0: ((1, 2) - (3, 0)) / 2 = (-1, 1).
    corpus = _rows([[0, 1, 2, 1], [1, 3, 0, 0], [0, 4, 4, 1]], [2, 2, 5])
    opened = _fitted(tmp_path, corpus, np.ones(3))
    assert opened.weights.tolist() == [[-1, 1], [4, 4]]
    assert "error_rate" not in opened.parameters()


def test_weights_count_rows(tmp_path: Path) -> None:
    corpus = _rows([[0, 1, 2, 1], [1, 3, 0, 0], [0, 4, 4, 1]], [2, 2, 5])
    assert _fitted(tmp_path, corpus, np.array([3.0, 1.0, 1.0])).weights[0] == pytest.approx([0, 1.5])


def test_a_fitted_student_labels_by_the_side_of_its_line() -> None:
    opened = OpenLinearClassifier(np.array([2, 5]), np.array([[1.0, 0.0], [0.0, -1.0]]))
    prompts = _rows([[0, 2, 1], [0, 2, 1], [1, -1, -1], [1, -1, -1]], [2, 5, 2, 5])
    assert opened.sample(prompts, 0, PLAIN, KEY, 1, "0").values()[:, 3].tolist() == [1, 0, 0, 1]


def test_a_replica_alone_is_labelled_as_among_others_in_any_order() -> None:
    weights, rates, prompts = np.eye(2), np.array([0.5, 0.5]), _rows([[0, 1, 2], [1, 3, 4]] * 20, [5, 2] * 20)
    both = OpenLinearClassifier(np.array([2, 5]), weights, rates).sample(prompts, 0, PLAIN, KEY, 1, "0")
    alone = OpenLinearClassifier(np.array([5]), weights[1:], rates[1:]).sample(
        prompts.select(np.arange(0, 40, 2)), 0, PLAIN, KEY, 1, "0"
    )
    assert np.array_equal(both.ids()[::2], alone.ids())


@pytest.mark.parametrize(("phi", "psi", "rate"), [(0.9, 0.5, 0.6), (0.9, 0.5, 0.7), (0.9, 0.2, 0.8), (0.9, 0.2, 0.9)])
def test_o12_what_a_verifier_keeps_teaches_below_its_threshold_alone(
    tmp_path: Path, phi: float, psi: float, rate: float
) -> None:
    # 40,000 rows of 50 features, one world; at first tried: .809 and .174, .756 and .165. Near p* the sd is .025.
    world = component("source/linear_classifier", draws=40_000, replicas=1)
    human, model = world.draw("train", KEY), LinearClassifier(50, rate)
    start = Student(model.base(tmp_path, Given({"truth": world.truth(), "human": human}), KEY, RUNTIME), tmp_path, {})
    prompts = Samples.of_vectors(human.values()[:, :-1], human.numbers("replica"))
    drawn = model.open(start, RUNTIME).sample(prompts, 0, PLAIN, KEY, 1, "0")
    chance = np.where(world.truth()["correct"][tuple(drawn.values()[:, [0, -1]].T.astype(int))], phi, psi)
    kept = drawn.select(np.flatnonzero(np.random.default_rng(0).random(len(drawn)) < chance))
    (accuracy,) = class_accuracy(
        world.truth()["class_mean"], _fitted(tmp_path, kept, np.ones(len(kept)), start).weights
    )
    assert accuracy == pytest.approx(expected_accuracy(50, 1.0, 40_000, rate, phi, psi), abs=0.1)
    assert (accuracy > 0.5) == (rate < error_threshold(phi, psi))


def test_settings_and_corpora_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"base_error_rate: got 30, want a share in \[0, 1\]\. For 30% write 0\.3"):
        LinearClassifier(2, 30)
    with pytest.raises(StageError, match="replica 5 has 0 rows"):
        _fitted(tmp_path, _rows([[0, 1, 2, 1]], [2]), np.ones(1))
    given = Given({"truth": TRUTH, "human": _rows([[0, 0, 0]], [0])})
    with pytest.raises(ConfigError, match="rows of 4 numbers and a true class_mean, got rows of 3"):
        LinearClassifier(2, 0.1).base(tmp_path, given, KEY, RUNTIME)


def test_nothing_is_scored_token_by_token() -> None:
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        OpenLinearClassifier(np.array([0]), np.ones((1, 2))).log_probs(_rows([[0, 0]], [0]), 1, 1)
