"""The repetition rules of Gopher, each by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from loops.build import build
from loops.errors import ConfigError
from loops.filters.repetition import (
    Repetition,
    repeated_ngram_share,
    repeated_pieces,
    top_ngram_share,
)
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.source.text import Text

ROOT = Path(__file__).resolve().parents[3]
STORIES = ROOT.parent / "shared" / "data" / "text" / "tinystories_4MB_lower.txt.gz"
OFF: dict[str, Any] = {
    "max_repeated_line_share": None,
    "max_repeated_paragraph_share": None,
    "max_repeated_line_char_share": None,
    "max_repeated_paragraph_char_share": None,
    "max_top_ngram_share": {},
    "max_repeated_ngram_share": {},
}


def _node() -> dict[str, Any]:
    node: dict[str, Any] = yaml.safe_load((ROOT / "configs/filters/repetition.yaml").read_text())
    return node


def _reason(text: str, **limits: Any) -> str | None:
    (verdicts,) = Repetition(**{**OFF, **limits}).judge(
        [Samples.of_text([{"completion": text}])], Given({}), Key.root(0)
    )
    reason: str | None = verdicts.reason.to_pylist()[0]
    return reason


def test_repeats_are_the_occurrences_after_the_first() -> None:
    # 2 of 5 lines are repeats; they hold 3 + 3 of 3 + 3 + 3 + 1 + 2 = 12 characters.
    assert repeated_pieces(["abc", "abc", "abc", "d", "ef"]) == (0.4, 0.5)
    assert repeated_pieces(["a", "b"]) == (0, 0)
    assert repeated_pieces([]) == (0, 0)


def test_the_most_frequent_ngram_is_weighed_by_its_characters() -> None:
    # "to be" twice: 4 + 4 of the 4 + 2 + 3 + 4 = 13 characters of "to be or not to be".
    assert top_ngram_share(["to", "be", "or", "not", "to", "be"], 2) == 8 / 13
    # "a a" at 0, 1 and 2 covers all four words, each once.
    assert top_ngram_share(["a", "a", "a", "a"], 2) == 1
    # Both "a b" and "ccc d" occur twice: the longer one counts, 8 of 8 + 4 + 1 characters.
    assert top_ngram_share([*"ab", "ccc", *"dxab", "ccc", "d"], 2) == 8 / 13


def test_an_ngram_that_occurs_once_is_no_repetition() -> None:
    assert top_ngram_share(["short", "text"], 2) == 0
    assert top_ngram_share(["short"], 2) == 0
    assert repeated_ngram_share([*"abc"], 2) == 0


def test_overlapping_repeats_count_each_character_once() -> None:
    # 2-grams of a b c a b c: ab bc ca ab bc; the last two are repeats and cover the last three words: 3 of 6.
    assert repeated_ngram_share([*"abcabc"], 2) == 0.5
    # Of six equal words, the 2-grams from the second on are repeats: 5 of 6 words.
    assert repeated_ngram_share(["a"] * 6, 2) == 5 / 6


@pytest.mark.parametrize(
    ("limits", "text", "reason"),
    [
        ({"max_repeated_line_share": 0.3}, "a\nb\na\nc", None),  # 1 of 4
        ({"max_repeated_line_share": 0.3}, "a\nb\na\n", "repeated_lines"),  # 1 of 3
        ({"max_repeated_line_char_share": 0.2}, "abcdef\nb\nb", None),  # 1 of 8
        ({"max_repeated_line_char_share": 0.2}, "abcd\nabcd\nb\nc\nd", "repeated_line_chars"),  # 4 of 11
        ({"max_repeated_paragraph_share": 0.3}, "a\nb\n\na\nb\n\nc", "repeated_paragraphs"),  # 1 of 3
        ({"max_repeated_paragraph_share": 0.3}, "a\nb\na\nb\nc", None),  # one paragraph
        ({"max_repeated_paragraph_char_share": 0.2}, "abc\n\nabc\n\nd", "repeated_paragraph_chars"),  # 3 of 7
        ({"max_top_ngram_share": {2: 0.2}}, "to be or not to be", "top_2_gram"),
        ({"max_top_ngram_share": {3: 0.18}}, "to be or not to be", None),
        ({"max_repeated_ngram_share": {5: 0.15}}, "a b c d e x a b c d e", "repeated_5_gram"),  # 5 of 11
        ({"max_repeated_ngram_share": {6: 0.14}}, "a b c d e x a b c d e", None),
        ({}, "a a a a a a a", None),
    ],
)
def test_each_limit_drops_with_its_own_reason(limits: dict[str, Any], text: str, reason: str | None) -> None:
    assert _reason(text, **limits) == reason


def test_an_empty_text_repeats_nothing() -> None:
    assert _reason("", max_repeated_line_share=0.0, max_top_ngram_share={2: 0.0}) is None


def test_limits_outside_their_range_are_refused_at_build() -> None:
    with pytest.raises(ConfigError, match=r"filters\.repetition: want every limit in \[0, 1\]"):
        build({**_node(), "max_repeated_line_share": 30.0}, "filters.repetition")
    with pytest.raises(ConfigError, match="every n at least 1"):
        build({**_node(), "max_top_ngram_share": {"0": 0.2}}, "filters.repetition")


@pytest.mark.skipif(not STORIES.is_file(), reason="../shared/data is absent: real stories")
def test_real_stories_stay_and_looping_ones_go() -> None:
    source = Text(str(STORIES), None, None, None, r"^(?=once upon a time|one day|once there was)", True, True, 200)
    stories = [document.text for document, _ in zip(source.read(None), range(500), strict=False)]
    gopher: Repetition = build(_node(), "filters.repetition")
    texts = stories + [" ".join(story.split()[:30] * 3) for story in stories]
    (verdicts,) = gopher.judge([Samples.of_text([{"completion": text} for text in texts])], Given({}), Key.root(0))
    assert verdicts.kept[:500].mean() > 0.9
    assert not verdicts.kept[500:].any()
