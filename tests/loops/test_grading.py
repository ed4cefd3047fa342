"""Grading draws, and measuring what was graded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evals.graded import NO_ANSWER
from evals.metrics.never_solved import NeverSolved
from evals.metrics.pass_at_k import PassAtK
from evals.metrics.verification_gap import VerificationGap
from loops.answer.answers import Answers
from loops.grading import Grades, by_replica, columns
from loops.key import Key
from loops.measuring import Budget, Call, View, measured
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples

BUDGET = Budget(None, 100, 10, 4, 100)
TRUTH = {"correct": np.array([[True, False], [False, True]])}
# Replica 3 answers prompt 0 right and wrong, prompt 1 right; replica 1 answers prompt 1 wrong.
WORLD = Samples.of_arrays(np.array([[0, 0], [1, 0], [0, 1], [1, 1]]), np.array([3, 1, 3, 3]))


def _texts(*rows: tuple[str, str, float | None]) -> Samples:
    return Samples.of_text(
        [
            {"prompt_id": prompt, "completion": text, "draw": i, "scores": {} if score is None else {"correct": score}}
            for i, (prompt, text, score) in enumerate(rows)
        ]
    )


TEXTS = _texts(("a", "it is 4", 1.0), ("b", "5", 0.0), ("a", "it\n is  4", 1.0), ("b", "6", 1.0))


def _kept(samples: Samples, indices: list[int], weight: list[float]) -> Rows:
    rows = Rows.all_of(samples, Ref("draw", "key", "digest", "samples")).select(np.array(indices))
    return rows.reweighted(np.array(weight))


def _measured(metric: Any, view: Samples, **given: Any) -> dict[str, Any]:
    return measured(Call(metric, View(view), given, BUDGET, Key.root(0)))


def test_the_truth_of_a_world_says_which_rows_are_correct() -> None:
    found = columns(WORLD, TRUTH, None)
    assert found["correct"].tolist() == [1, 0, 0, 1]
    assert found["prompt"].tolist() == [0, 1, 0, 1]
    assert found["answer"].tolist() == [0, 0, 1, 1]
    assert "kept" not in found


def test_a_text_is_correct_as_its_score_says_and_equal_up_to_white_space() -> None:
    found = columns(TEXTS, None, None)
    assert found["correct"].tolist() == [1, 0, 1, 1]
    assert found["prompt"].tolist() == ["a", "b", "a", "b"]
    assert found["answer"][0] == found["answer"][2]
    assert len(set(found["answer"].tolist())) == 3


def test_what_finds_answers_goes_before_the_scores_and_the_words_of_a_text() -> None:
    found = columns(TEXTS, None, None, Answers(["4", None, "4", "5"], np.array([0.0, 0, 1, np.nan])))
    assert found["correct"].tolist()[:3] == [0, 0, 1]
    assert np.isnan(found["correct"][3])
    assert found["answer"][0] == found["answer"][2] != found["answer"][3]
    assert found["answer"][1] == NO_ANSWER
    assert (found["answer"][[0, 2, 3]] >= 0).all()


def test_rows_of_one_value_answer_one_prompt() -> None:
    found = columns(Samples.of_arrays(np.array([[3], [5]]), np.zeros(2)), {}, None)
    assert found["prompt"].tolist() == [0, 0]
    assert found["answer"].tolist() == [3, 5]


@pytest.mark.parametrize("samples", [WORLD, TEXTS])
def test_grades_are_looked_up_by_the_names_of_rows(samples: Samples) -> None:
    graded = columns(samples, TRUTH, None)
    some = Grades(graded).of(samples.select(np.array([3, 1])))
    assert {name: column.tolist() for name, column in some.items()} == {
        name: column[[3, 1]].tolist() for name, column in graded.items()
    }
    assert len(Grades(graded).of(samples.select(np.zeros(0, int)))["correct"]) == 0


def test_what_the_filters_left_is_a_weight_and_what_they_dropped_is_0() -> None:
    found = columns(TEXTS, None, _kept(TEXTS, [3, 0], [2.0, 0.5]))
    assert found["kept"].tolist() == [0.5, 0, 0, 2.0]


def test_rounds_of_one_drawing_are_graded_together() -> None:
    rounds = [TEXTS.select(np.array([0, 1])), TEXTS.select(np.array([2, 3]))]
    refs = [Ref("draw", key, "digest", "samples") for key in ("first", "second")]
    drawn = Rows.concat([Rows.all_of(samples, ref) for samples, ref in zip(rounds, refs, strict=True)])
    found = columns(drawn.samples(), None, drawn.select(np.array([3, 1])).reweighted(np.array([2.0, 0.5])))
    assert found["correct"].tolist() == [1, 0, 1, 1]
    assert found["kept"].tolist() == [0, 0.5, 0, 2.0]


def test_draws_are_gathered_by_replica_and_prompt() -> None:
    found = by_replica(columns(WORLD, TRUTH, _kept(WORLD, [2], [1.0])), "graded")
    assert sorted(found) == [1, 3]
    (alone,) = found[1]
    assert (alone.prompt, alone.correct.tolist(), alone.answer.tolist()) == (1, [False], [0])
    first, second = found[3]
    assert (first.prompt, first.correct.tolist(), first.answer.tolist()) == (0, [True, False], [0, 1])
    assert first.kept is not None
    assert first.kept.tolist() == [0, 1]
    assert (second.prompt, second.correct.tolist()) == (1, [True])


def test_an_answer_keeps_its_number_from_one_drawing_to_the_next() -> None:
    (again,) = by_replica(columns(_texts(("a", "it is 4 ", 1.0)), None, None), "graded")[0]
    first, _ = by_replica(columns(TEXTS, None, None), "graded")[0]
    assert again.prompt == first.prompt == "a"
    assert again.correct_answers() == first.correct_answers()


@pytest.mark.parametrize(
    ("samples", "counts"),
    [
        (_texts(("a", "x", 1.0), ("a", "y", None)), "1 of 2 draws"),
        (_texts(("a", "x", 0.5)), "1 of 1 draws"),
        (WORLD, "4 of 4 draws"),
        (TEXTS.select(np.zeros(0, int)), "0 of 0 draws"),
    ],
)
def test_what_nothing_grades_is_refused_and_says_what_is_missing(samples: Samples, counts: str) -> None:
    message = f"graded: {counts} are not graded.*answer=.*source=answer_key"
    with pytest.raises(ValueError, match=message):
        by_replica(columns(samples, {}, None), "graded")


def test_each_replica_of_a_world_has_its_own_figure() -> None:
    found = _measured(PassAtK((1,)), WORLD, graded=columns(WORLD, TRUTH, None))
    assert found == {"parts": {"1": {"replica": {"1": 0.0, "3": 0.75}}}}


def test_texts_get_an_interval_over_prompts() -> None:
    rng = np.random.default_rng(0)
    view = _texts(*[(f"p{i}", f"{d}", float(rng.random() < 0.5)) for i in range(30) for d in range(4)])
    part = _measured(PassAtK((1,)), view, graded=columns(view, None, None))["parts"]["1"]
    scores = [dict(row)["correct"] for row in view.column("scores").to_pylist()]
    assert part["value"] == pytest.approx(np.mean(scores))
    assert part["low"] < part["value"] < part["high"]


def test_with_fewer_prompts_than_groups_the_figure_stands_alone() -> None:
    assert _measured(PassAtK((1,)), TEXTS, graded=columns(TEXTS, None, None))["parts"] == {"1": {"value": 0.75}}


def test_student_0_is_paired_by_prompt_in_each_replica() -> None:
    now, before = columns(WORLD, TRUTH, None), columns(WORLD, {"correct": ~TRUTH["correct"]}, None)
    parts = _measured(NeverSolved(), WORLD, graded=now, student_0_graded=before)["parts"]
    # Replica 1: prompt 1 is lost. Replica 3: prompt 0 solved in both, prompt 1 gained.
    assert parts["lost"]["replica"] == {"1": 1.0, "3": 0.0}
    assert parts["gained"]["replica"] == {"1": 0.0, "3": 0.5}
    graded = columns(TEXTS, None, None)
    texts = _measured(NeverSolved(), TEXTS, graded=graded, student_0_graded=graded)
    assert texts["parts"]["share"]["value"] == 0.0


def test_what_cannot_be_measured_is_recorded_with_the_reason() -> None:
    ungraded = _measured(PassAtK((1,)), _texts(("a", "x", None)), graded=columns(_texts(("a", "x", None)), None, None))
    assert ungraded["parts"] == {}
    assert "1 of 1 draws are not graded" in ungraded["why"]
    unjudged = _measured(VerificationGap(), TEXTS, graded=columns(TEXTS, None, None))
    assert "filters judged the draws of 0 of 2 prompts" in unjudged["why"]


def test_shares_of_infinitely_many_draws_are_not_counted() -> None:
    shares = Samples.of_arrays(np.array([[0, 0], [0, 1]]), np.zeros(2), np.array([0.25, 0.75]))
    assert "shares of infinitely many draws" in _measured(PassAtK((1,)), shares, graded={})["why"]
