"""Shards: a long table on disk in pieces that are each whole or absent, mapped into memory when read."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

# Chunks may bring dictionaries of their own; an Arrow file holds one for each column.
_UNIFY = pa.ipc.IpcWriteOptions(unify_dictionaries=True)


class ShardWriter:
    """Writes shards one by one, so that an interrupted stage goes on after the last whole one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = len(_paths(folder))

    def write(self, table: pa.Table) -> None:
        """Append one shard, flushed to disk before it gets its name."""
        path = self.folder / f"shard-{self.written:05d}.arrow"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            with pa.ipc.new_file(file, table.schema, options=_UNIFY) as writer:
                writer.write_table(table.combine_chunks())
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        self.written += 1


def read_shards(folder: Path) -> list[pa.Table]:
    """Map the shards of a folder into memory, in the order in which they were written."""
    return [pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in _paths(folder)]


def remove_shards(folder: Path) -> None:
    """Remove the shards of a folder, whole and half written ones."""
    for path in folder.glob("shard-*"):
        path.unlink()


def is_shard(name: str) -> bool:
    """Tell a whole shard from other files by its name."""
    return name.startswith("shard-") and name.endswith(".arrow")


def _paths(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if is_shard(path.name))
