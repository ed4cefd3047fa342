"""The vote of a student's own draws."""

from __future__ import annotations

import numpy as np

from loops.answer.answers import Answers
from loops.filters.majority_vote import MajorityVote
from loops.given import Given
from loops.grading import columns
from loops.key import Key
from loops.samples import Samples

KEY = Key.root(0)
# Prompt 0 gets 7, 7, 8; prompt 1 gets 8 and 9, a tie; prompt 0 of another replica gets 8.
VALUE = np.array([[0, 7], [1, 8], [0, 8], [0, 7], [1, 9], [0, 8]])
REPLICA = np.array([0, 0, 0, 0, 0, 4])
WON = [True, True, False, True, True, True]


def _given(drawn: Samples, answers: Answers | None = None) -> Given:
    return Given({"graded": columns(drawn, None, None, answers)})


def _kept(samples: Samples, rows: int = 10_000) -> np.ndarray:
    return np.concatenate([each.kept for each in MajorityVote().judge(samples.shards(rows), _given(samples), KEY)])


def test_the_most_frequent_answer_to_each_prompt_stays_and_ties_all_stay() -> None:
    samples = Samples.of_arrays(VALUE, REPLICA)
    assert _kept(samples).tolist() == WON
    (verdicts,) = MajorityVote().judge([samples], _given(samples), KEY)
    assert verdicts.counts() == {"outvoted": 1}


def test_votes_are_counted_over_all_shards_in_any_order() -> None:
    samples = Samples.of_arrays(VALUE, REPLICA)
    assert _kept(samples, rows=2).tolist() == WON
    backwards = np.arange(6)[::-1]
    assert _kept(samples.select(backwards)).tolist() == WON[::-1]


def test_shares_of_infinitely_many_draws_vote_with_their_weight() -> None:
    shares = Samples.of_arrays(np.array([[0, 1], [0, 2], [1, 1], [1, 2]]), np.zeros(4), np.array([0.4, 0.6, 1.0, 0.0]))
    assert _kept(shares).tolist() == [False, True, True, False]


def test_rows_of_one_value_answer_one_prompt() -> None:
    samples = Samples.of_arrays(np.array([[3], [5], [3]]), np.zeros(3))
    assert _kept(samples).tolist() == [True, False, True]


def _texts(*rows: tuple[str, str]) -> Samples:
    return Samples.of_text([{"prompt_id": p, "completion": text, "draw": i} for i, (p, text) in enumerate(rows)])


def test_texts_vote_with_the_answers_that_were_found_in_them_and_not_with_their_words() -> None:
    texts = _texts(("a", "so it is 4"), ("a", "4, I think"), ("a", "5"), ("b", "5"), ("b", "no idea"), ("b", "nor I"))
    answers = Answers(["4", "4", "5", "5", None, None], np.full(6, np.nan))
    (verdicts,) = MajorityVote().judge([texts], _given(texts, answers), KEY)
    # That two of three say nothing of b is no majority for nothing.
    assert verdicts.reason.to_pylist() == [None, None, "outvoted", None, "no_answer", "no_answer"]


def test_a_prompt_without_any_answer_keeps_nothing() -> None:
    texts = _texts(("a", "hm"), ("a", "hm"))
    (verdicts,) = MajorityVote().judge([texts], _given(texts, Answers([None, None], np.zeros(2))), KEY)
    assert verdicts.counts() == {"no_answer": 2}


def test_only_what_earlier_filters_left_votes() -> None:
    texts = _texts(("a", "4"), ("a", "4"), ("a", "5"))
    left = texts.select(np.array([1, 2]))
    (verdicts,) = MajorityVote().judge([left], _given(texts), KEY)
    assert verdicts.reason.to_pylist() == [None, None]  # one vote each


def test_nothing_to_judge_gives_no_verdicts() -> None:
    assert list(MajorityVote().judge([], _given(_texts()), KEY)) == []
