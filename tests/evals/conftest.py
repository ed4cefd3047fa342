"""What the tests of the measures share: real texts and a real tokenizer, where they are, and what others made of them.

The scripts in tests/evals/oracles write what reference packages make of the same inputs.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HERE = Path(__file__).resolve().parent


def _path(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"needs the real data {name} in {DATA}, which is not here")
    return DATA / name


def _text(name: str) -> str:
    path = _path(f"text/{name}")
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")


@pytest.fixture(scope="session")
def tinystories() -> str:
    """200 kB of stories with their case kept."""
    return _text("tinystories_200k_cased.txt")


@pytest.fixture(scope="session")
def wikitext() -> list[str]:
    """The lines of the WikiText-2 valid split that hold text; one line is one paragraph."""
    return [line for line in _text("wikitext2/wiki.valid.raw.txt.gz").splitlines() if line.strip()]


@pytest.fixture(scope="session")
def tokenizer_file() -> Path:
    """The tokenizer of a small pretrained model: 512 tokens, with bytes to fall back on."""
    return _path("models/stories260k-hf/tokenizer.json")


class Embedded(NamedTuple):
    """Rows of a view and of a reference, with the values that reference packages have for them."""

    view: np.ndarray
    reference: np.ndarray
    values: dict[str, Any]


@pytest.fixture(scope="session", params=["shrunk", "wide", "clusters", "same", "texts"])
def embedded(request: pytest.FixtureRequest) -> Embedded:
    """The rows of tests/evals/oracles/embedding_inputs.py, one set after the other."""
    spec = importlib.util.spec_from_file_location("embedding_inputs", HERE / "oracles" / "embedding_inputs.py")
    assert spec is not None
    assert spec.loader is not None
    inputs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(inputs)
    if request.param == "texts" and not inputs.FOLDER.exists():
        pytest.skip(f"needs the real data in {inputs.FOLDER}, which is not here")
    both = inputs.sides(request.param)
    values = json.loads((HERE / "metrics" / "fixtures" / "embedding.json").read_text())[request.param]
    # Other rows than those that the packages read: run tests/evals/oracles/embedding.py again.
    assert inputs.digest(both) == values["digest"]
    return Embedded(both.view, both.reference, values)
