"""Files that a user names: which they are, what they are called in the data, and their text."""

from __future__ import annotations

import codecs
import glob
import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from loops import digest
from loops.errors import DataError


class NamedFile(NamedTuple):
    """A file, and its name within the data: below the folder that all files share, '' for a single file."""

    name: str
    path: Path

    def origin(self, split: str | None, index: int) -> str:
        """Name a document; where the files lie, and how a single file is called, does not count."""
        return "/".join(part for part in (split, self.name, str(index)) if part)


@dataclass(frozen=True)
class FileSource:
    """Where files lie; the base of the sources that read files."""

    path: str
    """A file, a folder (all its files of the right ending, at any depth) or a pattern: `tales/**/*.txt`."""
    reference_path: str | None
    """Files of the reference split; null: Heirloom makes the split."""
    auditor_path: str | None
    """Files of the auditor split; needs `reference_path`."""
    human_tokens: int | None
    """Training tokens of human text to use; null: all."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    not_in_key: ClassVar[tuple[str, ...]] = ("path", "reference_path", "auditor_path", "human_tokens")
    endings: ClassVar[tuple[str, ...]]
    """Which files of a folder are read."""

    def check_paths(self) -> None:
        """Raise ValueError for an auditor split without a reference split."""
        if self.auditor_path is not None and self.reference_path is None:
            raise ValueError("auditor_path is set and reference_path is not: want both, or only reference_path")

    def splits(self) -> tuple[str, ...]:
        """Name the splits that are given as files; () where the split is ours to make."""
        given = tuple(self._paths())
        return given if len(given) > 1 else ()

    def external(self) -> dict[str, str]:
        """Return the digest of each file, by split and name."""
        return {
            f"{split}/{file.name}": digest.of_file(file.path) for split in self._paths() for file in self.files(split)
        }

    def files(self, split: str | None) -> list[NamedFile]:
        """Find the files of a split; None: the only one."""
        name = split or "train"
        setting = "path" if name == "train" else f"{name}_path"
        return find_files(self._paths()[name], self.endings, f"source.{setting}")

    def _paths(self) -> dict[str, str]:
        paths = {"train": self.path, "reference": self.reference_path, "auditor": self.auditor_path}
        return {split: path for split, path in paths.items() if path is not None}


def find_files(path: str, endings: tuple[str, ...], where: str) -> list[NamedFile]:
    """Return the files that a path, folder or pattern names, in order of their names.

    Raises:
        DataError: there is none.
    """
    start = Path(path).expanduser()
    if start.is_dir():
        found = [each for each in start.rglob("*") if each.is_file() and each.name.endswith(endings)]
        if not found:
            raise DataError(
                f"{where}: the folder {start} holds no file ending in {', '.join(endings)}. "
                f"For files of another name give a pattern, such as {start}/*.dat."
            )
    elif glob.has_magic(path) and not start.exists():
        matches = (Path(match) for match in glob.glob(str(start), recursive=True))
        found = [match for match in matches if match.is_file()]
        if not found:
            raise DataError(f"{where}: no file matches {path} (seen from {Path.cwd()}).")
    elif start.exists():
        return [NamedFile("", start)]
    else:
        raise DataError(f"{where}: {start.absolute()} does not exist. Give a file, a folder or a pattern.")
    root = os.path.commonpath([file.absolute().parent for file in found])
    named = [NamedFile(file.absolute().relative_to(root).as_posix(), file) for file in found]
    return sorted(named)


def read_bytes(path: Path) -> bytes:
    """Return what a file holds, unpacked if its name ends in .gz.

    Raises:
        DataError: the file is empty, damaged or may not be read.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error}).") from error
    if not content.strip():
        raise DataError(f"{path}: the file is empty.")
    return content


def read_text(path: Path) -> str:
    """Return the text of a file with `\\n` as line end, without byte order mark.

    Raises:
        DataError: as `read_bytes`, or the file is not UTF-8 (with the byte where it ends to be).
    """
    text = decode(read_bytes(path), path, 0)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number (from 1) and text of each line that is not blank, one line in memory at a time.

    Raises:
        DataError: as `read_text`.
    """
    offset = 0
    blank = True
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                text = decode(line, path, offset)
                offset += len(line)
                if text.strip():
                    blank = False
                    yield number, (text.removeprefix("\ufeff") if number == 1 else text).rstrip("\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error}).") from error
    if blank:
        raise DataError(f"{path}: the file is empty.")


def decode(content: bytes, path: Path, offset: int) -> str:
    """Decode UTF-8 that begins at byte `offset` of a file.

    Raises:
        DataError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        is_utf_16 = not offset and content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        raise DataError(
            f"{path}: not UTF-8 at byte {offset + error.start} (0x{content[error.start]:02x}). "
            f"Convert it, for example with: iconv -f {'utf-16' if is_utf_16 else 'latin1'} -t utf-8."
        ) from error
