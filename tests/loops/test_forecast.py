from __future__ import annotations

import re
from pathlib import Path

import pytest

from loops.cli import command
from loops.forecast import announcement
from loops.plan import plan

SMALL = ["experiment=urn", "source.replicas=3", "source.types=5", "prompts.count=5", "generations=2"]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    return [f"store={tmp_path / 'store'}", f"output_dir={tmp_path / 'out'}", "trackers=[]"]


def planned(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert command(["run", "--plan", *words]) == 0
    return capsys.readouterr().out


def test_a_plan_writes_nothing_and_says_that_nothing_can_be_known_at_first(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = planned([*SMALL, *place], capsys)
    assert "generations 0 to 2; generation_0=train, start=base, adapter=none" in shown
    assert "each of generations 1 to 2: draw 1, mix 1, train 1, sample 1" in shown
    assert "time and disk: how long it takes cannot be known, since the store has seen no stage of" in shown
    assert "shares student 0 with replace" in shown
    assert not list(tmp_path.iterdir())


def test_a_plan_of_a_finished_run_has_nothing_to_compute(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", *SMALL, *place, "arm=replace"]) == 0
    shown = planned([*SMALL, *place, "arm=replace"], capsys)
    assert ", 0 to compute" in shown
    assert "time:" not in shown


def test_a_longer_run_is_estimated_from_the_stages_that_the_store_has_seen(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["run", *SMALL, *place, "arm=replace"]) == 0
    shown = planned([*SMALL, *place, "arm=replace", "generations=4"], capsys)
    assert "time: about 0 s of computing" in shown
    assert "disk: about" in shown
    shown = planned([*SMALL, *place, "arm=replace", "trainer.smoothing=1.0"], capsys)
    assert "time: roughly 0 s" in shown
    assert "train: from stages with other settings, in proportion to their tokens" in shown
    metrics = "metrics=[known_truth,distinct_n]"
    shown = planned([*SMALL, *place, "arm=replace", "generations=3", metrics], capsys)
    assert "metric: from stages with other settings" not in shown
    assert "time: at least 0 s" in shown
    assert "metric: not known, since the store has seen none of the kind" in shown


def test_an_arm_with_another_trainer_is_said_to_have_its_own_student_0(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    mine = ['+arms.mine=["trainer.smoothing=0.5"]', "arm=[replace,mine]"]
    shown = planned([*SMALL, *place, *mine], capsys)
    assert "has a student 0 of its own: its trainer is not that of replace" in shown
    own = [f"+generation_0_trainer={{{', '.join(['_target_: loops.trainer.counts.Counts', 'smoothing: 0.0'])}}}"]
    shown = planned([*SMALL, *place, *mine, *own], capsys)
    assert "shares student 0 with replace" in shown


def test_tokens_of_text_are_bounded_by_the_settings(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["prompts.count=10", "generator.max_new_tokens=7", "sampled.max_new_tokens=7", "trainer.max_steps=3"]
    shapes = ["trainer.per_device_train_batch_size=2", "trainer.max_length=50", "generations=1"]
    shown = planned(["experiment=demo", *place, "arm=replace", *sizes, *shapes], capsys)
    # Students 0 and 1 are each sampled from once, which is also what the loop draws: 2 x 10 x 7 tokens.
    assert "at most 140 tokens to draw" in shown
    assert "further round" not in shown
    kept = planned(["experiment=demo", *place, "arm=replace", *sizes, *shapes, "budget=kept"], capsys)
    assert "at most 140 tokens to draw, and as many again in each further round of budget=kept" in kept
    # 2 trainings x 3 steps x 2 rows x 50 tokens
    assert "at most 600 tokens to train on" in shown


def test_what_is_edited_is_counted_where_a_budget_tells_and_said_where_none_does(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["experiment=demo", "arm=replace", "generations=1", "generator=toedit", "~generator.max_new_tokens", *place]
    shown = planned([*own, "generator.tokens=null"], capsys)
    assert "tokens to draw, and as many to edit as the human text of generation 0 holds" in shown
    with_budget = planned([*own, "generator.tokens=1000"], capsys)
    assert "as many to edit" not in with_budget


def announced(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert command(["run", *words]) == 0
    return capsys.readouterr().out.splitlines()[0]


def test_a_run_says_arms_seeds_and_seconds_before_it_starts(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*SMALL, *place, "seeds=[0,1]"]
    assert announced(words, capsys) == (
        "urn: 3 arms x 2 seeds; how long it takes cannot be known, since the store has seen no stage of any of these "
        "kinds"
    )
    assert announced(words, capsys) == "urn: 3 arms x 2 seeds, all of it in the store"
    longer = announced([*words, "generations=3"], capsys)
    assert longer.startswith("urn: 3 arms x 2 seeds x about 0 s = 0 s of computing for ")


def test_workers_share_the_time(place: list[str]) -> None:
    runs = plan([*SMALL, *place, "seeds=[0,1]", "executor=processes", "executor.workers=2"])
    assert command(["run", *SMALL, *place, "arm=replace"]) == 0
    assert re.search(r" = 0 s of computing for \d+ stages, at best 0 s in 2 workers", announcement(runs))


def test_arms_with_seeds_of_their_own_are_counted_as_runs(place: list[str]) -> None:
    own = ['+arms.mine=["mixer=replace","theory.regime=replace","seeds=[0,1,2]"]', "arm=[replace,mine]"]
    assert announcement(plan([*SMALL, *place, *own])).startswith("urn: 4 runs; how long")


def test_what_stands_in_the_way_of_a_run_is_left_to_the_run_to_say(place: list[str], tmp_path: Path) -> None:
    assert command(["run", *SMALL, *place, "arm=replace"]) == 0
    for manifest in (tmp_path / "store").glob("train/*/manifest.json"):
        manifest.write_text("{")
    assert announcement(plan([*SMALL, *place])) == "urn: 3 arms x 1 seed"
