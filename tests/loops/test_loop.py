"""The fold over generations, on a world of a few types."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from loops import loop
from loops.arm import Arm
from loops.engine import Engine
from loops.errors import ConfigError, StageError
from loops.loop import run_arm
from loops.plan import plan
from loops.ref import Ref
from loops.store import Store

SMALL = ("experiment=urn", "source.types=6", "source.draws=8", "source.replicas=2", "generations=2")


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def _arm(*overrides: str, name: str = "replace") -> Arm:
    return plan([*SMALL, f"arm={name}", *overrides])[0]


def _engine(arm: Arm, folder: Path, events: list[dict[str, Any]] | None = None) -> Engine:
    emit = (lambda event: None) if events is None else events.append
    return Engine(Store(folder), arm.runtime, arm.arm, arm.seed, emit, arm.plugins)


def _run(arm: Arm, folder: Path) -> list[dict[str, Any]]:
    engine = _engine(arm, folder)
    list(run_arm(arm, engine))
    return engine.stages


def _digests(stages: list[dict[str, Any]], name: str) -> dict[int, str]:
    return {stage["generation"]: stage["digest"] for stage in stages if stage["name"] == name}


def _specs(stages: list[dict[str, Any]], name: str, folder: Path) -> list[dict[str, Any]]:
    store = Store(folder)
    found = [store.find(stage["stage"], stage["key"]) for stage in stages if stage["name"] == name]
    return [entry.spec for entry in found if entry is not None]


def test_a_newcomer_reads_the_loop_in_under_200_lines() -> None:
    assert len(Path(loop.__file__).read_text().splitlines()) < 200


def test_rows_come_generation_by_generation_as_they_are_done(tmp_path: Path) -> None:
    arm = _arm()
    engine = _engine(arm, tmp_path)
    folded = run_arm(arm, engine)
    first = next(folded)
    assert {row["generation"] for row in first} == {0}
    assert {stage["generation"] for stage in engine.stages} == {0}
    assert [{row["generation"] for row in rows} for rows in folded] == [{1}, {2}]


def test_each_generation_draws_anew_from_the_student_before(tmp_path: Path) -> None:
    stages = _run(_arm(), tmp_path)
    specs = _specs(stages, "draw", tmp_path)
    trained = _digests(stages, "train")
    assert [spec["inputs"]["teacher"]["digest"] for spec in specs] == [trained[0], trained[1]]
    assert [spec["settings"] for spec in specs] == [
        {"generation": 1, "written_by": "0", "first_shard": 0},
        {"generation": 2, "written_by": "1", "first_shard": 0},
    ]
    assert len({spec["key"] for spec in specs}) == 2


def test_what_is_drawn_for_the_loop_is_what_the_student_was_sampled_for(tmp_path: Path) -> None:
    stages = _run(_arm(), tmp_path)
    sampled, drawn = _digests(stages, "sample"), _digests(stages, "draw")
    assert (drawn[1], drawn[2]) == (sampled[0], sampled[1])


def test_measuring_keeps_its_own_settings_whatever_the_loop_uses(tmp_path: Path) -> None:
    stages = _run(_arm("generator.temperature=0.5"), tmp_path)
    temperatures = [
        [spec["components"]["generator"]["temperature"] for spec in _specs(stages, name, tmp_path)]
        for name in ("sample", "draw")
    ]
    assert temperatures == [[1.0, 1.0, 1.0], [0.5, 0.5]]


def test_filters_judge_one_after_the_other_and_the_mixer_reads_what_the_last_one_left(tmp_path: Path) -> None:
    settings = ["filters=[random]", "filters.random.keep_share=0.5"]
    stages = _run(_arm(*settings), tmp_path)
    judged, drawn = _digests(stages, "judge/random"), _digests(stages, "draw")
    assert [spec["inputs"]["rows"]["digest"] for spec in _specs(stages, "judge/random", tmp_path)] == list(
        drawn.values()
    )
    mixed = _specs(stages, "mix", tmp_path)
    assert [spec["inputs"]["kept"]["digest"] for spec in mixed] == list(judged.values())
    assert [ref["digest"] for ref in mixed[1]["inputs"]["pool"]] == [judged[1]]


def test_in_one_shot_student_0_writes_in_every_generation_and_writes_anew(tmp_path: Path) -> None:
    stages = _run(_arm("teacher=generation_0"), tmp_path)
    specs, trained = _specs(stages, "draw", tmp_path), _digests(stages, "train")
    assert [spec["inputs"]["teacher"]["digest"] for spec in specs] == [trained[0], trained[0]]
    assert [spec["settings"]["written_by"] for spec in specs] == ["0", "0"]
    drawn = _digests(stages, "draw")
    assert drawn[1] != drawn[2]
    assert trained[1] != trained[0]
    replace = _run(_arm(), tmp_path)
    assert _digests(replace, "draw")[1] == drawn[1], "the first generation is the same in both"
    assert _digests(replace, "draw")[2] != drawn[2]
    assert [spec["settings"]["written_by"] for spec in _specs(stages, "sample", tmp_path)] == ["0", "1", "2"]


def test_random_filter_lets_the_filters_judge_and_keeps_others_as_many(tmp_path: Path) -> None:
    arm = _arm("filters=[exact_duplicate]", "random_filter=true")
    engine = _engine(arm, tmp_path)
    list(run_arm(arm, engine))
    opened = {
        name: [
            engine.store.open(Ref(stage["stage"], stage["key"], stage["digest"], "rows"))
            for stage in engine.stages
            if stage["name"] == name
        ]
        for name in ("judge/exact_duplicate", "kept")
    }
    for judged, kept in zip(*opened.values(), strict=True):
        assert len(kept) == len(judged) < 16
        assert kept.digest != judged.digest
    mixed = _specs(engine.stages, "mix", tmp_path)
    assert [spec["inputs"]["kept"]["digest"] for spec in mixed] == [kept.digest for kept in opened["kept"]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["random_filter=true"], "random_filter: there are no filters"),
        (["random_filter=true", "filters=[exact_duplicate]", "prompts.count=null"], "rows at random are all of them"),
        (["teacher=generation_0", "mixer.human_share=1.0", "mixer.window=0"], "so nobody writes"),
    ],
)
def test_a_control_that_would_control_nothing_is_refused(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _ = _arm(*settings).built


def test_human_text_that_will_run_out_stops_the_run_before_anything_is_trained(tmp_path: Path) -> None:
    # Generation 0 reads 4 of 8 draws; 2 fresh ones a generation are used up after 2.
    fresh = ("source.human_tokens=4", "mixer.human_share=0.25", "mixer.size=8", "mixer.fresh=true")
    for generations, runs_out in ((2, None), (3, 3), (5, 3)):
        arm = _arm(*fresh, f"generations={generations}")
        engine = _engine(arm, tmp_path / str(generations))
        if runs_out is None:
            list(run_arm(arm, engine))
            continue
        message = rf"runs out in generation {runs_out}: .* asks for 6 tokens \(all generations together\), .* holds 4\."
        with pytest.raises(StageError, match=message):
            list(run_arm(arm, engine))
        assert not _digests(engine.stages, "train")


def test_a_share_of_more_human_text_than_there_is_names_the_generation(tmp_path: Path) -> None:
    # 4, 6, 8, 10 of 8 human draws
    rising = ("mixer.size=20", "mixer.human_share=0.2", "mixer.schedule=linear", "mixer.last_human_share=0.5")
    arm = _arm(*rising, "mixer.last_generation=4", "generations=4")
    with pytest.raises(
        StageError, match=r"runs out in generation 4: .* asks for 10 tokens, and the text of generation"
    ):
        list(run_arm(arm, _engine(arm, tmp_path)))


def test_where_filters_may_drop_some_a_shortage_is_a_warning(tmp_path: Path) -> None:
    # Beside 8 draws a share of 0.51 is 8.3 of the 8 human ones; beside the 4 or so that a filter keeps it is about 4.
    arm = _arm("mixer.human_share=0.51", "filters=[random]", "filters.random.keep_share=0.5")
    events: list[dict[str, Any]] = []
    list(run_arm(arm, _engine(arm, tmp_path, events)))
    warnings = [event["message"] for event in events if event["kind"] == "warning"]
    assert any("If the filters keep all" in text and "runs out in generation 1" in text for text in warnings)


@pytest.mark.parametrize(("start", "before"), [("base", "base"), ("generation_0", 0), ("previous", 1)])
def test_a_later_student_starts_where_start_says(tmp_path: Path, start: str, before: str | int) -> None:
    stages = _run(_arm(f"start={start}"), tmp_path)
    expected = _digests(stages, "base")[0] if before == "base" else _digests(stages, "train")[int(before)]
    assert _specs(stages, "train", tmp_path)[2]["inputs"]["start"]["digest"] == expected


def test_student_0_as_it_came_is_not_trained(tmp_path: Path) -> None:
    stages = _run(_arm("generation_0=base"), tmp_path)
    assert sorted(_digests(stages, "train")) == [1, 2]
    assert _specs(stages, "draw", tmp_path)[0]["inputs"]["teacher"]["digest"] == _digests(stages, "base")[0]


def test_generation_0_has_one_corpus_whatever_the_mixer(tmp_path: Path) -> None:
    corpora = [
        _digests(_run(_arm(name=name), tmp_path), "human")[0] for name in ("replace", "accumulate", "human_only")
    ]
    assert len(set(corpora)) == 1


def test_student_0_can_have_a_trainer_of_its_own(tmp_path: Path) -> None:
    own = ["trainer@generation_0_trainer=counts", "trainer.smoothing=0.5"]
    stages = _run(_arm(*own), tmp_path)
    smoothing = [spec["components"]["trainer"]["smoothing"] for spec in _specs(stages, "train", tmp_path)]
    assert smoothing == [0.0, 0.5, 0.5]
    assert _digests(stages, "train")[0] == _digests(_run(_arm(), tmp_path), "train")[0]


def test_human_tokens_cut_the_corpus_of_generation_0_in_each_replica(tmp_path: Path) -> None:
    arm = _arm("source.human_tokens=5")
    engine = _engine(arm, tmp_path)
    rows = next(run_arm(arm, engine))
    assert rows[0]["corpus/tokens"] == 2 * 5


def test_events_tell_of_every_stage_as_it_starts_and_ends(tmp_path: Path) -> None:
    arm, events = _arm(), list[dict[str, Any]]()
    engine = _engine(arm, tmp_path, events)
    list(run_arm(arm, engine))
    started = [event["stage"] for event in events if event["kind"] == "stage_started"]
    done = [event["stage"] for event in events if event["kind"] == "stage_done"]
    assert started == done == [stage["name"] for stage in engine.stages]


def test_a_need_that_the_loop_cannot_fill_is_said(tmp_path: Path) -> None:
    engine = _engine(_arm(), tmp_path)
    mixer = _arm().node("mixer")
    with pytest.raises(ConfigError, match=r"mixer: Mix needs tokenizer; stage mix has "):
        engine.do("mix", {"mixer": mixer}, inputs={"pool": []})


def test_all_types_are_for_a_student_that_can_give_them(tmp_path: Path) -> None:
    chain = ["student=bigram", "source.order=1", "source.length=3", "prompts.count=null"]
    arm = plan(["source=zipf", "trainer=counts", "metrics=[known_truth]", *chain])[0]
    with pytest.raises(ConfigError, match=r"prompts\.count: null .* is nothing that student=Bigram can give"):
        list(run_arm(arm, _engine(arm, tmp_path)))


def test_a_bigram_world_runs_through_the_same_stages(tmp_path: Path) -> None:
    chain = ["student=bigram", "source.order=1", "source.length=20", "source.types=5", "source.draws=10"]
    world = ["source=zipf", "trainer=counts", "metrics=[known_truth]", "prompts.count=10", "generations=3"]
    arm = plan([*world, *chain, "source.replicas=20"])[0]
    folded = list(run_arm(arm, _engine(arm, tmp_path)))
    distance = [sum(row["student/known_truth/total_variation"] for row in rows) / 20 for rows in folded]
    assert sorted(distance) == distance
