from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loops.cli import command
from loops.fork import patched
from tracking.run_dir import RunDir

FORK_AT = 1


@pytest.fixture(scope="module")
def forked(urn: Any) -> Path:
    """The arm `replace`, accumulating after generation 1."""
    words = ["--generation", str(FORK_AT), "name=half", "mixer=accumulate"]
    assert command(["fork", str(urn.run("replace")), *words]) == 0
    return Path(urn.root / "out" / "half" / "replace" / "seed_0")


def refused(urn: Any, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert command(["fork", str(urn.run("replace")), *words]) == 2
    return capsys.readouterr().err


def test_all_stages_up_to_the_fork_are_found_with_equal_digests(urn: Any, forked: Path) -> None:
    trunk = RunDir(urn.run("replace")).read_stages()
    fork = RunDir(forked).read_stages()
    shared = [stage for stage in fork if stage["generation"] <= FORK_AT]
    assert {stage["state"] for stage in shared} == {"found"}
    before = [(s["name"], s["key"], s["digest"]) for s in trunk if s["generation"] <= FORK_AT]
    assert [(s["name"], s["key"], s["digest"]) for s in shared] == before


def test_after_the_fork_students_differ_and_only_these_generations_are_computed(urn: Any, forked: Path) -> None:
    def students(run: Path) -> dict[int, str]:
        return {s["generation"]: s["digest"] for s in RunDir(run).read_stages() if s["name"] == "train"}

    trunk, fork = students(urn.run("replace")), students(forked)
    assert [g for g in trunk if trunk[g] == fork[g]] == [0, 1]
    computed = [s["name"] for s in RunDir(forked).read_stages() if s["state"] == "computed"]
    # Generations 2 and 3: a corpus, a student, its sample, two accounts, its new human text, its probabilities and its
    # metric. What is drawn for generation 2 was drawn to measure student 1.
    assert len(computed) == 2 * 8
    assert computed.count("train") == computed.count("mix") == 2


def test_the_same_command_resumes_and_finds_everything(urn: Any, forked: Path) -> None:
    before = [stage["key"] for stage in RunDir(forked).read_stages()]
    words = ["--generation", str(FORK_AT), "name=half", "mixer=accumulate"]
    assert command(["fork", str(urn.run("replace")), *words]) == 0
    stages = RunDir(forked).read_stages()
    assert [stage["key"] for stage in stages] == before
    assert {stage["state"] for stage in stages} == {"found"}


def test_a_fork_is_a_run_like_any_other(forked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fork = RunDir(forked).read_config()["forked_from"]
    assert (fork["run"], fork["generation"]) == ("urn_smoke/replace/seed_0", FORK_AT)
    assert command(["report", str(forked)]) == 0
    assert "urn_smoke/replace/seed_0, after generation 1" in (forked / "report.html").read_text()
    assert command(["status", str(forked), "--why"]) == 0
    assert "Every key would be the same now." in capsys.readouterr().out


def test_a_fork_can_be_forked(urn: Any, forked: Path) -> None:
    assert command(["fork", str(forked), "--generation", "2", "name=quarter", "mixer=replace"]) == 0
    quarter = RunDir(urn.root / "out" / "quarter" / "replace" / "seed_0")
    stages, before = quarter.read_stages(), RunDir(forked).read_stages()
    digests = [[(s["name"], s["digest"]) for s in several if s["generation"] <= 2] for several in (stages, before)]
    assert digests[0] == digests[1]
    assert {stage["state"] for stage in stages if stage["generation"] <= 2} == {"found"}


def test_a_fork_may_go_on_after_the_end(urn: Any) -> None:
    words = ["--generation", "3", "name=longer", "generations=4", "trainer.smoothing=0.1"]
    assert command(["fork", str(urn.run("replace")), *words]) == 0
    stages = RunDir(urn.root / "out" / "longer" / "replace" / "seed_0").read_stages()
    assert {stage["generation"] for stage in stages if stage["state"] == "computed"} == {4}


def test_another_fork_of_the_same_name_is_refused(urn: Any, forked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(urn, ["--generation", "2", "name=half", "mixer=accumulate"], capsys)
    assert "forked_from.generation: 1 there, 2 now" in message


@pytest.mark.parametrize("setting", ["source.types=5", "student=bigram", "data_seed=3", "seeds=[1]", "prompts.count=3"])
def test_what_belongs_to_the_whole_run_is_refused(urn: Any, setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(urn, ["--generation", "1", "name=other", setting], capsys)
    assert f"{setting}: {setting.partition('=')[0].partition('.')[0]} belongs to the whole run" in message


def test_a_fork_needs_a_name_of_its_own(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "name: not set" in refused(urn, ["--generation", "1", "mixer=accumulate"], capsys)
    assert "the trunk's own" in refused(urn, ["--generation", "1", "name=urn_smoke"], capsys)


def test_a_generation_outside_the_run_is_refused(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert "has generations 0 to 3" in refused(urn, ["--generation", "4", "name=late"], capsys)
    assert "nothing would come after it" in refused(urn, ["--generation", "3", "name=late"], capsys)


def test_a_plan_of_a_fork_computes_nothing(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--generation", "1", "--plan", "name=planned", "mixer=accumulate"]
    assert command(["fork", str(urn.run("replace")), *words]) == 0
    assert "found in the store" in capsys.readouterr().out
    assert not (urn.root / "out" / "planned").exists()


def test_only_differences_reach_the_settings_of_the_trunk() -> None:
    before = {"a": 1, "b": {"_target_": "x", "c": 2, "d": 3}, "e": {"_target_": "x", "f": 4}}
    after = {"a": 1, "b": {"_target_": "x", "c": 9, "d": 3}, "e": {"_target_": "y", "g": 5}}
    there = {"a": 7, "b": {"_target_": "x", "c": 2, "d": 8}, "e": {"_target_": "x", "f": 6}}
    # `a` and `b.d` are as they were recorded; `b.c` is what was overridden; `e` was chosen anew.
    expected = {"a": 7, "b": {"_target_": "x", "c": 9, "d": 8}, "e": {"_target_": "y", "g": 5}}
    assert patched(there, before, after) == expected


def test_the_record_of_overrides_is_plain(forked: Path) -> None:
    overrides = json.loads((forked / "provenance.json").read_text())["overrides"]
    assert "mixer=accumulate" in overrides
    assert "mixer=replace" not in overrides
