"""Every YAML of the groups `source` and `filters` builds, and lists every setting."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from loops.build import build
from loops.given import NEEDS

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PATHS = sorted(path for group in ("source", "filters") for path in (CONFIGS / group).glob("*.yaml"))
# Presets stand on another file and hold only what differs.
COMPONENTS = [path for path in PATHS if "_target_" in yaml.safe_load(path.read_text())]
IDS = [f"{path.parent.name}/{path.stem}" for path in COMPONENTS]


@pytest.mark.parametrize("path", COMPONENTS, ids=IDS)
def test_the_yaml_builds_and_lists_every_setting_in_field_order(path: Path) -> None:
    node: dict[str, Any] = yaml.safe_load(path.read_text())
    left = {"???": "x", "${data_seed}": 0}  # to the user, or to the experiment
    given = {name: left.get(value, value) if isinstance(value, str) else value for name, value in node.items()}
    component = build(given, path.parent.name)
    assert list(node)[1:] == [field.name for field in dataclasses.fields(component)]
    assert set(component.needs) <= (set(NEEDS) if path.parent.name == "filters" else set())


@pytest.mark.parametrize("path", [path for path in PATHS if path.parent.name == "filters"], ids=lambda p: p.stem)
def test_a_filter_keeps_its_place_in_the_list_by_its_package(path: Path) -> None:
    assert path.read_text().startswith(f"# @package filters.{path.stem}\n")


@pytest.mark.parametrize("path", COMPONENTS, ids=IDS)
def test_module_and_yaml_have_the_same_name(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["_target_"].split(".")[:3] == [
        "loops",
        path.parent.name,
        path.stem,
    ]
