"""What comes from outside is named by its content, and said to be absent before anything runs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from loops.build import identity
from loops.code_digest import versions
from loops.embedder.model2vec import Model2Vec
from loops.embedder.sentence_transformers import SentenceTransformers
from loops.errors import ConfigError
from loops.plan import plan

MAKERS = {
    "model2vec": lambda path: Model2Vec(path, None),
    "sentence_transformers": lambda path: SentenceTransformers(path, None, False, "", 32),
}


@pytest.mark.parametrize("library", MAKERS)
def test_a_library_that_is_not_installed_is_one_clean_error_in_the_plan(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # so that it cannot be imported where it is installed
    chosen = [f"embedder={library}", "arm=replace", "experiment=demo"]
    command = f"pip install {library.replace('_', '-')}"
    with pytest.raises(ConfigError, match=rf"embedder={library}: the package .* is not installed\. Run `{command}`"):
        plan([*chosen, "metrics=[vendi]"])
    assert plan([*chosen, "metrics=[perplexity]"]), "no metric reads embeddings, so nothing is missing"


@pytest.mark.parametrize("library", MAKERS)
def test_a_model_is_its_files_wherever_they_lie(library: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "model.safetensors").write_bytes(b"weights")
    there = shutil.copytree(here, tmp_path / "there")
    keys = []
    for content in (b"weights", b"others"):
        (there / "model.safetensors").write_bytes(content)
        keys += [MAKERS[library](str(folder)).external() for folder in (here, there)]
    assert keys[0] == keys[1] == keys[2] != keys[3]


@pytest.mark.parametrize("library", MAKERS)
def test_paths_are_not_in_the_key_and_a_hub_id_is(library: str, tmp_path: Path) -> None:
    made = MAKERS[library]("org/name")
    node = {"_target_": "x", "model_name_or_path": "org/name", "revision": None}
    found = identity(node, made)
    assert found["settings"] == {}
    assert found["external"] == {"hub": "org/name", "revision": None}


def test_the_library_and_what_it_stands_on_are_in_the_key() -> None:
    assert {"model2vec", "tokenizers"} <= versions("loops.embedder.model2vec").keys()
    on_torch = {"sentence_transformers", "torch", "transformers", "tokenizers"}
    assert on_torch <= versions("loops.embedder.sentence_transformers").keys()


@pytest.mark.parametrize("library", MAKERS)
def test_a_folder_that_is_not_there_is_one_clean_error(library: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"embedder\.model_name_or_path: .*absent is no folder"):
        MAKERS[library](str(tmp_path / "absent")).external()
