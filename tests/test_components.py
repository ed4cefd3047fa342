"""Adding a component is one Python file, one YAML and one test file; this names the one that is missing."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from loops.build import build
from loops.config import CONFIGS, compose
from loops.given import NEEDS

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "source": "loops/source",
    "answer": "loops/answer",
    "models": "loops/models",
    "generator": "loops/generator",
    "filters": "loops/filters",
    "mixer": "loops/mixer",
    "trainer": "loops/trainer",
    "metrics": "evals/metrics",
    "embedder": "loops/embedder",
    "theory": "evals/theory",
    "trackers": "tracking/trackers",
    "controller": "loops/controller",
    "executor": "loops/executor",
}
"""Group -> where its modules lie; student, teacher and judge point into models."""
SEVERAL = ("filters", "metrics", "trackers")
KINDS = {"text", "array", "vector", "row", "trajectory"}
WITHOUT_KIND = ("executor", "trackers", "theory", "controller")
EXAMPLE = {
    "text": ["path=x"],
    "jsonl": ["path=x"],
    "parquet": ["path=x"],
    "hub": ["path=x"],
    "checkpoint": ["model_name_or_path=x"],
}
"""What a YAML leaves to the user."""


class Component(NamedTuple):
    """A frozen dataclass in a module of a group."""

    group: str
    module: str
    name: str


def _components() -> list[Component]:
    """Find the public frozen dataclasses of each group that make themselves known as components."""
    found = []
    for group, folder in FOLDERS.items():
        classes = {
            node.name: (path.stem, node)
            for path in sorted((ROOT / folder).glob("*.py"))
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.ClassDef)
        }
        bases = {base for _, node in classes.values() for base in _bases(node)}
        for name, (module, node) in classes.items():
            if not name.startswith("_") and name not in bases and _is_component(node, group, set(classes)):
                found.append(Component(group, module, name))
    return found


def _is_component(node: ast.ClassDef, group: str, classes: set[str]) -> bool:
    """Components are dataclasses that declare kinds or inherit them, or do what a tracker, executor or law does."""
    decorated = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    declared = {ast.unparse(line.target) for line in node.body if isinstance(line, ast.AnnAssign)}
    methods = {line.name for line in node.body if isinstance(line, ast.FunctionDef)}
    does = {"executor": {"run"}, "trackers": {"open"}, "theory": {"curves"}, "controller": {"decide"}}.get(group, set())
    return decorated and ("kinds" in declared or bool(does & methods) or bool(classes & _bases(node)))


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base) for base in node.bases}


COMPONENTS = _components()
IDS = [f"{each.group}/{each.module}" for each in COMPONENTS]
YAMLS = sorted(
    path for path in CONFIGS.glob("*/*.yaml") if path.parent.name in {*FOLDERS, "student", "teacher", "judge"}
)
YAML_IDS = [f"{path.parent.name}/{path.stem}" for path in YAMLS]


def test_every_group_has_a_component() -> None:
    assert {each.group for each in COMPONENTS} == set(FOLDERS)
    assert {path.name for path in CONFIGS.iterdir() if path.is_dir()} <= {*FOLDERS, "student", "experiment", "base"}


@pytest.mark.parametrize("component", COMPONENTS, ids=IDS)
def test_a_component_has_a_yaml_and_a_test_of_its_name(component: Component) -> None:
    folder = FOLDERS[component.group]
    config = CONFIGS / component.group / f"{component.module}.yaml"
    test = ROOT / "tests" / folder / f"test_{component.module}.py"
    missing = [path.relative_to(ROOT).as_posix() for path in (config, test) if not path.exists()]
    assert not missing, f"{folder}/{component.module}.py ({component.name}): add {' and '.join(missing)}"
    target = f"{folder.replace('/', '.')}.{component.module}.{component.name}"
    assert yaml.safe_load(config.read_text())["_target_"] == target


@pytest.mark.parametrize("component", COMPONENTS, ids=IDS)
def test_a_component_is_a_frozen_dataclass_whose_yaml_lists_every_setting_in_order(component: Component) -> None:
    folder = FOLDERS[component.group]
    kind = getattr(importlib.import_module(f"{folder.replace('/', '.')}.{component.module}"), component.name)
    assert kind.__dataclass_params__.frozen
    fields = dataclasses.fields(kind)
    listed = [name for name in _lines(CONFIGS / component.group / f"{component.module}.yaml") if name != "_target_"]
    assert listed == [field.name for field in fields]
    told = "a default stands once, in the YAML"
    assert all(field.default is field.default_factory is dataclasses.MISSING for field in fields), told


def _lines(path: Path) -> list[str]:
    return list(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("component", COMPONENTS, ids=IDS)
def test_what_a_component_declares_is_known(component: Component) -> None:
    folder = FOLDERS[component.group]
    kind: Any = getattr(importlib.import_module(f"{folder.replace('/', '.')}.{component.module}"), component.name)
    assert set(getattr(kind, "needs", ())) <= set(NEEDS)
    if component.group not in WITHOUT_KIND:
        assert kind.kinds
        assert set(kind.kinds) <= KINDS


def _students_of(model: str) -> list[str]:
    return [path.stem for path in (CONFIGS / "student").glob("*.yaml") if f"/models/{model}@" in path.read_text()]


def _model_of(path: Path) -> str:
    """Return the text of the model's YAML that a student's points to, or of the model's own."""
    models = sorted((CONFIGS / "models").glob("*.yaml"))
    pointed = [each for each in models if each == path or f"/models/{each.stem}@" in path.read_text()]
    return pointed[0].read_text() if pointed else ""


