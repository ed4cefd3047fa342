"""The loop on a world with known answers, against the laws that it must follow; O13 names the oracle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.theory.linear_classifier import VerifiedLabels
from evals.theory.policy import VerifiedPolicy
from loops.arm import Arm
from loops.build import build
from loops.engine import Engine
from loops.loop import run_arm
from loops.plan import plan
from loops.store import Store

SMALL = ("source.prompts=12", "source.answers=6", "source.correct=2", "source.concentration=0.5", "generations=3")
PASS_AT_1 = "student/known_policy/pass_at_1"


@pytest.fixture(autouse=True)
def _no_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def _arm(name: str, *overrides: str, experiment: str = "self_improvement") -> Arm:
    return plan([f"experiment={experiment}", *SMALL, f"arm={name}", *overrides])[0]


def _engine(arm: Arm, folder: Path) -> Engine:
    return Engine(Store(folder), arm.runtime, arm.arm, arm.seed, lambda event: None, arm.plugins)


def _rows(arm: Arm, folder: Path) -> list[dict[str, Any]]:
    return [row for rows in run_arm(arm, _engine(arm, folder)) for row in rows]


def _policies(arm: Arm, folder: Path) -> Iterator[np.ndarray]:
    """Yield the policy of each generation's student in its only replica, (prompts, answers)."""
    engine = _engine(arm, folder)
    list(run_arm(arm, engine))
    for stage in engine.stages:
        if stage["name"] == "parameters":
            entry = engine.store.find("parameters", stage["key"])
            assert entry is not None
            joint = engine.open(entry.ref)["probabilities"]
            yield joint.reshape(arm.config["source"]["prompts"], -1) * arm.config["source"]["prompts"]


@pytest.mark.parametrize(("arm", "ratio"), [("no_filter", 1.0), ("verifier", 0.9 / 0.3), ("weak_verifier", 0.6 / 0.5)])
def test_o13_at_infinitely_many_draws_the_odds_of_each_prompt_grow_by_phi_over_psi(
    tmp_path: Path, arm: str, ratio: float
) -> None:
    policies = list(_policies(_arm(arm, experiment="self_improvement_limit"), tmp_path))
    solved = [policy[:, :2].sum(axis=1) for policy in policies]
    odds = [each / (1 - each) for each in solved]
    assert len(odds) == 4
    for g, found in enumerate(odds):
        assert found == pytest.approx(odds[0] * ratio**g, rel=1e-9)
    # Among the correct answers of a prompt nothing is preferred.
    assert policies[-1][:, 0] / solved[-1] == pytest.approx(policies[0][:, 0] / solved[0])


@pytest.mark.parametrize("arm", ["no_filter", "oracle", "verifier", "weak_verifier", "half_step"])
def test_at_infinitely_many_draws_measurement_is_theory(tmp_path: Path, arm: str) -> None:
    limit = _arm(arm, experiment="self_improvement_limit")
    rows = _rows(limit, tmp_path)
    curves = build(limit.node("theory"), "theory").curves(3)
    assert PASS_AT_1 in curves
    for measure, (expected, _) in curves.items():
        assert [row[measure] for row in rows] == pytest.approx(expected.tolist(), rel=1e-9), measure


@pytest.mark.parametrize("arm", ["no_filter", "oracle", "verifier", "weak_verifier"])
def test_at_few_draws_means_over_replicas_lie_within_4_standard_errors_of_theory(tmp_path: Path, arm: str) -> None:
    few = _arm(arm, "source.replicas=60", "generator.draws=4", "sampled.draws=4", "metrics=[known_policy,pass_at_k]",
               "metrics.pass_at_k.k=[1,4]")  # fmt: skip
    rows = _rows(few, tmp_path)
    law = build(few.node("theory"), "theory")
    assert isinstance(law, VerifiedPolicy)
    curves = law.curves(3)
    assert {PASS_AT_1, "sampled/pass_at_k/4", "student/known_policy/unreachable"} <= curves.keys()
    for measure, (expected, _) in curves.items():
        for g in range(4):
            values = np.array([row[measure] for row in rows if row["generation"] == g])
            error = max(values.std(ddof=1) / np.sqrt(60), 1e-9)
            assert abs(values.mean() - expected[g]) < 4 * error, (measure, g)


@pytest.mark.parametrize("settings", [[], ["trainer.learning_rate=0.5"], ["generator.draws=3"]])
def test_o13_without_a_filter_accuracy_is_a_martingale(tmp_path: Path, settings: list[str]) -> None:
    arm = _arm("no_filter", "source.replicas=60", "metrics=[known_policy]", *settings)
    rows = _rows(arm, tmp_path)
    for g in (1, 2, 3):
        now, before = (np.array([row[PASS_AT_1] for row in rows if row["generation"] == each]) for each in (g, g - 1))
        change = now - before
        assert change.std() > 0
        assert abs(change.mean()) < 4 * change.std(ddof=1) / np.sqrt(60)


