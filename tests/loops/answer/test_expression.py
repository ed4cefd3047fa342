"""Expressions as answers."""

from __future__ import annotations

from typing import Any

import pytest

from loops.answer.expression import Expression
from loops.build import build
from loops.config import compose
from loops.given import Given
from loops.run import component
from loops.samples import Samples
from loops.source.document import to_samples

ARITHMETIC = ["source.language=arithmetic", 'source.operators=["+","-","*","min","max"]']


def _checked(form: Any, language: Any, *rows: tuple[str, str]) -> tuple[list[str | None], list[float]]:
    texts = Samples.of_text([{"prompt": prompt, "completion": text} for prompt, text in rows])
    found = Expression(language, form).answers(texts, Given({}))
    return found.answer, found.correct.tolist()


def test_a_statement_is_correct_when_it_is_true() -> None:
    texts = ("( True or\n False )", "( True and False )", "( True or", "")
    answers, correct = _checked("statement", "logic", *[("", text) for text in texts])
    assert answers == ["( True or False )", "( True and False )", None, None]
    assert correct == [1, 0, 0, 0]


def test_a_value_is_correct_when_it_is_that_of_the_prompt() -> None:
    asked = "( 3 - 5 ) ="
    rows = [(asked, " -2"), (asked, " 2"), (asked, " ( 3 - 5 )"), (asked, "-"), (asked, " - 2")]
    answers, correct = _checked("evaluate", "arithmetic", *rows)
    assert answers == ["-2", "2", None, None, None]
    assert correct == [1, 0, 0, 0, 0]
    assert _checked("evaluate", "logic", ("not True =", " False"), ("not True =", " 0")) == (["False", None], [1, 0])


def test_any_expression_of_the_prompts_value_is_correct() -> None:
    rows = [("-2 =", " ( 3 - 5 )"), ("-2 =", " ( 0 - ( 1 + 1 ) )"), ("-2 =", " ( 5 - 3 )"), ("-2 =", " -2")]
    answers, correct = _checked("construct", "arithmetic", *rows)
    assert answers == ["( 3 - 5 )", "( 0 - ( 1 + 1 ) )", "( 5 - 3 )", None]
    assert correct == [1, 1, 0, 0]
    assert _checked("construct", "logic", ("False =", " not True"), ("True =", " not True"))[1] == [1, 0]


@pytest.mark.parametrize("source", [["source.form=statement"], ["source.form=evaluate", *ARITHMETIC],
                                    ["source.form=construct", *ARITHMETIC], ["source.form=construct"]])  # fmt: skip
def test_every_text_of_the_source_is_correct_by_the_settings_that_it_shares(source: list[str]) -> None:
    config = compose(["source=expressions", "answer=expression", "source.texts=200", *source])
    human = to_samples(build(config["source"], "source").read("train"))
    found = build(config["answer"], "answer").answers(human, Given({}))
    assert found.correct.tolist() == [1.0] * 200
    assert None not in found.answer


def test_the_whole_text_is_a_pattern_of_its_own() -> None:
    human = to_samples(component("source/expressions", texts=20, form="evaluate").read("train"))
    found = component("answer/pattern").answers(human, Given({"prompts": human}))
    assert found.correct.tolist() == [1.0] * 20
