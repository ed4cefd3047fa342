"""What a checkpoint is: its files wherever they lie, or a name on the hub."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loops.checkpoint import local_folder, what_it_is
from loops.errors import ConfigError


def test_a_folder_is_its_files_wherever_they_lie(tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "part").mkdir(parents=True)
    (here / "part" / "model.safetensors").write_bytes(b"weights")
    there = shutil.copytree(here, tmp_path / "there")
    assert what_it_is(str(here), None, "x") == what_it_is(str(there), "main", "x")
    (there / "part" / "model.safetensors").write_bytes(b"others")
    assert what_it_is(str(here), None, "x") != what_it_is(str(there), None, "x")


def test_a_hub_id_is_its_name_and_revision() -> None:
    assert local_folder("org/name", "x") is None
    assert what_it_is("org/name", "abc", "x") == {"hub": "org/name", "revision": "abc"}


@pytest.mark.parametrize("name", ["./absent", "~/absent", "/absent/model", "runs/a/model"])
def test_what_looks_like_a_path_and_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"embedder\.path: .*(absent|model) is no folder\. Give a checkpoint's"):
        local_folder(name, "embedder.path")
