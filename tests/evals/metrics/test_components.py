"""What every metric component promises the engine."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")
pydantic = pytest.importorskip("pydantic")

from loops.given import NEEDS  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(path.stem for path in (ROOT / "evals" / "metrics").glob("*.py") if path.stem != "__init__")
READS = {"words", "ngrams", "embeddings", "token_scores", "graded", "log_probs", "parameters", "probes"}
METHOD = {"jackknife": "measure", "subsamples": "measure", "bootstrap": "terms", "exact": "exact"}


def settings(name: str) -> dict[str, Any]:
    """Read the YAML of a metric."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "configs" / "metrics" / f"{name}.yaml").read_text())
    return read


def component(name: str) -> type:
    """Find the class that the YAML points at."""
    module, _, attribute = settings(name)["_target_"].rpartition(".")
    found: type = getattr(importlib.import_module(module), attribute)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_has_a_yaml_and_a_test_of_its_own_name(name: str) -> None:
    assert settings(name)["_target_"].startswith(f"evals.metrics.{name}.")
    assert (ROOT / "configs" / "metrics" / f"{name}.yaml").read_text().startswith(f"# @package metrics.{name}\n")
    assert Path(__file__).with_name(f"test_{name}.py").exists()


@pytest.mark.parametrize("name", NAMES)
def test_the_yaml_lists_every_setting_in_order_and_makes_the_component(name: str) -> None:
    values = settings(name)
    del values["_target_"]
    fields = dataclasses.fields(component(name))
    assert list(values) == [field.name for field in fields]
    assert all(field.default is dataclasses.MISSING for field in fields)
    made: Any = pydantic.TypeAdapter(component(name)).validate_json(json.dumps(values), strict=True)
    with pytest.raises((AttributeError, TypeError)):
        made.anything = 1
    assert isinstance(made, component(name))


@pytest.mark.parametrize("name", NAMES)
def test_declares_what_the_engine_reads(name: str) -> None:
    made: Any = component(name)
    assert set(made.kinds) <= {"text", "array", "vector"}
    assert made.kinds
    assert set(made.views) <= {"student", "sampled", "drawn", "kept", "corpus"}
    assert made.views
    assert made.reads in READS
    assert made.reads != "ngrams" or hasattr(made, "n")
    assert set(made.needs) <= set(NEEDS)
    assert callable(getattr(made, METHOD[made.interval]))
    assert set(made.better.values()) <= {"lower", "higher", "human"}


def test_every_yaml_has_a_metric() -> None:
    assert sorted(path.stem for path in (ROOT / "configs" / "metrics").glob("*.yaml")) == NAMES
