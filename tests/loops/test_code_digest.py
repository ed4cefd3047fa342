"""Which code a component is, in a package of one's own and in a copied tree."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loops import code_digest
from loops.code_digest import module_path, reached, version, versions

ROOT = Path(__file__).resolve().parents[2]
HAS_SFT = (ROOT / "loops" / "trainer" / "sft.py").exists()

DIGEST = """
import sys
sys.path.insert(0, {folder!r})
from loops.code_digest import code_digest
print(code_digest("plug"))
"""

KEYS = """
import importlib.metadata, json, sys
faked = json.loads(sys.argv[1])
real = importlib.metadata.version
importlib.metadata.version = lambda name: faked.get(name) or real(name)
from loops.arm import Arm
from loops.plan import plan
from loops.ref import Ref
from loops.spec import Spec

def keys(overrides, mixer, trainer):
    (run, *_) = plan(overrides)
    stages = {
        "draw": ("draw", {"generator": run.node("generator"), "student": run.node("student")}),
        "mix": ("mix", {"mixer": run.node("mixer"), "student": run.node("student")}),
        "train": ("train", {"trainer": run.node("trainer"), "student": run.node("student")}),
        "log_probs": ("log_probs", {"student": run.node("student")}),
        **{f"judge/{name}": ("judge", {"filter": node}) for name, node in run.nodes("filters").items()},
        **{f"metric/{name}": ("metric", {"metric": node}) for name, node in run.nodes("metrics").items()},
    }
    return {name: Spec(stage, run.runtime, nodes).store_key for name, (stage, nodes) in stages.items()}

found = {f"urn/{name}": key for name, key in keys(["experiment=urn"], "replace", "counts").items()}
text = keys(["filters=[length,exact_duplicate,repetition,random]"], "replace", "sft")
found |= {f"text/{name}": key for name, key in text.items()}
print(json.dumps(found))
"""


def _digest_of(folder: Path, text: str) -> str:
    (folder / "plug.py").write_text(text)
    command = [sys.executable, "-c", DIGEST.format(folder=str(folder))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_comments_docstrings_and_layout_do_not_count_and_code_does(tmp_path: Path) -> None:
    plain = "X = 1\n\n\ndef f(a: int) -> int:\n    return a + X\n"
    dressed = (
        '"""A module."""\n# Why.\nX = (\n    1\n)\n"""What X is."""\n\n'
        'def f(a: int) -> int:\n    """Add."""\n\n    return (a\n        + X)  # sum\n'
    )
    assert _digest_of(tmp_path, plain) == _digest_of(tmp_path, dressed)
    assert _digest_of(tmp_path, plain) != _digest_of(tmp_path, plain.replace("X = 1", "X = 2"))


def test_what_is_reached_by_import_inside_a_function_counts() -> None:
    assert "loops.digest" in reached("loops.samples")
    assert "loops.report" not in reached("loops.samples")
    assert "evals.words" in reached("loops.filters.length")
    assert "loops.filters.row_filter" in reached("loops.filters.length")
    # `open_model` imports the builder when it is called.
    assert "loops.build" in reached("loops.stages.draw")


def test_what_only_the_type_checker_sees_does_not_count() -> None:
    assert "loops.store" not in reached("loops.rows")


def test_versions_are_of_what_the_digested_modules_import() -> None:
    assert set(versions("loops.mixer.mix")) == {"numpy", "pyarrow"}
    assert set(versions("loops.key")) == {"numpy"}
    assert set(versions("evals.words")) == {"numpy"}


@pytest.mark.skipif(not HAS_SFT, reason="no sft yet")
def test_trl_and_peft_add_what_they_stand_on() -> None:
    assert {"trl", "torch", "transformers", "accelerate", "tokenizers"} <= set(versions("loops.trainer.sft"))


def test_a_library_that_is_not_installed_is_absent() -> None:
    assert version("no_such_library") == "absent"
    assert version("yaml") != "absent"


def test_modules_are_found_without_importing_them() -> None:
    assert module_path("loops.filters") == ROOT / "loops" / "filters" / "__init__.py"
    assert module_path("loops.no_such_module") is None
    assert module_path("numpy.random") is None
    assert code_digest.ROOT == ROOT


def _copy(folder: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("loops", "evals", "tracking", "configs"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    return folder


def _keys(tree: Path, **versions: str) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", KEYS, json.dumps(versions)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tree, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def before(tree: Path) -> dict[str, str]:
    return _keys(tree)


@pytest.fixture
def changed(tree: Path, before: dict[str, str]) -> Callable[[dict[str, str]], set[str]]:
    """Return a function that appends lines to files, says which stages' keys changed, and puts the files back."""

    def change(lines: dict[str, str]) -> set[str]:
        texts = {name: (tree / name).read_text() for name in lines}
        for name, line in lines.items():
            (tree / name).write_text(texts[name] + line)
        try:
            after = _keys(tree)
        finally:
            for name, text in texts.items():
                (tree / name).write_text(text)
        return {name for name in before if after[name] != before[name]}

    return change


