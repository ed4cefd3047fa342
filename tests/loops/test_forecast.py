from __future__ import annotations

from pathlib import Path

import pytest

from loops.cli import command
from loops.forecast import forecast
from loops.plan import plan

SMALL = ["experiment=urn", "source.replicas=3", "source.types=5", "prompts.count=5", "generations=2"]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    return [f"store={tmp_path / 'store'}", f"output_dir={tmp_path / 'out'}", "trackers=[]"]


def planned(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert command(["run", "--plan", *words]) == 0
    return capsys.readouterr().out


def test_a_plan_writes_nothing_and_has_no_estimate_at_first(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = planned([*SMALL, *place], capsys)
    assert "generations 0 to 2; generation_0=train, start=base, adapter=none" in shown
    assert "each of generations 1 to 2: draw 1, mix 1, train 1, sample 1" in shown
    assert "no estimate yet" in shown
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
    assert "time: at least 0 s" in shown
    assert "no estimate yet of train with these settings" in shown


def test_in_a_few_lines_it_says_what_all_runs_take_together(place: list[str]) -> None:
    runs = plan([*SMALL, *place])
    first, *rest = forecast(runs)
    one = forecast(runs[:1])[0]
    assert ": 0 found in the store, " in first
    assert int(first.split()[0]) > int(one.split()[0])
    assert rest == ["time and disk: no estimate yet; the store has seen no stage with these settings"]


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
