from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loops.errors import ConfigError, DataError
from loops.outside.plain_file import PlainFile


def texts(path: Path, separator: str | None = None) -> list[str]:
    return [row.text for row in PlainFile.of(path, separator).rows()]


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("A\n\nb<|endoftext|>\nC<|endoftext|>", "cut at <|endoftext|>", ["A\n\nb", "C"]),
        ("A\nb\n \nC\n\n\nD\n", "cut at blank lines", ["A\nb", "C", "D"]),
        ("A\nB\r\nC\n", "cut at line ends", ["A", "B", "C"]),
        ("A b c\n\n", "one text", ["A b c"]),
    ],
)
def test_the_first_separator_that_is_there_cuts(plain: Any, text: str, found: str, expected: list[str]) -> None:
    path = plain("a.txt.gz", text)
    assert PlainFile.of(path, None).found == found
    assert texts(path) == expected


def test_a_separator_may_stand_before_what_it_begins(plain: Any) -> None:
    path = plain("a.txt", " = A = \none\n = = B = = \n two\n = C = \nthree\n")
    assert texts(path, r"^(?= = [^=\n]+ = $)") == ["= A = \none\n = = B = = \n two", "= C = \nthree"]
    assert texts(path, r"^ = [^=\n]+ = $") == ["one\n = = B = = \n two", "three"]


def test_what_is_no_regular_expression_or_no_utf_8_is_refused(plain: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--separator: '\(' is not a regular expression"):
        PlainFile.of(plain("a.txt", "x"), "(")
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"b\.txt: not UTF-8 at byte 3 \(0xe9\)"):
        PlainFile.of(tmp_path / "b.txt", None)
    with pytest.raises(DataError, match=r"c\.txt: the file is empty"):
        PlainFile.of(plain("c.txt", " \n"), None)


def test_kept_texts_keep_their_white_space_and_separators(plain: Any, tmp_path: Path) -> None:
    file = PlainFile.of(plain("a.txt", " A\n\n\nB\n \nC \n"), None)
    file.copy([True, True, True], tmp_path / "all.txt")
    assert (tmp_path / "all.txt").read_text() == " A\n\n\nB\n \nC \n"
    file.copy([True, False, True], tmp_path / "kept.txt")
    assert texts(tmp_path / "kept.txt") == ["A", "C"]
    file.copy_dropped([None, "length/too_short", None], tmp_path / "dropped.jsonl")
    assert json.loads((tmp_path / "dropped.jsonl").read_text()) == {"text": "B", "dropped_by": "length/too_short"}
