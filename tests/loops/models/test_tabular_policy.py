"""One distribution over answers for each replica and prompt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.given import Given
from loops.key import Key
from loops.model import Sampling
from loops.models.tabular_policy import OpenTabularPolicy, TabularPolicy
from loops.models.world import load_world
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
KEY = Key.root(0).fold("draw", 1)
TRUTH = np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]])
MODEL = TabularPolicy(2, 3, "truth")
HUMAN = Samples.of_arrays(np.array([[0, 0], [0, 0]]), np.array([2, 5]))


def _sampling(temperature: float = 1.0) -> Sampling:
    return Sampling(8, 0, temperature, 0, 1.0, 1.0, "generate", 8)


def _base(folder: Path, model: TabularPolicy = MODEL) -> Student:
    folder.mkdir(parents=True)
    given = Given({"truth": {"policy": TRUTH}, "human": HUMAN})
    return Student(model.base(folder, given, KEY, RUNTIME), folder, {})


def _folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _prompts(replicas: list[int], count: int = 2, weight: float = 1.0) -> Samples:
    rows = np.repeat(replicas, count)
    return Samples.of_arrays(np.zeros((len(rows), 1), int), rows, np.full(len(rows), weight))


# Replica 2 answers prompt 0 with 0, 0, 2; replica 5 answers prompt 1 with 1, at twice the weight.
CORPUS = Samples.of_arrays(np.array([[0, 0], [0, 0], [0, 2], [1, 1]]), np.array([2, 2, 2, 5]), np.array([1, 1, 1, 2.0]))


def test_the_base_is_the_truth_or_uniform_in_every_replica(tmp_path: Path) -> None:
    for initial, expected in {"truth": TRUTH, "uniform": np.full((2, 3), 1 / 3)}.items():
        student = _base(tmp_path / initial, TabularPolicy(2, 3, initial))  # type: ignore[arg-type]
        world = load_world(student)
        assert world["replicas"].tolist() == [2, 5]
        assert world["policy"] == pytest.approx(np.stack([expected, expected]))


def test_a_full_step_is_the_frequencies_and_prompts_without_rows_stay(tmp_path: Path) -> None:
    start, folder = _base(tmp_path / "base"), _folder(tmp_path / "next")
    MODEL.step(CORPUS, np.ones(4), start, 1.0, folder)
    policy = load_world(Student("", folder, {}))["policy"]
    assert policy[0] == pytest.approx(np.array([[2 / 3, 0, 1 / 3], TRUTH[1]]))
    assert policy[1] == pytest.approx(np.array([TRUTH[0], [0, 1, 0]]))


def test_half_a_step_goes_half_the_way_with_the_rows_weights(tmp_path: Path) -> None:
    start, folder = _base(tmp_path / "base"), _folder(tmp_path / "next")
    MODEL.step(CORPUS, np.array([1.0, 2.0, 1.0, 1.0]), start, 0.5, folder)
    policy = load_world(Student("", folder, {}))["policy"]
    # Frequencies 3/4, 0, 1/4 beside 1/2, 1/4, 1/4.
    assert policy[0, 0] == pytest.approx([5 / 8, 1 / 8, 1 / 4])
    assert policy[0, 1].tolist() == TRUTH[1].tolist()


def test_fitting_forgets_the_start(tmp_path: Path) -> None:
    start, folder = _base(tmp_path / "base"), _folder(tmp_path / "next")
    MODEL.fit(CORPUS, np.ones(4), start, 1.0, folder)
    policy = load_world(Student("", folder, {}))["policy"]
    assert policy[0] == pytest.approx(np.array([[3 / 6, 1 / 6, 2 / 6], [1 / 3] * 3]))
    assert policy[1, 1] == pytest.approx([1 / 5, 3 / 5, 1 / 5])


def test_the_start_is_left_as_it_was_and_equal_policies_have_equal_digests(tmp_path: Path) -> None:
    start = _base(tmp_path / "base")
    digests = [MODEL.step(CORPUS, np.ones(4), start, 0.5, _folder(tmp_path / name)) for name in ("a", "b")]
    assert digests[0] == digests[1] != start.digest
    assert load_world(start)["policy"][0].tolist() == TRUTH.tolist()


def test_every_prompt_of_every_replica_is_answered_once(tmp_path: Path) -> None:
    opened = MODEL.open(_base(tmp_path / "base"), RUNTIME)
    drawn = opened.sample(_prompts([2, 5]), 0, _sampling(), KEY, 3, "2")
    assert drawn.values()[:, 0].tolist() == [0, 1, 0, 1]
    assert drawn.numbers("replica").tolist() == [2, 2, 5, 5]
    assert drawn.numbers("generation").tolist() == [3] * 4
    assert not drawn.endless


def test_draws_have_the_policys_frequencies(tmp_path: Path) -> None:
    opened = MODEL.open(_base(tmp_path / "base"), RUNTIME)
    drawn = [opened.sample(_prompts([2]), draw, _sampling(), KEY, 1, "0").values() for draw in range(1000)]
    prompt, answer = np.concatenate(drawn).T
    counts = np.bincount(prompt * 3 + answer, minlength=6).reshape(2, 3)
    assert counts[1, 0] == 0
    assert np.abs(counts - 1000 * TRUTH).max() < 4 * np.sqrt(1000 / 4)


def test_a_replica_alone_is_drawn_from_as_among_others(tmp_path: Path) -> None:
    opened = MODEL.open(_base(tmp_path / "base"), RUNTIME)
    both, alone = (opened.sample(_prompts(which), 0, _sampling(), KEY, 1, "0") for which in ([2, 5], [5]))
    assert np.array_equal(both.ids()[2:], alone.ids())


def test_each_draw_of_a_prompt_has_random_numbers_of_its_own() -> None:
    opened = OpenTabularPolicy(np.array([0]), np.full((1, 50, 100), 0.01))
    draws = [opened.sample(_prompts([0], 50), draw, _sampling(), KEY, 1, "0").values()[:, 1] for draw in (0, 0, 1)]
    assert np.array_equal(draws[0], draws[1])
    assert (draws[0] == draws[2]).mean() < 0.2


def test_prompts_of_infinite_weight_give_every_answer_with_its_probability(tmp_path: Path) -> None:
    opened = MODEL.open(_base(tmp_path / "base"), RUNTIME)
    drawn = opened.sample(_prompts([2, 5], 1, np.inf), 0, _sampling(0.5), KEY, 1, "0")
    assert drawn.values()[:4].tolist() == [[0, 0], [0, 1], [0, 2], [1, 0]]
    # Squares: 4 : 1 : 1 and 0 : 81 : 1.
    assert drawn.numbers("weight") == pytest.approx(np.tile([2 / 3, 1 / 6, 1 / 6, 0, 81 / 82, 1 / 82], 2))


def test_parameters_are_the_joint_distribution_of_prompt_and_answer(tmp_path: Path) -> None:
    parameters = MODEL.open(_base(tmp_path / "base"), RUNTIME).parameters()
    assert parameters["replicas"].tolist() == [2, 5]
    assert parameters["probabilities"] == pytest.approx(np.tile(TRUTH.ravel() / 2, (2, 1)))


def test_prompt_and_answer_are_a_token_each() -> None:
    assert MODEL.tokenizer(Student("", Path(), {})).count(CORPUS).tolist() == [2, 2, 2, 4]


def test_other_numbers_of_prompts_are_refused(tmp_path: Path) -> None:
    opened = MODEL.open(_base(tmp_path / "base"), RUNTIME)
    with pytest.raises(ConfigError, match=r"prompts\.count: got 3 for each replica, the world has 2 prompts"):
        opened.sample(_prompts([2, 5], 3), 0, _sampling(), KEY, 1, "0")


def test_a_source_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"prompts=9 and answers=3, got source\.prompts=2 and source\.answers=3"):
        _base(tmp_path / "other", TabularPolicy(9, 3, "truth"))
    given = Given({"truth": {"start": np.ones(1)}, "human": HUMAN})
    with pytest.raises(ConfigError, match=r"got a source without prompts\. .* source=answer_key"):
        MODEL.base(tmp_path, given, KEY, RUNTIME)


def test_nothing_is_scored_token_by_token() -> None:
    with pytest.raises(TypeError, match="metrics read `parameters`"):
        OpenTabularPolicy(np.array([0]), np.ones((1, 1, 1))).log_probs(HUMAN, 1, 1)
