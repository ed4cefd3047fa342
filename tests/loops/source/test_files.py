"""Which files a path names, and what is said when one cannot be read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from loops.errors import DataError
from loops.source.files import find_files, read_lines, read_text

ENDINGS = (".txt", ".txt.gz")


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def _names(path: Path | str) -> list[str]:
    return [file.name for file in find_files(str(path), ENDINGS, "source.path")]


def test_a_folder_gives_its_files_of_the_right_ending_by_name(tmp_path: Path) -> None:
    _write(tmp_path, "b.txt", "a/c.txt.gz", "notes.pdf")
    assert _names(tmp_path) == ["a/c.txt.gz", "b.txt"]


def test_a_pattern_takes_any_ending(tmp_path: Path) -> None:
    _write(tmp_path, "x/a.dat", "x/y/b.dat", "x/c.txt")
    assert _names(f"{tmp_path}/**/*.dat") == ["a.dat", "y/b.dat"]


def test_names_do_not_depend_on_where_the_folder_lies(tmp_path: Path) -> None:
    for place in ("here", "there/deep"):
        _write(tmp_path / place, "a.txt", "sub/b.txt")
    assert _names(tmp_path / "here") == _names(tmp_path / "there/deep") == ["a.txt", "sub/b.txt"]


def test_a_single_file_has_no_name_of_its_own(tmp_path: Path) -> None:
    _write(tmp_path, "a.txt", "odd[1].txt")
    assert _names(tmp_path / "a.txt") == [""]
    assert _names(tmp_path / "odd[1].txt") == [""]


@pytest.mark.parametrize(
    ("below", "message"),
    [
        ("absent.txt", r"source\.path: .*absent\.txt does not exist\. Give a file, a folder or a pattern"),
        ("*.md", r"source\.path: no file matches .*\*\.md \(seen from "),
        (
            "empty",
            r"source\.path: the folder .*empty holds no file ending in \.txt, \.txt\.gz.*empty/\*\.dat",
        ),
    ],
)
def test_a_path_that_names_nothing_is_an_error(tmp_path: Path, below: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        find_files(f"{tmp_path}/{below}", ENDINGS, "source.path")


def test_text_is_the_same_packed_or_not_and_whatever_its_line_ends(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.txt", tmp_path / "a.txt.gz"
    plain.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    packed.write_bytes(gzip.compress(b"one\ntwo\nthree\n"))
    assert read_text(plain) == read_text(packed) == "one\ntwo\nthree\n"


def test_lines_keep_their_numbers_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbfone\n\n  \ntwo")
    assert list(read_lines(path)) == [(1, "one"), (4, "two")]


@pytest.mark.parametrize("content", [b"", b" \n\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    for path, packed in ((tmp_path / "a.txt", content), (tmp_path / "a.txt.gz", gzip.compress(content))):
        path.write_bytes(packed)
        with pytest.raises(DataError, match=r"a\.txt.*: the file is empty"):
            read_text(path)
        with pytest.raises(DataError, match="the file is empty"):
            list(read_lines(path))


def test_a_file_that_is_not_utf_8_is_named_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("ein Stück\nüber".encode("latin1"))
    with pytest.raises(DataError, match=r"latin\.txt: not UTF-8 at byte 6 \(0xfc\)\. Convert it"):
        read_text(path)
    path.write_bytes("ein Satz".encode("utf-16"))
    with pytest.raises(DataError, match=r"not UTF-8 at byte 0 .*: iconv -f utf-16 -t utf-8"):
        read_text(path)
    path.write_bytes(b"ein Satz\n" + "über".encode("latin1"))
    with pytest.raises(DataError, match=r"not UTF-8 at byte 9 \(0xfc\)"):
        list(read_lines(path))


@pytest.mark.parametrize("content", [b"not packed", gzip.compress(b"x" * 1000)[:-20]], ids=["not packed", "cut short"])
def test_a_damaged_gzip_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.txt\.gz: cannot be read"):
        read_text(path)
    with pytest.raises(DataError, match=r"a\.txt\.gz: cannot be read"):
        list(read_lines(path))
