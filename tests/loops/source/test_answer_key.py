"""The world of prompts whose correct answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.run import component
from loops.source.answer_key import AnswerKey, all_answers, drawn_answers

KEY = Key.root(0).fold("data")


def _world(**settings: Any) -> AnswerKey:
    made: AnswerKey = component("source/answer_key", **{"prompts": 6, "answers": 5, "correct": 2, **settings})
    return made


def test_the_policy_is_a_distribution_over_answers_of_each_prompt() -> None:
    truth = _world().truth()
    assert truth["policy"].shape == truth["correct"].shape == (6, 5)
    assert truth["policy"].sum(axis=1) == pytest.approx(np.ones(6))
    assert truth["correct"].sum(axis=1).tolist() == [2] * 6
    assert truth["probabilities"] == pytest.approx(truth["policy"].ravel() / 6)


def test_prompts_are_solved_at_the_quantiles_of_a_beta_hardest_first() -> None:
    # One of two answers at concentration 1: uniform on [0, 1].
    truth = _world(prompts=4, answers=2, correct=1, concentration=1.0).truth()
    assert truth["policy"][:, 0] == pytest.approx([1 / 8, 3 / 8, 5 / 8, 7 / 8])


def test_worlds_differ_in_their_answers_and_not_in_their_difficulty() -> None:
    first, second = (_world(world_seed=seed).truth()["policy"] for seed in (0, 1))
    assert not np.allclose(first, second)
    assert first[:, :2].sum(axis=1) == pytest.approx(second[:, :2].sum(axis=1))


def test_the_defaults_start_near_the_accuracy_of_the_reference_runs() -> None:
    solved = component("source/answer_key").truth()["policy"][:, :4].sum(axis=1)
    assert solved.mean() == pytest.approx(0.08, abs=0.002)
    assert (1 - (1 - solved) ** 64).mean() == pytest.approx(0.759, abs=0.01)
    assert (solved < 0.001).mean() == pytest.approx(0.05, abs=0.01)


def test_correct_answers_have_any_rank() -> None:
    policy = _world(prompts=400, answers=10, correct=5, concentration=0.5).truth()["policy"]
    # The mean over prompts of the likeliest answer being correct is 1/2; four standard errors.
    assert (policy.argmax(axis=1) < 5).mean() == pytest.approx(0.5, abs=0.1)


def test_each_uniform_number_falls_on_the_answer_whose_interval_holds_it() -> None:
    policy = np.array([[0.25, 0.0, 0.75]] * 3 + [[0.0, 1.0, 0.0]])
    assert drawn_answers(policy, np.array([0.0, 0.249, 0.25, 0.999])).tolist() == [0, 0, 2, 1]


def test_draws_have_the_frequencies_of_the_policy() -> None:
    world = _world(prompts=3, draws=2000, replicas=2)
    prompt, answer = world.draw("train", KEY).values().T
    counts = np.bincount(prompt * 5 + answer, minlength=15).reshape(3, 5)
    expected = world.truth()["policy"] * 4000
    assert counts.sum(axis=1).tolist() == [4000] * 3
    assert np.abs(counts - expected).max() < 4 * np.sqrt(4000 / 4)  # of a count at most, at p = 1/2


def test_a_replica_alone_is_drawn_as_among_others_and_splits_differ() -> None:
    several, alone = (_world(draws=3, replicas=replicas).draw("train", KEY) for replicas in (4, [2]))
    assert np.array_equal(several.ids()[several.numbers("replica") == 2], alone.ids())
    held_out = _world(draws=3, replicas=[2]).draw("reference", KEY)
    assert not np.array_equal(alone.values(), held_out.values())
    assert alone.column("written_by").null_count == 18


def test_infinitely_many_draws_are_the_policy_as_weights() -> None:
    world = _world(draws=None, replicas=[1, 4])
    rows = world.draw("train", KEY)
    assert rows.values()[:7].tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [0, 4], [1, 0], [1, 1]]
    assert rows.numbers("replica").tolist() == [1] * 30 + [4] * 30
    assert rows.numbers("weight") == pytest.approx(np.tile(world.truth()["policy"].ravel(), 2))
    assert rows.endless


def test_all_answers_say_who_wrote_them() -> None:
    rows = all_answers(np.full((1, 2, 2), 0.5), np.array([3]), 2, "1")
    assert rows.numbers("generation").tolist() == [2] * 4
    assert rows.column("written_by").to_pylist() == ["1"] * 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prompts": 0}, r"got prompts 0, correct 2 of 5 answers"),
        ({"correct": 5}, "correct 5 of 5 answers .* 1 <= correct < answers"),
        ({"correct": 0}, "correct 0 of 5"),
        ({"concentration": 0.0}, r"concentration 0\.0, want .* concentration above 0"),
        ({"draws": 0}, "draws: got 0, want at least 1, or null"),
        ({"replicas": 0}, "replicas: got 0, want 1 or more"),
        ({"replicas": [1, 1]}, "a list of different numbers"),
        ({"replicas": [-1]}, "from 0"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _world(**settings)