def _choices_for(text: str, group: str = "source") -> list[str]:
    """Return the choices of a group that have all its settings that a YAML refers to; none, if it refers to none."""
    named = set(re.findall(rf"\$\{{{group}\.(\w+)\}}", text))
    choices = sorted((CONFIGS / group).glob("*.yaml"))
    return [f"{group}={each.stem}" for each in choices if named and named <= set(_lines(each))]


def _world_of_law(path: Path) -> list[str]:
    """Return the choices that a law's YAML refers to, with the student of its own name where there is one."""
    text = path.read_text()
    student = [f"student={path.stem}"] if (CONFIGS / "student" / path.name).exists() else []
    metrics = sorted(set(re.findall(r"\$\{metrics\.(\w+)\.", text)))
    measured = [f"metrics=[{','.join(metrics)}]"] if metrics else []
    return [*_choices_for(text)[:1], *_choices_for(text, "trainer")[:1], *student, *measured]


@pytest.mark.parametrize("path", YAMLS, ids=YAML_IDS)
def test_every_yaml_builds(path: Path) -> None:
    group, name = path.parent.name, path.stem
    place = f"{group}.{name}" if group in SEVERAL else group
    given = [f"{'student' if group == 'models' else place}.{line}" for line in EXAMPLE.get(name, [])]
    own_text = path.read_text() if group == "answer" else _model_of(path)
    world = _world_of_law(path) if group == "theory" else _choices_for(own_text)[:1]
    if group == "models":
        group, place, name = "student", "student", _students_of(name)[0]
    chosen = f"{group}=[{name}]" if group in SEVERAL else f"{group}={name}"
    config = compose([chosen, *world, *given])
    node = config[group][name] if group in SEVERAL else config[group]
    assert dataclasses.is_dataclass(build(node, place))


@pytest.mark.parametrize("path", [path for path in YAMLS if path.parent.name in SEVERAL], ids=lambda path: path.stem)
def test_what_is_chosen_in_numbers_has_a_place_of_its_own(path: Path) -> None:
    assert path.read_text().startswith(f"# @package {path.parent.name}.{path.stem}\n")


@pytest.mark.parametrize("path", sorted((CONFIGS / "models").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_model_can_be_a_student(path: Path) -> None:
    assert _students_of(path.stem), f"configs/models/{path.name}: add configs/student/{path.name}"


def test_every_setting_is_given_its_meaning_under_the_field() -> None:
    missing = []
    for component in COMPONENTS:
        path = ROOT / FOLDERS[component.group] / f"{component.module}.py"
        node = next(each for each in ast.parse(path.read_text()).body if getattr(each, "name", "") == component.name)
        assert isinstance(node, ast.ClassDef)
        for line, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
            is_setting = isinstance(line, ast.AnnAssign) and "ClassVar" not in ast.unparse(line.annotation)
            said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if is_setting and not said:
                missing.append(f"{component.group}/{component.module}: {ast.unparse(line)}")
    assert not missing, "\n".join(missing)


def test_every_experiment_composes_and_builds_at_every_scale(tmp_path: Path) -> None:
    from transformers import LlamaConfig

    from loops.plan import plan

    texts = [{"text": f"text {number} of a data set that stands for one on the hub"} for number in range(30)]
    (tmp_path / "train.jsonl").write_text("\n".join(json.dumps(text) for text in texts))
    LlamaConfig(num_hidden_layers=1).save_pretrained(tmp_path / "checkpoint")
    here = {
        "source=hub": [f"source.path={tmp_path}", "source.config=null"],
        "student=checkpoint": [f"student.model_name_or_path={tmp_path}/checkpoint"],
    }
    for path in sorted((CONFIGS / "experiment").glob("*.yaml")):
        scales = compose([f"experiment={path.stem}"])["scales"]
        assert set(scales) == {"smoke", "small", "full"}, f"{path.name}: want the scales smoke, small and full"
        for scale, overrides in scales.items():
            elsewhere = [word for choice in here if choice in overrides for word in (choice, *here[choice])]
            assert plan([f"experiment={path.stem}", f"scale={scale}", *elsewhere])
