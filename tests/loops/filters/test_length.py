"""The length filter."""

from __future__ import annotations

import pytest

from loops.filters.length import Length
from loops.given import Given
from loops.key import Key
from loops.samples import Samples

TEXTS = Samples.of_text(
    [
        {"completion": "", "finish_reason": "stop"},
        {"completion": "one two", "finish_reason": "stop"},
        {"completion": "one two three", "finish_reason": "length"},
        {"completion": "one, two", "finish_reason": "stop", "prompt": "a long prompt that does not count"},
        {"completion": "one two three four"},
    ]
)


def _reasons(chosen: Length) -> list[str | None]:
    (verdicts,) = chosen.judge([TEXTS], Given({}), Key.root(0))
    return list(verdicts.reason.to_pylist())


def test_texts_between_the_limits_stay_and_the_limits_belong_to_them() -> None:
    # A comma is a word by the rule of the measures, so the fourth text has three.
    assert _reasons(Length(2, 3, False)) == ["too_short", None, None, None, "too_long"]


def test_a_cut_text_goes_only_when_asked_and_human_text_is_never_cut() -> None:
    assert _reasons(Length(0, None, True)) == [None, None, "cut", None, None]
    assert _reasons(Length(0, None, False)) == [None] * 5


def test_one_verdicts_for_each_shard_in_order() -> None:
    shards = list(TEXTS.shards(2))
    verdicts = list(Length(3, None, False).judge(shards, Given({}), Key.root(0)))
    assert [len(each) for each in verdicts] == [2, 2, 1]
    assert [each.kept.tolist() for each in verdicts] == [[False, False], [True, True], [True]]


def test_limits_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="got min_words 5 and max_words 3"):
        Length(5, 3, False)
    with pytest.raises(ValueError, match="max_words at least 1"):
        Length(0, 0, False)
