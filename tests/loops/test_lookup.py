from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from loops.lookup import walk
from loops.plan import plan
from loops.run import execute

SMALL = ["experiment=urn", "source.replicas=3", "source.types=5", "prompts.count=5", "generations=2"]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    return [f"store={tmp_path / 'store'}", f"output_dir={tmp_path / 'out'}"]


def test_a_walk_of_an_empty_store_computes_and_writes_nothing(place: list[str], tmp_path: Path) -> None:
    steps = walk(plan([*SMALL, *place, "arm=replace"])[0])
    assert {step.state for step in steps} == {"new", "shared"}
    assert [step.label for step in steps if step.is_certain] == ["truth", "read/train", "read/reference"]
    assert not list(tmp_path.iterdir())


def test_a_walk_names_the_stages_that_the_run_then_has(place: list[str]) -> None:
    runs = plan([*SMALL, *place, "arm=replace"])
    expected = [(step.generation, step.label) for step in walk(runs[0])]
    execute(runs, "test", trackers=False)
    steps = walk(runs[0])
    assert [(step.generation, step.label) for step in steps] == expected
    assert {step.state for step in steps} == {"found"}
    assert all(step.is_certain for step in steps)


def test_a_longer_run_is_found_up_to_where_it_was_done(place: list[str]) -> None:
    execute(plan([*SMALL, *place, "arm=replace"]), "test", trackers=False)
    steps = walk(plan([*SMALL, *place, "arm=replace", "generations=3"])[0])
    states = {g: Counter(step.state for step in steps if step.generation == g) for g in range(4)}
    assert all(set(states[g]) == {"found"} for g in range(3))
    # The draw of generation 3 was sampled for measuring student 2; so was the account of it.
    certain = {step.label: step.state for step in steps if step.generation == 3 and step.is_certain}
    assert certain["draw"] == "found"
    assert certain["mix"] == "new"


def test_arms_of_one_plan_share_what_is_equal(place: list[str]) -> None:
    seen: set[str] = set()
    walks = {run.arm: walk(run, seen) for run in plan([*SMALL, *place])}
    students = {
        arm: [step.key for step in steps if step.spec.stage == "train"][:2] for arm, steps in walks.items()
    }  # student 0 and student 1
    assert students["replace"][0] == students["accumulate"][0] == students["human_only"][0]
    assert len({keys[1] for keys in students.values()}) == 3
    assert all(step.state == "shared" for step in walks["accumulate"] if step.label == "base")


def test_a_walk_of_real_text_needs_no_text(place: list[str]) -> None:
    runs = plan(["experiment=demo", "scale=smoke", *place])
    labels = Counter(step.label for step in walk(runs[0]) if step.generation == 1)
    assert labels["judge/length"] == labels["train"] == labels["draw"] == 1
