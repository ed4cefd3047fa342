from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loops.cli import command
from loops.plan import plan
from loops.preview import preview
from loops.run import run, view_samples
from loops.store import Store

Overrides = Callable[..., list[str]]


def store_of(words: list[str]) -> Path:
    return next(Path(word.partition("=")[2]) for word in words if word.startswith("store="))


def test_texts_are_shown_with_the_filter_that_drops_them(
    tiny_text: Overrides, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tiny_text("filters=[length,exact_duplicate]", "filters.length.min_words=1000")
    assert command(["preview", *words, "--rows", "3"]) == 0
    shown = capsys.readouterr().out
    assert "written by fresh weights that have learned nothing yet" in shown
    assert shown.count("dropped: length/too_short") == 3
    assert "0 of 3 kept; length/too_short drops 3." in shown
    assert not store_of(words).exists()


def test_what_all_filters_keep_is_shown_as_kept(tiny_text: Overrides, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["preview", *tiny_text("filters=[]"), "--rows", "2"]) == 0
    shown = capsys.readouterr().out
    assert "filters: none" in shown
    assert "2 of 2 kept." in shown


def test_a_later_filter_judges_what_the_one_before_left(tiny_text: Overrides) -> None:
    words = tiny_text("filters=[random,length]", "filters.length.min_words=1000")
    reasons = preview(plan(words)[0], 16).reasons
    assert {str(reason).partition("/")[0] for reason in reasons} == {"random", "length"}


def test_a_trained_student_0_writes_as_it_did_in_the_run(tiny_text: Overrides) -> None:
    words = tiny_text("arm=replace", "filters=[]")
    first = run(*words).runs[0]
    before = sorted(store_of(words).rglob("*"))
    found = preview(first, 5)
    assert found.writer == "student 0, which the store already holds"
    drawn = view_samples(first.folder, Store(store_of(words)), "drawn", 1)
    assert [text.completion for text in found.texts] == drawn.texts()[:5]
    assert sorted(store_of(words).rglob("*")) == before


def test_a_prefix_is_shown_before_its_completion(tiny_text: Overrides, capsys: pytest.CaptureFixture[str]) -> None:
    words = tiny_text("prompts.kind=prefix", "prompts.tokens=4", "filters=[]")
    assert command(["preview", *words, "--rows", "2"]) == 0
    assert capsys.readouterr().out.count("[prompt] ") == 2


def test_a_world_has_nothing_to_preview(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["preview", "experiment=urn"]) == 0
    assert "no texts to preview" in capsys.readouterr().out


def test_a_typing_mistake_is_told_as_for_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["preview", "experiment=demo", "generator.temprature=1"]) == 2
    assert "Did you mean generator.temperature" in capsys.readouterr().err
    assert command(["preview", "experiment=demo", "--rows", "0"]) == 2
    assert "--rows: got 0, want at least 1." in capsys.readouterr().err
