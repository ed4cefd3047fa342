"""Which code a component is: the digest of its module and of all our modules that it reaches by import.

From text alone: nothing is imported to find out. Comments, docstrings and layout do not count.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from loops import digest

OURS = ("loops", "evals", "tracking", "experiments")
ROOT = Path(__file__).resolve().parent.parent
IMPLIED = {
    "trl": ("torch", "transformers", "accelerate", "tokenizers"),
    "peft": ("torch", "transformers", "accelerate", "tokenizers"),
    "transformers": ("tokenizers",),
    "sentence_transformers": ("torch", "transformers", "tokenizers"),
    "model2vec": ("tokenizers",),
}
"""Distributions that do the work of another: a new version of either may change bits."""
DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "PyYAML", "hydra": "hydra-core", "PIL": "pillow"}
"""Import names that differ from the name of their distribution."""


@cache
def module_path(module: str) -> Path | None:
    """Return the file of one of our modules or of a plugin, without importing it; None if there is none."""
    below = ROOT.joinpath(*module.split("."))
    for path in (below.with_suffix(".py"), below / "__init__.py"):
        if path.is_file():
            return path
    if module.split(".")[0] in OURS:
        return None
    spec = importlib.util.find_spec(module.split(".")[0])
    origin = Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
    return origin if origin and "." not in module else None


@cache
def code_digest(module: str) -> str:
    """Return the digest of a module and of all our modules that it reaches by import."""
    return digest.of_value({name: _module(name).digest for name in sorted(reached(module))})


@cache
def versions(module: str) -> dict[str, str]:
    """Return the version of every third-party distribution that a module, or one that it reaches, imports."""
    names = {name.split(".")[0] for ours in reached(module) for name in _module(ours).imports}
    third_party = names - set(sys.stdlib_module_names) - set(OURS) - {module.split(".")[0]}
    third_party |= {implied for name in third_party for implied in IMPLIED.get(name, ())}
    return {name: version(name) for name in sorted(third_party)}


@cache
def version(import_name: str) -> str:
    """Return the installed version of the distribution that brings an import name; 'absent' if there is none."""
    try:
        return importlib.metadata.version(DISTRIBUTIONS.get(import_name, import_name))
    except importlib.metadata.PackageNotFoundError:
        return "absent"


@cache
def reached(module: str) -> frozenset[str]:
    """Return our modules that a module reaches by import, itself included."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and module_path(name) is not None:
            found.add(name)
            waiting += [
                other for other in _module(name).imports if other.split(".")[0] in (*OURS, module.split(".")[0])
            ]
    return frozenset(found)


class _Module(NamedTuple):
    """What counts of a module's text; its tree is not kept, since every garbage collection would walk through it."""

    imports: frozenset[str]
    digest: str


@cache
def _module(name: str) -> _Module:
    path = module_path(name)
    assert path is not None, name
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)] or [ast.Pass()]  # type: ignore[attr-defined]
    return _Module(_imports(tree), digest.of_bytes(ast.dump(tree).encode()))


def _imports(tree: ast.Module) -> frozenset[str]:
    """Name what a module imports, wherever in its text, except what only the type checker sees."""
    found: set[str] = set()
    hidden = {id(inner) for node in ast.walk(tree) if _type_checking(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if module_path(node.module)}
    return frozenset(found)


def _type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_text(node: ast.AST) -> bool:
    """Say whether a statement is a string that stands alone: a docstring, or the meaning of a field under it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
