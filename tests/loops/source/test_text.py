"""Text files as a source."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path
from typing import Any

import pytest

from loops.build import build
from loops.errors import ConfigError, DataError
from loops.key import Key
from loops.source.split import assign
from loops.source.text import Text, cut

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "text"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is absent: real text")
ARTICLE = r"^ = [^=\n]+ = $"
STORY = r"^(?=once upon a time|one day|once there was)"


def _text(path: Path | str, separator: str | None = None, **more: Any) -> Text:
    settings: dict[str, Any] = {
        "reference_path": None,
        "auditor_path": None,
        "human_tokens": None,
        "separator_starts_document": False,
        "strip": True,
        "min_chars": 1,
    }
    return Text(path=str(path), separator=separator, **{**settings, **more})


def test_a_separator_is_thrown_away_or_begins_the_next_document() -> None:
    text = "before\n= A =\nfirst\n= B =\nsecond"
    assert cut(text, r"^= .* =\n", False) == ["before\n", "first\n", "second"]
    assert cut(text, r"^= .* =\n", True) == ["before\n", "= A =\nfirst\n", "= B =\nsecond"]
    assert cut(text, None, False) == [text]


def test_a_separator_without_width_loses_nothing() -> None:
    text = "one day a\nb\none day c"
    assert cut(text, r"^(?=one day)", False) == ["", "one day a\nb\n", "one day c"]


def test_each_document_is_an_origin_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\n two \n\n\n")
    documents = list(_text(tmp_path / "a.txt", r"\n[ \t]*\n").read(None))
    assert [(document.origin, document.text) for document in documents] == [("0", "one"), ("1", "two")]


def test_files_that_are_not_cut_are_documents(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("two\n\nstill two")
    (tmp_path / "a.txt").write_text("one")
    documents = list(_text(tmp_path).read(None))
    assert [document.text for document in documents] == ["one", "two\n\nstill two"]
    assert [document.origin for document in documents] == ["a.txt/0", "b.txt/0"]


def test_white_space_stays_when_asked_and_short_documents_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.txt").write_text(" one \nab\n\nthree")
    with caplog.at_level(logging.INFO):
        documents = list(_text(tmp_path / "a.txt", "\n", strip=False, min_chars=3).read(None))
    assert [document.text for document in documents] == [" one ", "three"]
    assert "left out 1 documents shorter than 3 characters" in caplog.text


def test_splits_given_as_files_are_read_apart(tmp_path: Path) -> None:
    for name in ("train", "reference", "auditor"):
        (tmp_path / f"{name}.txt").write_text(f"{name} text")
    reference, auditor = str(tmp_path / "reference.txt"), str(tmp_path / "auditor.txt")
    source = _text(tmp_path / "train.txt", reference_path=reference, auditor_path=auditor)
    assert source.splits() == ("train", "reference", "auditor")
    for split in source.splits():
        (document,) = source.read(split)
        assert (document.text, document.origin) == (f"{split} text", f"{split}/0")
    assert _text(tmp_path / "train.txt", reference_path=reference).splits() == ("train", "reference")
    assert _text(tmp_path / "train.txt").splits() == ()


def test_the_key_names_the_content_and_not_the_place(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / f"{place}.txt").write_text("same")
    here, there = (_text(tmp_path / place / f"{place}.txt") for place in ("here", "there"))
    assert here.external() == there.external()
    assert list(here.read(None)) == list(there.read(None))
    (tmp_path / "there/there.txt").write_text("other")
    assert here.external() != there.external()


def test_a_source_without_a_document_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("short")
    with pytest.raises(DataError, match="no document of 10 characters or more"):
        list(_text(tmp_path / "a.txt", min_chars=10).read(None))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"separator": "(unclosed"},
            r"source: separator: '\(unclosed' is not a regular expression \(missing \)",
        ),
        ({"min_chars": 0}, "source: min_chars: got 0, want at least 1"),
        ({"auditor_path": "a.txt"}, "source: auditor_path is set and reference_path is not"),
        ({"seperator": "x"}, r"source\.seperator: unknown setting\. Did you mean source\.separator"),
    ],
)
def test_wrong_settings_are_found_at_build(settings: dict[str, Any], message: str) -> None:
    node = {
        "_target_": "loops.source.text.Text",
        "path": "a.txt",
        "reference_path": None,
        "auditor_path": None,
        "human_tokens": None,
        "separator": None,
        "separator_starts_document": False,
        "strip": True,
        "min_chars": 1,
    }
    with pytest.raises(ConfigError, match=message):
        build({**node, **settings}, "source")


@needs_data
@pytest.mark.parametrize(("part", "articles"), [("valid", 60), ("test", 62)])
def test_wikitext_is_cut_into_its_articles(part: str, articles: int) -> None:
    path = DATA / f"wikitext2/wiki.{part}.raw.txt.gz"
    source = _text(path, ARTICLE, separator_starts_document=True)
    documents = list(source.read(None))
    assert len(documents) == articles
    assert all(document.text.startswith("= ") for document in documents)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        # Nothing is lost but white space at the borders.
        assert "".join(file.read().split()) == "".join("".join(d.text.split()) for d in documents)


@needs_data
def test_lower_cased_tinystories_are_cut_where_stories_begin() -> None:
    documents = list(_text(DATA / "tinystories_4MB_lower.txt.gz", STORY).read(None))
    assert len(documents) == 5076
    split = assign([d.text for d in documents], [d.origin for d in documents], 0.05, 0.05, Key.root(0))
    assert split.log["reference/chars"] / split.log["chars"] == pytest.approx(0.05, abs=0.01)
    assert split.log["reference/share_of_8_grams_in_train"] < 0.2


@needs_data
def test_cased_tinystories_are_cut_into_paragraphs() -> None:
    path = DATA / "tinystories_200k_cased.txt"
    documents = list(_text(path, r"\n[ \t]*\n").read(None))
    assert len(documents) == len([part for part in path.read_text().split("\n\n") if part.strip()])
    assert documents[0].text.startswith("One day, a little girl named Lily found a needle")


@needs_data
def test_names_are_one_to_a_line() -> None:
    documents = list(_text(DATA / "names.txt", "\n").read(None))
    assert len(documents) == 32033
    assert documents[0].text == "emma"
