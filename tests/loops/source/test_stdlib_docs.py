"""The standard library as human text."""

from __future__ import annotations

import ast
import gc
import sys
from pathlib import Path

import pytest

from loops.errors import DataError
from loops.source import stdlib_docs
from loops.source.stdlib_docs import StdlibDocs, docstrings, module_name, module_paths, stdlib_folder, topics

CODE = '''"""Module."""
class A:
    """Class.

        indented
    back
    """
    def f(self):
        """Method."""
        def inner():
            "Inner."
    async def g(self):
        """   """
def h():
    return "no docstring"
'''


def test_docstrings_come_cleaned_in_the_order_of_the_text() -> None:
    # inspect.cleandoc takes away the 4 columns that all lines after the first have in common.
    assert list(docstrings(CODE)) == ["Module.", "Class.\n\n    indented\nback", "Method.", "Inner."]


def test_definitions_inside_every_kind_of_block_are_found_in_the_order_of_the_text() -> None:
    code = """
try:
    def a(): "1"
except ValueError:
    class b: "2"
else:
    def c(): "3"
finally:
    def d(): "4"
if a:
    def e(): "5"
elif b:
    def f(): "6"
else:
    async def g():
        "7"
        for _ in a:
            with b:
                def h(): "8"
        else:
            while c:
                def i(): "9"
match a:
    case 1:
        def j(): "10"
    case _:
        @(lambda: "decorator")
        def k(): "11"
"""
    assert list(docstrings(code)) == [str(number) for number in range(1, 12)]


@pytest.mark.parametrize("module", ["inspect.py", "typing.py", "tarfile.py", "unittest/mock.py", "ctypes/util.py"])
def test_docstrings_are_those_of_a_walk_over_the_whole_tree(module: str) -> None:
    code = (stdlib_folder() / module).read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(code)) if isinstance(node, documented)]
    nodes.sort(key=lambda node: getattr(node, "lineno", 0))
    texts = [(ast.get_docstring(node) or "").strip() for node in nodes]
    assert list(docstrings(code)) == [text for text in texts if text]


@pytest.mark.parametrize("enabled", [True, False])
def test_reading_leaves_garbage_collection_as_it_was(enabled: bool) -> None:
    try:
        (gc.enable if enabled else gc.disable)()
        assert list(docstrings('"""Text."""')) == ["Text."]
        with pytest.raises(SyntaxError):
            list(docstrings("def"))
        assert gc.isenabled() == enabled
    finally:
        gc.enable()


def test_module_names_are_dotted_and_a_package_is_its_folder() -> None:
    assert module_name(Path("email/mime/text.py")) == "email.mime.text"
    assert module_name(Path("json/__init__.py")) == "json"


def test_the_library_gives_what_the_design_counts_on() -> None:
    documents = list(StdlibDocs(1, True, None).read(None))
    reference = [document for document in documents if document.origin.startswith("pydoc_data.topics/")]
    rest = [document for document in documents if not document.origin.startswith("pydoc_data.topics/")]
    # Measured with Python 3.11: 1.63 and 0.46 million characters; other versions differ a little.
    assert 1.2e6 < sum(len(document.text) for document in rest) < 2.5e6
    assert 0.3e6 < sum(len(document.text) for document in reference) < 1e6
    origins = {document.origin for document in documents}
    assert {"json", "json.decoder", "pydoc_data.topics/assert"} <= origins
    assert not any(origin.split(".")[0] in ("test", "idlelib", "lib2to3") for origin in origins)


def test_no_module_is_imported_to_read_it() -> None:
    before = set(sys.modules)
    next(StdlibDocs(1, True, None).read(None))
    assert not {"turtledemo", "tkinter.tix", "pydoc_data.topics"} & (set(sys.modules) - before)


def test_min_words_leaves_out_short_texts_and_topics_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pydoc_data").mkdir()
    (tmp_path / "pydoc_data/topics.py").write_text("topics = {'b': 'Two words\\n', 'a': 'These are four words.'}")
    (tmp_path / "m.py").write_text(CODE)
    monkeypatch.setattr(stdlib_docs, "stdlib_folder", lambda: tmp_path)
    # The full stop is a word by the rule of the measures.
    assert [document.text for document in StdlibDocs(3, False, None).read(None)] == ["Class.\n\n    indented\nback"]
    documents = [(document.origin, document.text) for document in StdlibDocs(5, True, None).read(None)]
    assert documents == [("pydoc_data.topics/a", "These are four words.")]


def test_the_key_names_the_python_version_and_the_files_and_the_size_is_not_in_it() -> None:
    source = StdlibDocs(1, True, None)
    assert source.external()["python"] == "{}.{}.{}".format(*sys.version_info[:3])
    assert source.external() == StdlibDocs(1, True, 500).external()
    assert source.not_in_key == ("human_tokens",)
    assert source.splits() == ()


def test_tests_and_installed_packages_are_not_walked_through(tmp_path: Path) -> None:
    for name in (
        "a.py",
        "test/b.py",
        "site-packages/c.py",
        "p/__init__.py",
        "p/tests/d.py",
        "_sysconfigdata__x.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.relative_to(tmp_path).as_posix() for path in module_paths(tmp_path)] == [
        "a.py",
        "p/__init__.py",
    ]


def test_a_python_without_the_text_of_its_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no \.py file"):
        module_paths(tmp_path)
    with pytest.raises(DataError, match=r"source\.topics=false"):
        list(topics(tmp_path))
    assert stdlib_folder().is_dir()
