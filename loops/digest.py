"""Names for content: blake2b over one canonical form of values, arrays and files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

DIGEST_BYTES = 16
CHUNK_BYTES = 1 << 22


def of_bytes(*chunks: bytes | memoryview) -> str:
    """Return the digest of the chunks, each preceded by its length so that borders count."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for chunk in chunks:
        state.update(len(chunk).to_bytes(8, "little"))
        state.update(chunk)
    return state.hexdigest()


def of_value(value: Any) -> str:
    """Return the digest of plain JSON values; key order does not count, NaN is refused."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return of_bytes(text.encode())


def of_array(array: np.ndarray) -> str:
    """Return the digest of an array's type, shape and content."""
    content = np.ascontiguousarray(array)
    return of_bytes(f"{content.dtype.str}{content.shape}".encode(), content.tobytes())


def of_arrays(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the digest of named arrays; their order does not count."""
    return of_value({name: of_array(array) for name, array in arrays.items()})


def of_file(path: Path) -> str:
    """Return the digest of a file's content."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            state.update(chunk)
    return state.hexdigest()


def of_files(paths: Iterable[Path], root: Path) -> str:
    """Return the digest of files with their names below `root`; where `root` lies does not count."""
    return of_value({path.relative_to(root).as_posix(): of_file(path) for path in paths})
