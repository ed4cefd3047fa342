"""The noisy verifier."""

from __future__ import annotations

import numpy as np
import pytest

from loops.answer.answers import Answers
from loops.errors import ConfigError
from loops.filters.verifier import Verifier
from loops.given import Given
from loops.grading import columns
from loops.key import Key
from loops.run import component
from loops.samples import Samples

KEY = Key.root(0)
TRUTH = {"correct": np.array([[True, False], [False, True]])}


def _answers(n: int) -> Samples:
    """n rows in turn: prompt 0 right and wrong, prompt 1 wrong and right."""
    value = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    return Samples.of_arrays(np.resize(value, (n, 2)), np.arange(n) % 3)


def _correct(samples: Samples) -> np.ndarray:
    prompt, answer = samples.values().T
    return prompt == answer


def _given(drawn: Samples, answers: Answers | None = None) -> Given:
    return Given({"graded": columns(drawn, TRUTH, None, answers)})


def _kept(samples: Samples, phi: float, psi: float, rows: int = 10_000, key: Key = KEY) -> np.ndarray:
    given = _given(samples)
    return np.concatenate([each.kept for each in Verifier(phi, psi).judge(samples.shards(rows), given, key)])


def test_correct_and_wrong_answers_are_kept_at_their_rates() -> None:
    samples = _answers(8000)
    kept, correct = _kept(samples, 0.9, 0.3), _correct(samples)
    # Standard errors of shares of .9 and .3 in 4,000: .0047 and .0072; four of them.
    assert kept[correct].mean() == pytest.approx(0.9, abs=0.019)
    assert kept[~correct].mean() == pytest.approx(0.3, abs=0.029)


def test_an_oracle_keeps_all_that_is_correct_and_nothing_else() -> None:
    samples = _answers(40)
    assert np.array_equal(_kept(samples, 1.0, 0.0), _correct(samples))
    (verdicts,) = Verifier(1.0, 0.0).judge([samples], _given(samples), KEY)
    assert verdicts.counts() == {"rejected": 20}
    assert verdicts.weight.tolist() == [1.0] * 40


def test_order_and_shards_change_no_verdict() -> None:
    samples = _answers(300)
    kept, backwards = _kept(samples, 0.7, 0.4), np.arange(300)[::-1]
    assert np.array_equal(kept, _kept(samples, 0.7, 0.4, rows=7))
    assert np.array_equal(kept[backwards], _kept(samples.select(backwards), 0.7, 0.4))


def test_a_replica_is_judged_alone_as_among_others() -> None:
    samples = _answers(300)
    mine = np.flatnonzero(samples.numbers("replica") == 1)
    assert np.array_equal(_kept(samples, 0.7, 0.4)[mine], _kept(samples.select(mine), 0.7, 0.4))


def test_a_stricter_verifier_keeps_a_part_of_what_a_looser_one_keeps() -> None:
    samples = _answers(300)
    assert not (_kept(samples, 0.6, 0.2) & ~_kept(samples, 0.9, 0.5)).any()


def test_another_key_keeps_other_rows() -> None:
    samples = _answers(400)
    differ = _kept(samples, 0.5, 0.5) != _kept(samples, 0.5, 0.5, key=Key.root(1))
    assert differ.mean() == pytest.approx(0.5, abs=0.1)


def test_shares_of_infinitely_many_draws_are_weighted_instead() -> None:
    shares = Samples.of_arrays(np.array([[0, 0], [0, 1], [1, 0]]), np.zeros(3), np.array([0.5, 0.5, 1.0]))
    (verdicts,) = Verifier(0.9, 0.3).judge([shares], _given(shares), KEY)
    assert verdicts.kept.tolist() == [True, True, True]
    assert verdicts.weight.tolist() == [0.9, 0.3, 0.3]
    (verdicts,) = Verifier(1.0, 0.0).judge([shares], _given(shares), KEY)
    assert verdicts.reason.to_pylist() == [None, "rejected", "rejected"]


def test_labels_of_real_numbers_are_judged_by_their_class() -> None:
    rows = Samples.of_vectors(np.array([[0, 0.7, -3.0, 0], [1, 0.2, 5.0, 0], [1, 9.0, 0.1, 1]]), np.zeros(3))
    assert _kept(rows, 1.0, 0.0).tolist() == [True, False, True]


def test_a_rate_outside_its_range_and_a_world_without_answers_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"true_positive_rate: got 90\.0, want a share in \[0, 1\]"):
        component("filters/verifier", true_positive_rate=90.0)
    with pytest.raises(ConfigError, match=r"false_positive_rate: got -0\.1"):
        component("filters/verifier", false_positive_rate=-0.1)
    nothing = Given({"graded": columns(_answers(3), {}, None)})
    with pytest.raises(ConfigError, match=r"nothing says whether 3 of 3 draws are correct\. .*source=answer_key"):
        list(Verifier(0.9, 0.3).judge([_answers(3)], nothing, KEY))


def _texts(n: int) -> Samples:
    return Samples.of_text([{"prompt_id": f"p{i % 7}", "completion": f"text {i}"} for i in range(n)])


def test_texts_are_kept_by_whether_their_answer_was_found_correct() -> None:
    texts, correct = _texts(6), np.array([1.0, 0, 0, 1, 0, 1])
    (verdicts,) = Verifier(1.0, 0.0).judge([texts], _given(texts, Answers(["x"] * 6, correct)), KEY)
    assert verdicts.kept.tolist() == [True, False, False, True, False, True]


def test_texts_are_kept_at_the_rates_of_a_noisy_verifier() -> None:
    texts, correct = _texts(4000), np.arange(4000) % 2.0
    given = _given(texts, Answers(["x"] * 4000, correct))
    kept = np.concatenate([each.kept for each in Verifier(0.8, 0.1).judge(texts.shards(500), given, KEY)])
    # Standard errors of shares of .8 and .1 in 2,000: .0089 and .0067; four of them.
    assert kept[correct == 1].mean() == pytest.approx(0.8, abs=0.036)
    assert kept[correct == 0].mean() == pytest.approx(0.1, abs=0.027)


def test_grades_are_found_by_the_names_of_rows_that_an_earlier_filter_left() -> None:
    texts, correct = _texts(40), np.arange(40) % 3 == 0
    left = texts.select(np.arange(1, 40, 2)[::-1])
    (verdicts,) = Verifier(1.0, 0.0).judge([left], _given(texts, Answers(["x"] * 40, correct.astype(float))), KEY)
    assert verdicts.kept.tolist() == correct[1::2][::-1].tolist()
