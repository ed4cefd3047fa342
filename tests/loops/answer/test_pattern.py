"""Answers that a regular expression finds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.answer.pattern import Pattern, number
from loops.errors import ConfigError
from loops.given import Given
from loops.run import component
from loops.samples import Samples

GSM8K = Path(__file__).resolve().parents[4] / "shared" / "data" / "math" / "gsm8k"
SOLUTIONS = GSM8K / "example_model_solutions.jsonl.gz"
PROMPTS = Samples.of_text(
    [
        {"prompt_id": "a", "prompt": "2 + 2?", "completion": "two and two is #### 4"},
        {"prompt_id": "b", "prompt": "500 + 500?", "completion": "#### 1,000"},
        {"prompt_id": "c", "prompt": "who?", "completion": "nobody knows"},
    ]
)
GIVEN = Given({"prompts": PROMPTS})


def _made(preset: str = "pattern", **settings: Any) -> Pattern:
    made: Pattern = component(f"answer/{preset}", **settings)
    return made


def _texts(*rows: tuple[str, str]) -> Samples:
    return Samples.of_text([{"prompt_id": prompt, "completion": text} for prompt, text in rows])


def test_the_number_after_the_mark_is_held_against_that_of_the_human_text() -> None:
    texts = _texts(("a", "#### 4"), ("a", "it is 4"), ("b", "hm #### $1000.00"), ("b", "#### 100"), ("a", "#### 5.\n"))
    found = _made("marked_number").answers(texts, GIVEN)
    assert found.answer == ["4", None, "1000", "100", "5"]
    assert found.correct.tolist() == [1, 0, 1, 0, 0]


def test_a_prompt_of_which_the_right_answer_is_not_known_leaves_draws_ungraded() -> None:
    found = _made("marked_number").answers(_texts(("c", "#### 4"), ("unknown", "#### 4"), ("a", "#### 4")), GIVEN)
    assert np.isnan(found.correct).tolist() == [True, True, False]
    assert found.answer == ["4", "4", "4"]


def test_without_a_pattern_the_whole_text_is_the_answer_up_to_white_space() -> None:
    whole = _made()
    assert whole.answer(" a\n b ") == whole.answer("a b") == "a b"
    assert whole.answer(" \n") is None


def test_the_first_group_counts_or_all_of_the_match_and_the_last_match_or_the_first() -> None:
    text = "x = 1, then x = 2"
    assert _made(pattern=r"x = (\d)").answer(text) == "2"
    assert _made(pattern=r"x = (\d)", which="first").answer(text) == "1"
    assert _made(pattern=r"x = \d").answer(text) == "x = 2"
    assert _made(pattern=r"x(y)?").answer(text) is None  # the group took no part
    assert _made(pattern="z").answer(text) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [("4", "4"), ("1,000", "1000"), ("$1,000.50", "1000.5"), (" 25% ", "25"), ("-3.", "-3"), ("007", "7"),
     ("1e3", "1000"), ("-0.00", "0"), ("100", "100"), ("9" * 40 + ".50", "9" * 40 + ".5"), ("1e999999999", None),
     ("1e-999999999", None), ("0e999999", None), ("four", None), ("", None), ("nan", None), ("inf", None),
     ("1,2", None), ("3 4", None)],
)  # fmt: skip
def test_numbers_are_one_however_they_are_written(text: str, plain: str | None) -> None:
    assert number(text) == plain


def test_the_last_number_of_a_text_is_found() -> None:
    last = _made("last_number")
    assert last.answer("3 apples and 1,250.5 pears.") == "1250.5"
    assert last.answer("from 7 to -2") == "-2"
    assert last.answer("none") is None


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"pattern: '\(' is not a regular expression"):
        _made(pattern="(")


@pytest.fixture(scope="module")
def solutions() -> list[dict[str, Any]]:
    if not SOLUTIONS.exists():
        pytest.skip(f"{SOLUTIONS} is absent: graded solutions are not part of the project")
    with gzip.open(SOLUTIONS, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("system", ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"])
def test_solutions_of_gsm8k_are_graded_as_their_authors_graded_them(
    solutions: list[dict[str, Any]], system: str
) -> None:
    marked = _made("marked_number", pattern=r"A:\s*(.+)")
    human = [{"prompt_id": str(i), "completion": row["ground_truth"]} for i, row in enumerate(solutions)]
    theirs = [{"prompt_id": str(i), "completion": row[system]["solution"]} for i, row in enumerate(solutions)]
    found = marked.answers(Samples.of_text(theirs), Given({"prompts": Samples.of_text(human)}))
    assert found.correct.tolist() == [float(row[system]["is_correct"]) for row in solutions]
