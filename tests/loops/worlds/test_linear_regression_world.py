"""Least squares on labels that students write for the same rows, against O11 and the plateau of O12.

With human labels for as many rows, student g is fit k = g + 1 of the table; from the truth itself, k = g. Few rows, so
that one too few shows; 1,000 chains, seed 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evals.theory.linear_regression import LabelChain
from loops.run import RunFailed

Start = Callable[..., Any]
D, T, LAST = 4, 11, 4
WORLD = (
    "source=linear_regression", "student=linear_regression", "trainer=fit", "metrics=[excess_risk]",
    f"source.features={D}", f"source.draws={T}", "source.replicas=1000", f"generations={LAST}",
    "prompts.kind=prefix", f"prompts.count={T}",
)  # fmt: skip
RISK = "student/excess_risk/value"


def _law(
    regime: str = "replace", temperature: float = 1.0, rows: int = T, fits: int = LAST, start: str = "train"
) -> Any:
    return LabelChain(D, rows, 1.0, temperature, regime, start).curves(fits)  # type: ignore[arg-type]


def test_o11_replace_adds_the_same_risk_in_every_generation(start: Start) -> None:
    # The largest of 5 |z| is 2.1. With a row less it is 8, one fit late 34.
    chains = start(*WORLD)
    assert chains.furthest(_law()) < 4
    assert chains.furthest(_law(rows=T - 1)) > 4
    assert chains.furthest(_law(fits=LAST + 1), late=1) > 4


def test_o11_accumulating_stays_below_the_cap(start: Start) -> None:
    # Largest |z| 2.1; as replace 75, one fit late 10.
    chains = start(*WORLD, "mixer=accumulate")
    assert chains.furthest(_law("accumulate")) < 4
    assert chains.furthest(_law()) > 4
    assert chains.furthest(_law("accumulate", fits=LAST + 1), late=1) > 4
    assert chains.values(RISK, LAST).mean() < np.pi**2 / 6 * D / (T - D - 1)


def test_a_subsample_of_the_pool_lies_between(start: Start) -> None:
    rows = 3 * T  # of few rows some replicas draw the same features again and again
    world = (f"source.draws={rows}", f"prompts.count={rows}", f"mixer.size={rows}", "source.replicas=400")
    risk = start(*WORLD, "mixer=accumulate", *world).values(RISK, LAST)
    low, high = (_law(regime, rows=rows)[RISK][0][LAST] for regime in ("accumulate", "replace"))
    error = risk.std(ddof=1) / np.sqrt(len(risk))
    assert low + 4 * error < risk.mean() < high - 4 * error


def test_human_labels_alone_are_one_fit(start: Start) -> None:
    chains = start(*WORLD, "mixer=human_only")
    assert chains.furthest(_law("human_only")) < 4
    assert np.array_equal(chains.values(RISK, 0), chains.values(RISK, LAST))


def test_from_the_truth_student_g_is_fit_g_and_temperature_scales_the_noise(start: Start) -> None:
    chains = start(*WORLD, "generation_0=base", "generator.temperature=0.5")
    (expected, _) = _law(temperature=0.5, fits=LAST + 1, start="base")[RISK]
    assert (chains.values(RISK, 0) == 0).all()
    for g in range(1, LAST + 1):
        assert abs(chains.z(RISK, g, expected[g])) < 4
        assert abs(chains.z(RISK, g, expected[g + 1])) > 4


@pytest.mark.parametrize("synthetic", [0.1, 0.5, 1.0])
def test_o12_a_fixed_share_of_wrong_labels_is_a_plateau(start: Start, synthetic: float) -> None:
    # Strong collapse: labels of a teacher at distance 1, a share p of the corpus, leave p^2 however many the rows.
    rows = 4000
    settings = ("source.features=5", f"source.draws={rows}", f"prompts.count={rows}", "source.replicas=20",
                "generation_0=base", "student.base_error=1", "generations=1", "mixer=mix", "mixer.window=1",
                f"mixer.human_share={1 - synthetic}", f"mixer.size={rows}")  # fmt: skip
    chains = start(*WORLD, *settings)
    risk = chains.values(RISK, 1)
    noise = 5 / rows  # what the fit itself adds: sigma^2 d / T
    assert risk.mean() == pytest.approx(synthetic**2, abs=noise + 4 * risk.std(ddof=1) / np.sqrt(len(risk)))


def test_every_student_labels_the_rows_of_its_replica(start: Start) -> None:
    results = start(*WORLD, "source.replicas=[3,1]", "generations=2").results
    human = results.samples("corpus", 0)
    for g in (1, 2):
        drawn = results.samples("drawn", g)
        for r in (1, 3):
            theirs, its = (each.values()[each.numbers("replica") == r] for each in (human, drawn))
            assert np.array_equal(theirs[:, :D], its[:, :D])
            assert not (theirs[:, D] == its[:, D]).any()


@pytest.mark.parametrize("mixer", [("mixer=replace",), ("mixer=accumulate", "mixer.size=13")])
def test_a_replica_alone_is_the_replica_among_others(start: Start, mixer: tuple[str, ...]) -> None:
    several, alone = start(*WORLD, *mixer, "source.replicas=9"), start(*WORLD, *mixer, "source.replicas=[4]")
    for g in range(LAST + 1):
        assert several.values(RISK, g)[4] == alone.values(RISK, g)[0]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("prompts.kind=empty", r"prompts\.kind: got empty, but student=LinearRegression completes rows of which the "
         r"first 4 numbers are given\. Use prompts\.kind=prefix"),
        ("prompts.count=12", r"prompts: a replica has 11 human rows, want 12\. Lower prompts\.count"),
        ("prompts.count=null", r"prompts\.count: null .* is nothing that student=LinearRegression can give"),
    ],
)  # fmt: skip
def test_prompts_that_cannot_be_labelled_are_refused(start: Start, setting: str, message: str) -> None:
    with pytest.raises(RunFailed, match=message):
        start(*WORLD, "source.replicas=2", setting)