Changed = Callable[[dict[str, str]], set[str]]
EDIT = "\n\ndef _another_helper() -> int:\n    return 1\n"


def test_the_copy_has_the_keys_of_the_tree_itself(before: dict[str, str]) -> None:
    assert before == _keys(ROOT)
    assert len(set(before.values())) == len(before)


def test_comments_and_docstrings_change_no_key(tree: Path, changed: Changed) -> None:
    files = [path.relative_to(tree).as_posix() for path in tree.glob("loops/**/*.py")]
    assert changed({name: '\n# A remark.\n"""A string alone."""\n' for name in files}) == set()


def test_the_loop_trackers_and_the_report_change_no_key(tree: Path, changed: Changed) -> None:
    files = ["loops/loop.py", "loops/plan.py", "loops/run.py", "loops/report.py", "loops/store.py", "loops/engine.py"]
    files += [path.relative_to(tree).as_posix() for path in tree.glob("tracking/**/*.py")]
    assert changed(dict.fromkeys(files, EDIT)) == set()


def test_a_helper_of_the_mixer_changes_its_keys_and_no_draws(tree: Path) -> None:
    mixer, helper = tree / "loops/mixer/mix.py", tree / "loops/mixer/helper.py"
    text = mixer.read_text()
    mixer.write_text(f"{text}\nfrom loops.mixer.helper import help\n")
    helper.write_text("def help() -> int:\n    return 1\n")
    first = _keys(tree)
    helper.write_text("def help() -> int:\n    return 2\n")
    second = _keys(tree)
    mixer.write_text(text)
    helper.unlink()
    assert {name for name in first if first[name] != second[name]} == {"urn/mix", "text/mix"}


def test_a_model_changes_its_draws_and_passes_and_no_other_models(changed: Changed) -> None:
    found = changed({"loops/models/bigram.py": EDIT})
    assert found == set()
    found = changed({"loops/models/categorical.py": EDIT})
    assert {"urn/draw", "urn/train", "urn/log_probs"} <= found
    assert not {name for name in found if name.startswith("text/")}


@pytest.mark.skipif(not HAS_SFT, reason="no sft yet")
def test_a_helper_of_sft_changes_its_keys_and_no_filters(changed: Changed) -> None:
    assert changed({"loops/trainer/run_trl.py": EDIT}) == {"text/train"}


def test_another_trl_changes_no_metrics_key(tree: Path, before: dict[str, str]) -> None:
    after = _keys(tree, trl="99.0")
    assert {name for name in before if after[name] != before[name]} == ({"text/train"} if HAS_SFT else set())


def test_another_torch_changes_what_runs_it(tree: Path, before: dict[str, str]) -> None:
    after = _keys(tree, torch="99.0")
    found = {name for name in before if after[name] != before[name]}
    assert {"text/draw", "text/log_probs", "text/train"} <= found
    assert not {name for name in found if name.startswith("urn/") or "judge" in name or "metric" in name}
