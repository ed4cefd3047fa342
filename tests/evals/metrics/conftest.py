"""Real texts and rows, and what reference packages made of them: scripts in tests/evals/oracles write the fixtures."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
FIXTURES = Path(__file__).resolve().parent / "fixtures"


class Oracle(NamedTuple):
    """A real text and the values of reference packages for it."""

    documents: list[list[str]]
    values: dict[str, Any]


def _made_by(module: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(module, ORACLES / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="session", params=["stories", "articles", "loop"])
def lexical(request: pytest.FixtureRequest) -> Oracle:
    """Documents of words, with the values of lexical packages."""
    texts = _made_by("texts")
    if not texts.path(request.param).exists():
        pytest.skip(f"needs the real data {texts.path(request.param)}, which is not here")
    documents = texts.documents(request.param)
    values = json.loads((FIXTURES / "lexical.json").read_text())[request.param]
    assert texts.digest(documents) == values["digest"], "words have changed: run tests/evals/oracles/lexical.py again"
    return Oracle(documents, values)


class Embedded(NamedTuple):
    """Rows of a view and of a reference, and the values of reference packages for them."""

    view: np.ndarray
    reference: np.ndarray
    values: dict[str, Any]


@pytest.fixture(scope="session", params=["shrunk", "wide", "clusters", "same", "texts"])
def embedded(request: pytest.FixtureRequest) -> Embedded:
    """Rows of embeddings, with the values of embedding packages."""
    inputs = _made_by("embedding_inputs")
    if request.param == "texts" and not inputs.FOLDER.exists():
        pytest.skip(f"needs the real data in {inputs.FOLDER}, which is not here")
    both = inputs.sides(request.param)
    values = json.loads((FIXTURES / "embedding.json").read_text())[request.param]
    assert inputs.digest(both) == values["digest"], "rows have changed: run tests/evals/oracles/embedding.py again"
    return Embedded(both.view, both.reference, values)
