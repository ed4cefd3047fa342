from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import DataError
from loops.key import Key
from loops.outside.budget import Pile, choose_cut, in_step, kinds_note
from loops.outside.open_file import Hints, open_file


def pile_of(path: Any) -> Pile:
    return Pile.of(open_file(path, Hints()), Key.root(0))


def test_blank_texts_are_counted_and_left_out(json_lines: Any) -> None:
    pile = pile_of(json_lines("a.jsonl", ["One.", " \n", "", "Two."]))
    assert sorted((place, row.text) for place, row in pile.rows) == [(0, "One."), (3, "Two.")]
    assert pile.n_blank == 2
    with pytest.raises(DataError, match=r"b\.jsonl: none of its 2 texts \(each value a text\) holds a word"):
        pile_of(json_lines("b.jsonl", ["", " "]))


def test_halves_share_no_text_and_lose_none(json_lines: Any) -> None:
    pile = pile_of(json_lines("a.jsonl", [f"text {i}" for i in range(9)]))
    left, right = pile.halves()
    assert (len(left.rows), len(right.rows)) == (5, 4)
    assert {place for place, _ in (*left.rows, *right.rows)} == set(range(9))


def test_a_view_ends_when_words_and_texts_are_enough(json_lines: Any) -> None:
    pile = pile_of(json_lines("a.jsonl", ["one two three four"] * 10))
    assert len(pile.view(n_words=7, max_words=3, n_texts=0).samples) == 3  # 3 + 3 words are not yet 7
    assert len(pile.view(n_words=7, max_words=3, n_texts=5).samples) == 5
    assert len(pile.whole_texts(n_words=7, n_texts=0).samples) == 2
    assert len(pile.view(n_words=1000, max_words=3, n_texts=0).samples) == 10
    view = pile.view(n_words=7, max_words=3, n_texts=0)
    assert list(view.words()) == [["one", "two", "three", "four"]] * 3


def test_the_share_cut_at_the_limit_is_counted(json_lines: Any) -> None:
    rows = [{"text": "x", "finish_reason": reason} for reason in ("length", "stop", "length", None)]
    assert pile_of(json_lines("a.jsonl", rows)).length_limit_share() == 0.5


def test_sides_of_one_length_are_cut_at_it() -> None:
    assert choose_cut({"a": np.full(50, 40), "b": np.full(9, 40)}, None) == (40, "")


def test_the_cut_is_the_longest_at_which_sides_are_alike() -> None:
    # Shorter than 30: none of either; shorter than 31: half of a, none of b. The middle text of a has 35 words.
    lengths = {"a": np.repeat([30, 40], 50), "b": np.full(100, 90)}
    assert choose_cut(lengths, None) == (30, "")


def test_sides_that_no_cut_makes_alike_are_cut_at_the_middle_text_with_a_warning() -> None:
    # A tenth of a has a single word: at every cut above 1 a tenth of a is shorter and none of b.
    lengths = {"a": np.repeat([1, 50], [10, 90]), "b": np.full(100, 60)}
    cut = choose_cut(lengths, None)
    assert cut.max_words == 50
    assert cut.note == "Texts under 50 words are 10% of a, 0% of b: the figures differ by length too."


def test_a_cut_that_is_asked_for_is_kept_and_warned_of() -> None:
    lengths = {"a": np.repeat([30, 40], 50), "b": np.full(100, 90)}
    assert choose_cut(lengths, 20) == (20, "")
    cut = choose_cut(lengths, 35)
    assert cut.max_words == 35
    assert "50% of a, 0% of b" in cut.note
    assert cut.note.endswith("--cut 30 makes them alike.")


def test_a_cut_is_no_longer_than_a_thousand_words_and_fits_short_texts() -> None:
    assert choose_cut({"a": np.full(30, 5_000)}, None).max_words == 1_000
    assert choose_cut({"a": np.full(30, 1), "b": np.full(30, 1)}, None) == (1, "")


def test_a_file_with_next_to_nothing_has_no_say() -> None:
    assert in_step({"a": 1000, "b": 900, "c": 40}) == ["a", "b"]  # a tenth of the middle one is 90
    assert in_step({"only": 3}) == ["only"]


def test_sides_of_different_kinds_are_told_of() -> None:
    assert kinds_note({"a": np.full(9, 40), "b": np.full(9, 80)}) == ""
    note = kinds_note({"a": np.full(9, 1_200), "b": np.array([10, 33, 90])})
    assert note.startswith("The middle text has 1,200 words in a, 33 words in b: are these the same kind of text?")
