"""Files that are whole or absent: atomic writes, and JSON lines whose damage is named with its line."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class RunDirError(Exception):
    """A run folder is not what it should be: where, what was found there, what to do."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a whole file or leave the old one: a temporary file beside it, flushed, then renamed over it."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(unfinished)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o644)  # mkstemp makes files that only their owner can read
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _not_written(path: Path, error: OSError) -> RunDirError:
    return RunDirError(
        f"{path}: could not be written ({error.strerror}). What stood there before is unchanged. "
        "Free space or choose another folder with output_dir=..., then start the same command again."
    )


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def json_lines(values: Iterable[Mapping[str, Any]], path: Path) -> str:
    """Write one JSON object per line; a number that JSON does not have is refused.

    Raises:
        RunDirError: a value is NaN, infinite, or not plain.
    """
    lines: list[str] = []
    for index, value in enumerate(values, start=1):
        try:
            lines.append(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
        except (ValueError, TypeError) as error:
            raise RunDirError(
                f"{path}:{index}: the row cannot be written ({error}). Want finite numbers, text or null; "
                "a value that could not be measured is null, with its reason beside it under <name>/why."
            ) from error
    return "".join(lines)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read one JSON object per line.

    Raises:
        RunDirError: the file is missing, or a line does not parse (with its number).
    """
    # Not splitlines: it also splits at U+2028 and its like, which stand unescaped inside JSON text.
    lines = read_text(path).split("\n")
    return [parse_object(line, f"{path}:{index}") for index, line in enumerate(lines, start=1) if line]


def parse_object(text: str, where: str) -> dict[str, Any]:
    """Parse one JSON object; `where` opens the message if it is none."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RunDirError(
            f"{where}: not JSON ({error}): {_clipped(text)}. Remove the file and start the run again: "
            "it is rebuilt from the store, and nothing is computed twice."
        ) from error
    if not isinstance(value, dict):
        raise RunDirError(f"{where}: got {_clipped(text)}, want a JSON object {{...}}.")
    return value


def read_text(path: Path) -> str:
    """Read a UTF-8 file of a run folder."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RunDirError(
            f"{path}: not there. The run has not written it yet; start it, or check the folder's name."
        ) from error
    except UnicodeDecodeError as error:
        raise RunDirError(
            f"{path}: byte {error.start} is not UTF-8. The file is damaged: remove it and start again."
        ) from error
    except OSError as error:
        raise RunDirError(f"{path}: could not be read ({error.strerror}).") from error


def _clipped(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
