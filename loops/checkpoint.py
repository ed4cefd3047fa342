"""Pretrained models that come from outside: a folder, named by its files, or a hub id with its revision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loops import digest
from loops.errors import ConfigError


def local_folder(name_or_path: str, setting: str) -> Path | None:
    """Return the folder that a setting points at; None for a hub id.

    Raises:
        ConfigError: it looks like a path and is no folder.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir():
        return path
    if path.exists() or name_or_path.startswith((".", "/", "~")) or len(path.parts) > 2:
        raise ConfigError(
            f"{setting}: {path} is no folder. Give a checkpoint's (config.json, *.safetensors, tokenizer.json) or a "
            "hub id such as `org/name`."
        )
    return None


def what_it_is(name_or_path: str, revision: str | None, setting: str) -> dict[str, Any]:
    """Return what enters the key of a stage: the digest of a folder's files, or the hub id and revision.

    Raises:
        ConfigError: see `local_folder`.
    """
    folder = local_folder(name_or_path, setting)
    if folder is None:
        return {"hub": name_or_path, "revision": revision}
    return {"files": digest.of_files(sorted(path for path in folder.rglob("*") if path.is_file()), folder)}
