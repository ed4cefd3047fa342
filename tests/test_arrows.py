"""Who may import whom, from the text of every module alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "evals": {"evals"},
    "tracking": {"tracking"},
    "loops": {"loops", "evals", "tracking"},
    "experiments": {"experiments", "loops", "evals", "tracking"},
}
INSIDE_FUNCTIONS = {
    "torch", "transformers", "trl", "peft", "datasets", "wandb", "sentence_transformers", "model2vec",
    "submitit",
}  # fmt: skip
GROUPS = (
    "source", "answer", "models", "generator", "filters", "mixer", "trainer", "embedder", "executor", "tasks",
    "controller", "stages",
)  # fmt: skip
NOT_FOR_COMPONENTS = ("loops.loop", "loops.plan", "loops.run", "tracking")


class Import(NamedTuple):
    """One import statement."""

    file: str
    line: int
    module: str
    at_top: bool
    """Outside any function, and seen by more than the type checker."""


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text())
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or _type_checking(node)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports are not followed by the code digest"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            yield Import(path.relative_to(ROOT).as_posix(), node.lineno, name, id(node) not in inside)


def _type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_one_of(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def _told(found: list[Import]) -> str:
    return "\n".join(f"{each.file}:{each.line} imports {each.module}" for each in found)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_an_arrow_is_the_only_import_direction(package: str) -> None:
    wrong = [
        each
        for path in _modules(package)
        for each in _imports(path)
        if (top := each.module.split(".")[0]) in MAY_IMPORT and top not in MAY_IMPORT[package]
    ]
    assert not wrong, _told(wrong)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_heavy_libraries_are_imported_inside_the_functions_that_use_them(package: str) -> None:
    wrong = [
        each
        for path in _modules(package)
        for each in _imports(path)
        if each.at_top and each.module.split(".")[0] in INSIDE_FUNCTIONS
    ]
    assert not wrong, _told(wrong)


def test_no_component_or_stage_imports_the_loop_the_plan_the_run_or_tracking() -> None:
    wrong = [
        each
        for group in GROUPS
        for path in _modules(f"loops/{group}")
        for each in _imports(path)
        if _is_one_of(each.module, NOT_FOR_COMPONENTS)
    ]
    assert not wrong, _told(wrong)


def test_no_component_or_stage_reaches_them_by_the_way_of_others() -> None:
    from loops.code_digest import reached

    for group in GROUPS:
        for path in _modules(f"loops/{group}"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            wrong = {name for name in reached(module) if _is_one_of(name, NOT_FOR_COMPONENTS)}
            assert not wrong, f"{module} reaches {', '.join(sorted(wrong))}"


def test_what_trl_calls_experimental_is_touched_in_one_module_only() -> None:
    touching = {
        each.file
        for package in MAY_IMPORT
        for path in _modules(package)
        for each in _imports(path)
        if each.module.startswith("trl.experimental")
    }
    assert len(touching) <= 1, touching


def test_the_engine_is_imported_without_torch() -> None:
    script = f"import sys, loops.run, loops.cli, evals, tracking; print(sorted({INSIDE_FUNCTIONS} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_packages_hold_no_code_that_a_digest_would_miss() -> None:
    # `from loops.filters.length import Length` runs loops/filters/__init__.py, which the code digest does not follow.
    for package in ("loops", "evals"):
        for path in (ROOT / package).rglob("__init__.py"):
            body = ast.parse(path.read_text()).body
            told = f"{path.relative_to(ROOT)}: want a docstring alone"
            assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body), told