@pytest.mark.parametrize("arm", ["majority_vote", "verifier", "half_step"])
def test_a_replica_alone_is_what_it_is_among_others(tmp_path: Path, arm: str) -> None:
    several, alone = (_rows(_arm(arm, f"source.replicas={which}"), tmp_path) for which in ("[0,3,5]", "[3]"))
    assert len(alone) == 4
    measures = [name for name in alone[-1] if name.startswith(("student/known_policy", "drawn/verification_gap"))]
    assert len(measures) > 5
    for mine, theirs in zip([row for row in several if row["replica"] == 3], alone, strict=True):
        assert {name: mine.get(name) for name in measures} == {name: theirs.get(name) for name in measures}


def test_every_graded_metric_is_measured_in_the_views_that_it_names(tmp_path: Path) -> None:
    rows = _rows(_arm("verifier", "source.replicas=2"), tmp_path)
    assert not [name for row in rows for name in row if name.endswith("/why")]
    for view, part in (
        ("sampled", "pass_at_k/16"),
        ("drawn", "pass_at_k/1"),
        ("sampled", "distinct_correct/16"),
        ("sampled", "support_retention/discovery"),
        ("sampled", "never_solved/lost"),
        ("drawn", "verification_gap/relative"),
        ("drawn", "verifier_rates/threshold"),
        ("drawn", "kept_by_difficulty/decile_10"),
    ):
        name = f"{view}/{part}"
        assert all(row[name] is not None for row in rows if view == "sampled" or row["generation"] > 0), name


def test_student_0_is_compared_with_its_own_samples(tmp_path: Path) -> None:
    first = _rows(_arm("verifier", "source.replicas=2", "generations=0"), tmp_path)[0]
    assert first["sampled/support_retention/retention"] == 1
    assert first["sampled/support_retention/discovery"] == 0
    assert first["sampled/never_solved/lost"] == first["sampled/never_solved/gained"] == 0


def test_rates_of_the_verifier_are_found_again(tmp_path: Path) -> None:
    rows = _rows(_arm("verifier", "source.replicas=20", "generations=1"), tmp_path)
    mine = [row for row in rows if row["generation"] == 1]
    for part, rate in (("true_positive", 0.9), ("false_positive", 0.3)):
        found = np.array([row[f"drawn/verifier_rates/{part}"] for row in mine])
        assert abs(found.mean() - rate) < 4 * found.std(ddof=1) / np.sqrt(20), part


@pytest.mark.parametrize(("error_rate", "succeeds"), [(0.6, True), (0.7, False)])
def test_o12_labels_that_a_verifier_keeps_teach_below_its_threshold(
    tmp_path: Path, error_rate: float, succeeds: bool
) -> None:
    # phi = .9 and psi = .5 allow p* = .643 (Feng et al. 2024).
    world = ["source=linear_classifier", "student=linear_classifier", "trainer=fit", "metrics=[class_accuracy]"]
    world += ["source.draws=2000", "source.replicas=20", "prompts.kind=prefix", "prompts.count=2000"]
    once = ["generation_0=base", "generations=1", f"student.base_error_rate={error_rate}", "executor=inline"]
    judge = ["filters=[verifier]", "filters.verifier.false_positive_rate=0.5", "measure.n_words=null"]
    rows = _rows(plan([*world, *once, *judge])[0], tmp_path)
    accuracy = np.array([row["student/class_accuracy/value"] for row in rows if row["generation"] == 1])
    law = VerifiedLabels(50, 1.0, 2000, error_rate, 0.9, 0.5)
    assert accuracy.mean() == pytest.approx(law.curves(1)["student/class_accuracy/value"][0][1], abs=0.03)
    assert (accuracy.mean() > 0.5) == succeeds


def test_arms_share_student_0_and_what_is_drawn_from_it(tmp_path: Path) -> None:
    stages = []
    for name in ("no_filter", "verifier"):
        engine = _engine(arm := _arm(name, "source.replicas=2", "generations=1"), tmp_path)
        list(run_arm(arm, engine))
        stages.append({s["name"]: s["digest"] for s in engine.stages if s["generation"] == 1 and s["name"] == "draw"})
    assert stages[0] == stages[1]


def test_draws_beyond_a_budget_of_kept_ones_still_count_as_kept_by_the_verifier(tmp_path: Path) -> None:
    budget = ["budget=kept", "generator.draws=2", "generator.tokens=96", "max_draws=64", "sampled.draws=64"]
    few = ["metrics=[known_policy,verifier_rates,pass_at_k]", "metrics.pass_at_k.k=[1]", "generations=1"]
    rows = _rows(_arm("oracle", "source.replicas=2", *budget, *few, "source.concentration=5"), tmp_path)
    for row in rows[-2:]:
        assert row["drawn/verifier_rates/true_positive"] == 1
        assert row["drawn/verifier_rates/false_positive"] == 0
        assert row["kept/rows"] < row["drawn/rows"] * row["drawn/pass_at_k/1"]
