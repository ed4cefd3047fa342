"""Human text on every machine: docstrings and reference text of the running interpreter's standard library.

Modules are read as text, never imported: nothing runs, and machines with the same Python read the same.
"""

from __future__ import annotations

import ast
import gc
import inspect
import os
import platform
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar

from evals.words import words
from loops import digest
from loops.errors import DataError
from loops.source.document import Document

SKIPPED = (
    "test",
    "tests",
    "idle_test",
    "idlelib",
    "lib2to3",
    "site-packages",
    "dist-packages",
    "__pycache__",
)
"""Folders that are tests, removed from later Pythons, or not the standard library."""
TOPICS = "pydoc_data/topics.py"


@dataclass(frozen=True, slots=True)
class StdlibDocs:
    """Docstrings of modules, classes and functions, and the language reference that `help()` prints."""

    min_words: int
    """Shortest text to use, in words."""
    topics: bool
    """Whether to add the reference text of `pydoc_data.topics`."""
    human_tokens: int | None
    """Training tokens of human text to use; null: all."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    not_in_key: ClassVar[tuple[str, ...]] = ("human_tokens",)

    def splits(self) -> tuple[str, ...]:
        """The split is ours to make, by module."""
        return ()

    def read(self, split: str | None) -> Iterator[Document]:
        """Yield docstrings by module, in order of names and lines, then the topics."""
        root = stdlib_folder()
        for path in module_paths(root):
            origin = module_name(path.relative_to(root))
            for text in docstrings(path.read_text(encoding="utf-8")):
                if len(words(text)) >= self.min_words:
                    yield Document(text, origin)
        if self.topics:
            for topic, text in topics(root):
                if len(words(text)) >= self.min_words:
                    yield Document(text, f"pydoc_data.topics/{topic}")

    def external(self) -> dict[str, str]:
        """Return the Python version and the digest of all files that are read."""
        return {"python": platform.python_version(), "stdlib": _stdlib_digest()}


def stdlib_folder() -> Path:
    """Return where the standard library of the running interpreter lies."""
    return Path(sysconfig.get_paths()["stdlib"])


def module_paths(root: Path) -> list[Path]:
    """Return the modules of the standard library in order of their names, without the `SKIPPED` folders.

    Raises:
        DataError: the interpreter comes without the text of its library.
    """
    found: list[Path] = []
    for folder, below, names in os.walk(root):
        # In place, so that the packages that a user installed are not even walked through.
        below[:] = [name for name in below if name not in SKIPPED]
        found += [Path(folder, name) for name in names if _is_module(name)]
    found = [path for path in found if path.relative_to(root).as_posix() != TOPICS]
    if not found:
        raise DataError(
            f"source=stdlib_docs: {root} holds no .py file: this Python comes without its library's text. "
            "Use another interpreter or another source."
        )
    return sorted(found, key=lambda path: module_name(path.relative_to(root)))


def module_name(path: Path) -> str:
    """Return the dotted name of a module from its path below the library."""
    return ".".join(part for part in path.with_suffix("").parts if part != "__init__")


def docstrings(code: str) -> Iterator[str]:
    """Yield the cleaned docstrings of a module, its classes and functions, in the order of the text."""
    for node in _statements(_parse(code)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node, clean=False)
            if text is not None and (cleaned := inspect.cleandoc(text).strip()):
                yield cleaned


def topics(root: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of each reference topic.

    Raises:
        DataError: the interpreter comes without them, or keeps them in a way not known here.
    """
    path = root / TOPICS
    if not path.is_file():
        raise DataError(f"source=stdlib_docs: {path} is not there. Set source.topics=false.")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            for topic, text in sorted(ast.literal_eval(node.value).items()):
                yield topic, text.strip()
            return
    raise DataError(f"source=stdlib_docs: {path} holds no table of topics. Set source.topics=false.")


def _parse(code: str) -> ast.Module:
    """Parse without collecting garbage meanwhile.

    A tree has no cycles to find, and each of the many collections that its nodes set off would walk through all that
    the process holds: a third of the time of reading the library.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(code)
    finally:
        if was_enabled:
            gc.enable()


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all statements inside it, in the order of the text.

    Unlike `ast.walk` it leaves out expressions: they are most of a tree and hold no definition.
    """
    yield node
    for block in ("body", "handlers", "cases", "orelse", "finalbody"):
        for inner in getattr(node, block, ()):
            yield from _statements(inner)


def _is_module(name: str) -> bool:
    # _sysconfigdata describes the machine that Python was built on.
    return name.endswith(".py") and not name.startswith("_sysconfigdata")


@cache
def _stdlib_digest() -> str:
    root = stdlib_folder()
    topics_file = [root / TOPICS] if (root / TOPICS).is_file() else []
    return digest.of_files([*module_paths(root), *topics_file], root)
