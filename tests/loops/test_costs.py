"""What an arm costs: shared stages once, human text once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops import costs
from loops.costs import arm_costs
from loops.recorded import stores_of
from loops.ref import Ref
from loops.rows import Rows
from loops.run import run
from loops.samples import Samples
from tracking.run_dir import RunDir


class Recorded(RunDir):
    """A run that exists as its stages and rows alone."""

    __slots__ = ("made_of", "named", "numbered")

    def __init__(self, arm: str, seed: int, stages: Sequence[tuple[str, str, str, float]]) -> None:
        super().__init__(Path(f"/{arm}/seed_{seed}"))
        for name, value in (("named", arm), ("numbered", seed), ("made_of", stages)):
            object.__setattr__(self, name, value)

    @property
    def arm(self) -> str:
        return str(self.named)  # type: ignore[attr-defined]

    def read_stages(self) -> list[dict[str, Any]]:
        made: Any = self.made_of  # type: ignore[attr-defined]
        return [{"key": k, "stage": stage, "name": name, "seconds": s} for k, stage, name, s in made]

    def read_history(self) -> list[dict[str, Any]]:
        return [{"generation": g, "drawn/tokens": 10.0 * g, "training/tokens": 50.0, "replica": r}
                for g in (0, 1, 2) for r in (0, 1)]  # fmt: skip


@pytest.fixture
def no_human_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs.HumanText, "tokens", lambda self, run: 7.0)


@pytest.mark.usefixtures("no_human_text")
def test_a_shared_stage_counts_once_and_is_split_evenly() -> None:
    student_0 = ("k0", "train", "train", 6.0)
    sampled, drawn = ("k1", "draw", "sample", 3.0), ("k1", "draw", "draw", 3.0)
    runs = [
        Recorded("a", 0, [student_0, sampled, drawn, ("k2", "train", "train", 4.0), ("k3", "metric", "m", 0.5)]),
        Recorded("a", 1, [("k4", "train", "train", 8.0)]),
        Recorded("b", 0, [student_0, sampled]),
    ]
    a, b = arm_costs(runs, {})
    # Seed 0 of a: 6/2 + 3/2 + 4 + 0.5 = 9, alone 13.5. Seed 1: 8. b: 6/2 + 3/2 = 4.5, alone 9.
    assert (a.arm, a.n_runs, a.seconds, a.seconds_alone) == ("a", 2, (9 + 8) / 2, (13.5 + 8) / 2)
    assert (b.arm, b.n_runs, b.seconds, b.seconds_alone) == ("b", 1, 4.5, 9.0)
    # What the loop draws is drawing, though it was sampled for measuring first; b only measured it.
    assert (a.drawing_seconds, b.drawing_seconds) == (1.5 / 2, 0.0)
    assert (a.training_seconds, b.training_seconds) == ((3 + 4 + 8) / 2, 3.0)
    whole = sum(cost.n_runs * cost.seconds for cost in (a, b))
    assert whole == pytest.approx(6 + 3 + 4 + 0.5 + 8)


@pytest.mark.usefixtures("no_human_text")
def test_tokens_are_added_over_generations_and_not_over_replicas() -> None:
    (cost,) = arm_costs([Recorded("a", 0, [])], {})
    assert (cost.drawn_tokens, cost.trained_tokens, cost.human_tokens) == (0 + 10 + 20, 150.0, 7.0)


WORLD = (
    "source=zipf", "student=categorical", "trainer=counts", "metrics=[known_truth]", "executor=inline",
    "measure.n_words=null", "source.types=10", "source.draws=100", "source.replicas=3", "generations=3",
    "prompts.count=20",
)  # fmt: skip


def _costs(tmp_path: Path, *overrides: str) -> Mapping[str, Any]:
    results = run(*WORLD, f"output_dir={tmp_path}/o", f"store={tmp_path}/s", *overrides)
    runs = [RunDir(one.folder) for one in results.runs]
    return {cost.arm: cost for cost in arm_costs(runs, stores_of(runs))}


def test_human_text_counts_once_however_many_generations_read_it(tmp_path: Path) -> None:
    # 40 of the 100 draws make generation 0's corpus in each of 3 replicas. Half of each later corpus is human: 20
    # tokens beside the 20 that are kept; fresh ones, so that 3 generations add 60.
    half = ["mixer=mix", "mixer.human_share=0.5", "mixer.window=1"]
    arms = {"replace": ["mixer=replace"], "human_only": ["mixer=human_only"], "again": half}
    arms["fresh"] = [*half, "mixer.fresh=true"]
    added = [f"+arms.{arm}={json.dumps(sets)}" for arm, sets in arms.items()]
    found = _costs(tmp_path, *added, "source.human_tokens=40")
    assert {arm: cost.human_tokens for arm, cost in found.items()} == {
        "replace": 3 * 40, "human_only": 3 * 40, "again": 3 * 40, "fresh": 3 * (40 + 60),
    }  # fmt: skip
    # 3 generations of 20 draws in each of 3 replicas; what no mixer reads is not drawn.
    assert {arm: cost.drawn_tokens for arm, cost in found.items()} == {
        "replace": 180, "human_only": 0, "again": 180, "fresh": 180,
    }  # fmt: skip
    assert found["fresh"].trained_tokens == 3 * (40 + 3 * 40)


def test_a_run_that_starts_from_a_base_has_used_no_human_text(tmp_path: Path) -> None:
    assert _costs(tmp_path, "generation_0=base", "student.initial=truth")["main"].human_tokens == 0


def test_infinitely_many_draws_have_no_number_of_tokens(tmp_path: Path) -> None:
    endless = ["source.draws=null", "source.replicas=1", "prompts.count=null"]
    assert _costs(tmp_path, "mixer=accumulate", *endless)["main"].human_tokens is None


def test_only_human_rows_of_a_corpus_are_held() -> None:
    value = np.arange(4).reshape(4, 1)
    human = Samples.of_arrays(value, np.zeros(4, int))
    drawn = Samples.of_arrays(value, np.zeros(4, int), written_by="0")
    refs = Ref("read", "h", "h", "samples"), Ref("draw", "d", "d", "samples")
    held: dict[str, tuple[Ref, np.ndarray]] = {}
    for rows in ([0, 2], [2, 3]):
        both = [Rows.all_of(human, refs[0]).select(np.array(rows)), Rows.all_of(drawn, refs[1])]
        costs._hold(Rows.concat(both), held)
    assert list(held) == ["h"]
    assert held["h"][1].tolist() == [True, False, True, True]
