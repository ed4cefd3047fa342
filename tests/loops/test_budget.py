"""Budgets: tokens that are drawn, or drawing on until the filters have kept so many."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.theory.urn import WrightFisher
from loops.arm import Arm
from loops.engine import Engine
from loops.errors import ConfigError, StageError
from loops.job import Job
from loops.key import Key
from loops.lookup import walk
from loops.loop import run_arm
from loops.plan import plan
from loops.ref import Ref
from loops.report import report_data
from loops.rows import Rows
from loops.run import Results, run
from loops.runtime import Runtime
from loops.samples import Samples
from loops.shards import ShardWriter
from loops.stages import fill
from loops.store import Store
from tracking.run_dir import RunDir

# Three replicas of an urn of 8 types: 5 draws of each in a pass over the prompts.
URN = ("experiment=urn", "source.types=8", "source.draws=5", "source.replicas=3", "generations=1", "arm=replace")
KEPT = ("budget=kept", "generator.tokens=10", "max_draws=40")
HALF = ("filters=[random]", "filters.random.keep_share=0.5")
DISTINCT = ("filters=[exact_duplicate]", "generator.tokens=4", "trainer.smoothing=1.0")  # all types can be drawn


@dataclass(frozen=True)
class Ran:
    """What a run left."""

    rows: list[dict[str, Any]]
    all_stages: list[dict[str, Any]]
    store: Store

    def stages(self, name: str) -> list[dict[str, Any]]:
        return [stage for stage in self.all_stages if stage["name"] == name]

    def samples(self, *names: str) -> Samples:
        """Open the last stage of these names in the last generation."""
        stage = [stage for stage in self.all_stages if stage["name"] in names][-1]
        kind = "samples" if stage["stage"] == "draw" else "rows"
        value = self.store.open(Ref(stage["stage"], stage["key"], stage["digest"], kind))
        return value if isinstance(value, Samples) else value.samples()

    @property
    def kept(self) -> Samples:
        return self.samples("kept") if self.stages("kept") else self.samples("judge/random", "judge/exact_duplicate")

    @property
    def drawn(self) -> Samples:
        return self.samples("draw", "drawn")


@cache
def _arm(*overrides: str) -> Arm:
    own = {override.partition("=")[0] for override in overrides}
    return plan([*(line for line in URN if line.partition("=")[0] not in own), *overrides])[0]


@pytest.fixture
def urn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run the urn with these settings; all runs of a test share a store unless they name another."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    def start(*overrides: str, store: str = "store") -> Ran:
        arm = _arm(*overrides)
        engine = Engine(Store(tmp_path / store), arm.runtime, arm.arm, arm.seed, lambda event: None, arm.plugins)
        return Ran([row for rows in run_arm(arm, engine) for row in rows], engine.stages, engine.store)

    return start


def _of_replica(samples: Samples, replica: int) -> list[str]:
    return [row_id.tobytes().hex() for row_id in samples.ids()[samples.worlds() == replica]]


@pytest.mark.parametrize("filters", [HALF, DISTINCT], ids=["random", "exact_duplicate"])
def test_what_is_kept_are_the_first_rows_that_pass_of_all_that_could_be_drawn(
    urn: Callable[..., Ran], filters: tuple[str, ...]
) -> None:
    kept = urn(*KEPT, *filters).kept
    tokens = 4 if filters is DISTINCT else 10
    at_once = urn("generator.draws=40", *filters, "generator.tokens=null").kept
    for replica in range(3):
        passed = _of_replica(at_once, replica)
        assert len(passed) > tokens
        assert _of_replica(kept, replica) == passed[:tokens]


def test_all_rounds_are_what_was_drawn_in_the_order_of_one_drawing(urn: Callable[..., Ran]) -> None:
    drawn = urn(*KEPT, *HALF).drawn
    n_draws = len(drawn) // 15  # 15 rows: 5 prompts in each of 3 replicas
    assert n_draws > 2
    at_once = urn(f"generator.draws={n_draws}", "filters=[]").drawn
    assert np.array_equal(drawn.ids(), at_once.ids())


def test_a_replica_keeps_what_it_keeps_alone(urn: Callable[..., Ran]) -> None:
    among = urn(*KEPT, *HALF).kept
    alone = urn(*KEPT, *HALF, "source.replicas=1").kept
    assert _of_replica(among, 0) == _of_replica(alone, 0)


def test_a_duplicate_of_an_earlier_round_is_one(urn: Callable[..., Ran]) -> None:
    results = urn(*KEPT, *DISTINCT)
    assert len(results.stages("draw")) > 1
    kept = results.kept
    for replica in range(3):
        values = kept.values()[kept.worlds() == replica, 0].tolist()
        assert len(values) == len(set(values)) == 4


def test_without_filters_the_first_round_is_cut_to_the_budget(urn: Callable[..., Ran]) -> None:
    results = urn("budget=kept", "filters=[]", "generator.tokens=3")
    assert (len(results.stages("draw")), len(results.stages("drawn"))) == (1, 0)
    drawn, kept = results.drawn, results.kept
    assert [_of_replica(kept, replica) for replica in range(3)] == [_of_replica(drawn, r)[:3] for r in range(3)]


def test_the_first_round_is_the_one_that_budget_drawn_draws_and_the_student_is_sampled_for(
    urn: Callable[..., Ran],
) -> None:
    drawn = urn(*HALF)
    sampling = ("sampled.tokens=10", *KEPT, *HALF)
    kept = urn(*sampling)
    assert kept.stages("draw")[0]["key"] == kept.stages("sample")[0]["key"]
    assert kept.stages("draw")[0]["digest"] == drawn.stages("draw")[0]["digest"]


def test_arms_with_other_filters_share_their_rounds(urn: Callable[..., Ran]) -> None:
    half = urn(*KEPT, *HALF).stages("draw")
    third = urn(*KEPT, "filters=[random]", "filters.random.keep_share=0.3").stages("draw")
    assert len(third) > len(half) > 2
    assert [stage["key"] for stage in third[: len(half)]] == [stage["key"] for stage in half]
    assert {stage["state"] for stage in third[: len(half)]} == {"found"}


def test_the_pool_and_the_corpus_hold_what_was_cut_to_the_budget(urn: Callable[..., Ran]) -> None:
    results = urn(*KEPT, *HALF, "arm=accumulate", "generations=2")
    rows = [row for row in results.rows if row["replica"] == 0]
    assert [row.get("kept/tokens") for row in rows] == [None, 30, 30]
    # 15 human draws, then 10 kept ones in each of 3 replicas and generations.
    assert [row["corpus/tokens"] for row in rows] == [15, 45, 75]


def test_a_filtered_urn_of_n_kept_draws_decays_as_theory_says_of_n_draws(urn: Callable[..., Ran]) -> None:
    n, many = 20, ("source.types=20", "source.draws=20", "source.replicas=100", "generations=4", *HALF)
    law, _ = WrightFisher(20, 1.0, n, "replace").curves(4)["student/known_truth/heterozygosity"]

    def distance(*budget: str) -> float:
        """Standard errors between the mean of the replicas and the law, in the last generation."""
        rows = urn(*many, *budget, "source.exponent=1.0").rows
        values = [row["student/known_truth/heterozygosity"] for row in rows if row["generation"] == 4]
        return float(abs(np.mean(values) - law[4]) / np.std(values, ddof=1) * np.sqrt(len(values)))

    assert distance("budget=kept", f"generator.tokens={n}") < 4
    assert distance("budget=drawn") > 5  # half of the draws are left, so it decays about twice as fast


def test_a_generation_that_cannot_be_filled_stops_with_what_was_kept_and_what_to_do(
    urn: Callable[..., Ran],
) -> None:
    with pytest.raises(
        Exception, match=r"generation 1, arm replace: the filters kept (\d+) of the 9 tokens"
    ) as failure:
        urn(*KEPT, "filters=[exact_duplicate]", "generator.tokens=9", "max_draws=4")  # an urn has 8 types
    message = str(failure.value)
    assert "max_draws=4 for each of 15 prompts" in message
    assert (
        "Loosen the filters, raise max_draws or prompts.count, lower generator.tokens, or use budget=drawn." in message
    )


def test_no_prompts_are_an_error(urn: Callable[..., Ran]) -> None:
    with pytest.raises(StageError, match=r"draw: nothing was drawn for 0 prompts\. Raise prompts\.count"):
        urn("prompts.count=0", "filters=[]")


def test_filters_that_leave_nothing_at_first_are_given_more(urn: Callable[..., Ran]) -> None:
    with pytest.raises(StageError, match="the filters kept 0 of the 10 tokens"):
        urn(*KEPT, "filters=[random]", "filters.random.keep_share=0.0", "max_draws=2")
    rare = ("filters=[random]", "filters.random.keep_share=0.02", "generator.tokens=1", "max_draws=400")
    results = urn(*KEPT, *rare)
    assert len(results.stages("draw")) > 2
    assert len(results.kept) == 3


def test_raising_max_draws_finds_the_rounds_that_were_drawn(urn: Callable[..., Ran]) -> None:
    with pytest.raises(StageError, match="max_draws=2 for each of 15 prompts"):
        urn(*KEPT, *HALF, "max_draws=2")
    draws = urn(*KEPT, *HALF).stages("draw")
    assert [stage["state"] for stage in draws[:2]] == ["found", "found"]
    assert draws[2]["state"] == "computed"


def test_rounds_that_were_interrupted_go_on_and_end_the_same(
    urn: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = urn(*KEPT, *HALF, store="whole")
    write, left = ShardWriter.write, [6]

    def fail(writer: ShardWriter, table: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise StageError("the lights went out")
        write(writer, table)

    monkeypatch.setattr(ShardWriter, "write", fail)
    with pytest.raises(StageError, match="the lights went out"):
        urn(*KEPT, *HALF)
    # Of human text, prompts, a sample of student 0 and the rounds, six tables of one shard each.
    assert len(list((tmp_path / "store" / "draw").iterdir())) == 3
    monkeypatch.setattr(ShardWriter, "write", write)
    again = urn(*KEPT, *HALF)
    assert again.rows == expected.rows
    assert again.kept.digest == expected.kept.digest


def test_a_walk_supposes_that_one_round_is_enough_until_the_store_knows_better(
    urn: Callable[..., Ran], tmp_path: Path
) -> None:
    arm = replace(_arm(*KEPT, *HALF), place={"store": tmp_path / "store"})
    assert [step.label for step in walk(arm) if step.label in ("draw", "drawn", "kept")] == ["draw", "kept"]
    results = urn(*KEPT, *HALF)
    assert [step.label for step in walk(arm)] == [stage["name"] for stage in results.all_stages]
    assert {step.state for step in walk(arm)} == {"found"}


def test_the_views_of_a_run_hold_all_rounds_and_what_fills_the_budget(tmp_path: Path) -> None:
    place = (f"output_dir={tmp_path}/out", f"store={tmp_path}/store", "executor=inline")
    results = run(*URN, *KEPT, *HALF, *place)
    drawn, kept = results.samples("drawn", 1), results.samples("kept", 1)
    assert len(kept) == 30
    counts = [sum(ids in set(_of_replica(drawn, r)) for ids in _of_replica(kept, r)) for r in range(3)]
    assert counts == [10, 10, 10]
    (row, *_) = [row for row in results.rows() if row["generation"] == 1]
    assert (row["drawn/rows"], row["kept/rows"]) == (len(drawn), 30)
    ledger = report_data([one.folder for one in results.runs]).ledger
    store = Store(tmp_path / "store")
    judged = max((store.entry(ref) for ref in _refs(results, "judge")), key=lambda entry: len(store.open(entry.ref)))
    assert sum(line.count for line in ledger) == len(drawn) - len(store.open(judged.ref))


def _refs(results: Results, stage: str) -> list[Ref]:
    stages = RunDir(results.runs[0].folder).read_stages()
    return [Ref(line["stage"], line["key"], line["digest"], "rows") for line in stages if line["stage"] == stage]


@pytest.mark.parametrize("replicas", [1, 3])
def test_a_worlds_budget_of_drawn_tokens_holds_in_each_replica(urn: Callable[..., Ran], replicas: int) -> None:
    # 5 draws for each replica and pass: two passes hold 10, whatever the number of replicas.
    settings = ("filters=[]", "generator.draws=4", "generator.tokens=10", f"source.replicas={replicas}")
    assert len(urn(*settings).drawn) == 10 * replicas


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["generator.tokens=null"], "generator.tokens: null, but budget=kept draws until"),
        (["max_draws=2", "generator.draws=3"], "max_draws: got 2, but the first round alone draws generator.draws=3"),
        (["max_draws=0"], "max_draws: got 0, want at least 1"),
        (["prompts.count=null"], r"prompts\.count: null \(all types\) has no draws to count"),
        (["budget=all"], 'budget: got "all"'),
    ],
)
def test_settings_that_do_not_go_together_are_refused_before_anything_runs(settings: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan([*URN, "budget=kept", "generator.tokens=10", *settings])


def test_a_control_that_draws_nothing_needs_no_budget(urn: Callable[..., Ran]) -> None:
    assert not urn("arm=human_only", "budget=kept").stages("draw")


def _filled(kept: Samples, prompts: Samples, tokens: int, work: Path) -> list[int]:
    ref = Ref("judge", "k", "d", "samples")
    inputs, runtime = {"kept": kept, "prompts": prompts}, Runtime(1, "cpu", "float32", "sdpa")
    job = Job(work, {}, {}, inputs, {"kept": ref}, {}, {"tokens": tokens}, Key.root(0), runtime, lambda *_: None)
    fill.run(job)

    class Opened:
        def open(self, _: Ref) -> Samples:
            return kept

    return Rows.open(work, Opened()).row.tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tokens", "rows"), [(1, [0]), (3, [0]), (4, [0, 1]), (7, [0, 1]), (8, [0, 1, 2]), (14, [0, 1, 2, 3]), (15, [])]
)
def test_whole_texts_are_taken_until_the_budget_is_reached(tmp_path: Path, tokens: int, rows: list[int]) -> None:
    # Texts of 3, 4, 2 and 5 tokens end at 3, 7, 9 and 14.
    kept = Samples.of_text([{"completion": str(n), "n_tokens": n} for n in (3, 4, 2, 5)])
    assert _filled(kept, Samples.of_text([{"completion": ""}]), tokens, tmp_path) == rows


def test_each_replica_of_a_world_fills_its_own_budget(tmp_path: Path) -> None:
    # Rows of two values, so two tokens each; replicas 4, 9, 9, 4, 4, 9.
    kept = Samples.of_arrays(np.zeros((6, 2), int), np.array([4, 9, 9, 4, 4, 9]))
    prompts = Samples.of_arrays(np.zeros((2, 1), int), np.array([4, 9]))
    assert _filled(kept, prompts, 3, tmp_path) == [0, 1, 2, 3]
    assert _filled(kept, prompts, 6, tmp_path) == [0, 1, 2, 3, 4, 5]
    assert _filled(kept, prompts, 7, tmp_path) == []


def test_a_replica_that_keeps_nothing_leaves_the_budget_unfilled(tmp_path: Path) -> None:
    kept = Samples.of_arrays(np.zeros((9, 1), int), np.full(9, 4))
    prompts = Samples.of_arrays(np.zeros((2, 1), int), np.array([4, 9]))
    assert _filled(kept, prompts, 1, tmp_path) == []
