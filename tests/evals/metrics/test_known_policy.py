"""What a policy with known answers can solve."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from evals.metrics.known_policy import KnownPolicy, known_policy, solve_rates

# Two prompts of three answers; the first is correct, of prompt 1 the last one too.
CORRECT = np.array([[True, False, False], [True, False, True]])
POLICY = np.array([[[0.2, 0.3, 0.5], [0.25, 0.25, 0.5]], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
JOINT = POLICY.reshape(2, 6) / 2


def test_rates_are_the_mass_of_correct_answers() -> None:
    assert solve_rates(CORRECT, JOINT) == pytest.approx(np.array([[0.2, 0.75], [0.0, 1.0]]))


def test_pass_at_k_and_unreachable_prompts() -> None:
    found = known_policy(np.array([[0.2, 0.75], [0.0, 1.0]]), (1, 2), 0.001)
    assert found["pass_at_1"] == pytest.approx([0.475, 0.5])
    # 1 - .8^2 = .36 and 1 - .25^2 = .9375
    assert found["pass_at_2"] == pytest.approx([0.64875, 0.5])
    assert found["unreachable"].tolist() == [0, 0.5]


def test_the_floor_itself_is_reachable() -> None:
    rates = np.array([[0.01, np.nextafter(0.01, 0)]])
    assert known_policy(rates, (1,), 0.01)["unreachable"].tolist() == [0.5]


def test_order_of_prompts_does_not_matter_and_the_extremes_hold() -> None:
    rates = np.array([[0.1, 0.6, 0.3]])
    forwards, backwards = (known_policy(each, (1, 8), 0.2) for each in (rates, rates[:, ::-1]))
    assert {part: value[0] for part, value in forwards.items()} == pytest.approx(
        {part: value[0] for part, value in backwards.items()}
    )
    assert known_policy(np.ones((1, 3)), (4,), 0.1) == {"pass_at_4": [1.0], "unreachable": [0.0]}
    assert known_policy(np.zeros((1, 3)), (4,), 0.1) == {"pass_at_4": [0.0], "unreachable": [1.0]}


def test_the_component_reads_truth_and_parameters() -> None:
    given = SimpleNamespace(truth={"correct": CORRECT}, parameters={"probabilities": JOINT})
    assert KnownPolicy((1,), 0.001).exact(given)["pass_at_1"] == pytest.approx([0.475, 0.5])
    with pytest.raises(ValueError, match="known_policy: got start, want 'correct' among them"):
        KnownPolicy((1,), 0.001).exact(
            SimpleNamespace(truth={"start": np.ones(1)}, parameters={"probabilities": JOINT})
        )


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (np.zeros((0, 6)), r"correct has shape \(2, 3\) and probabilities \(0, 6\)"),
        (np.full((1, 5), 0.2), r"probabilities \(1, 5\)"),
        (np.array([[0.5, 0, 0, 0.2, 0.1, 0.1]]), r"prompts a mass of 0\.4 to 0\.5, want .* 1 / 2 for each prompt"),
        (np.array([[0.7, -0.2, 0, 0.5, 0, 0]]), r"least entry -0\.2"),
    ],
)
def test_what_is_no_policy_is_refused(probabilities: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=f"known_policy: .*{message}"):
        solve_rates(CORRECT, probabilities)


def test_settings_and_rates_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"floor: got 0\.0, want a chance in \(0, 1\)"):
        KnownPolicy((1,), 0.0)
    with pytest.raises(ValueError, match=r"known_policy: k: got \[0\]"):
        KnownPolicy((0,), 0.1)
    with pytest.raises(ValueError, match=r"got rates of shape \(0, 3\)"):
        known_policy(np.zeros((0, 3)), (1,), 0.1)
