"""The categorical world against closed forms, through the stages that `heirloom run` calls.

Student g is fit number g of the oracles where student 0 is the truth itself (`generation_0=base`, `initial=truth`).
Means over replicas are held to 4 standard errors: of these dozen comparisons one run in 1,300 would be further off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from loops.run import run

TRUTH_FIRST = ("generation_0=base", "student.initial=truth")
Rows = list[dict[str, Any]]


def world(folder: Path, *overrides: str) -> Rows:
    places = (f"output_dir={folder}/out", f"store={folder}/store")
    base = ("source=zipf", "student=categorical", "trainer=counts", "metrics=[known_truth]", "measure.n_words=null")
    return run(*base, "executor=inline", "trackers=[]", *places, *overrides).rows()


def values(rows: Rows, part: str, generation: int) -> np.ndarray:
    return np.array([row[f"student/known_truth/{part}"] for row in rows if row["generation"] == generation])


def off(sample: np.ndarray, expected: float) -> float:
    """Return how many standard errors the mean over replicas lies from theory."""
    error = float(np.std(sample, ddof=1) / np.sqrt(len(sample)))
    return abs(float(np.mean(sample)) - expected) / error


def test_o8_two_types_become_one_at_the_time_of_the_binomial_chain(tmp_path: Path) -> None:
    # The count of type 1 is a binomial chain that 0 and n absorb: 1.386 n generations for large n, 1.28 n for n = 12.
    n, last = 12, 30
    rows = world(tmp_path, *TRUTH_FIRST, "source.types=2", "source.exponent=0", f"source.draws={n}",
                 "source.replicas=600", f"prompts.count={n}", f"generations={last}")  # fmt: skip
    states = np.arange(n + 1)
    step = stats.binom.pmf(states[None, :], n, states[:, None] / n)
    now = stats.binom.pmf(states, n, 0.5)  # counts drawn by the truth itself: fit number 1
    expected = []
    for _ in range(last):
        expected.append(float(now[1:-1].sum()))
        now = now @ step
    alive = np.array([values(rows, "types", g) == 2 for g in range(1, last + 1)], dtype=float)  # (last, replicas)
    assert all(off(alive[g - 1], expected[g - 1]) < 4 for g in (5, 10, 20))
    assert off(alive.sum(axis=0), sum(expected)) < 4


def test_o10_fresh_human_draws_hold_the_variance_at_its_fixed_point(tmp_path: Path) -> None:
    n, alpha, last = 40, 0.25, 14
    rows = world(tmp_path, *TRUTH_FIRST, "source.types=5", f"source.draws={n * 5}", f"source.human_tokens={n}",
                 "source.replicas=800", f"prompts.count={n}", f"generations={last}", "mixer=replace",
                 f"mixer.human_share={alpha}", f"mixer.size={n}", "mixer.fresh=true")  # fmt: skip
    p = (1 / np.arange(1, 6)) / np.sum(1 / np.arange(1, 6))
    # The published fixed point is for n draws of alpha p + (1 - alpha) q; exactly alpha n from p vary a little less.
    assert _variance(n, alpha, 200) == pytest.approx(1 / (n * (1 - (1 - alpha) ** 2 * (1 - 1 / n))), rel=0.02)
    expected = 1 - np.sum(p**2) - np.sum(p * (1 - p)) * _variance(n, alpha, last)
    assert off(values(rows, "heterozygosity", last), float(expected)) < 4


def _variance(n: int, alpha: float, fits: int) -> float:
    """Return Var q_i / (p_i (1 - p_i)) after some fits, when alpha n draws of n are from the truth.

    q' = alpha h + (1 - alpha) s with h the mean of alpha n draws of p and s that of (1 - alpha) n draws of q:
    Var q' = alpha p(1-p)/n + (1 - alpha) E[q(1-q)]/n + (1 - alpha)^2 Var q, and E[q(1-q)] = p(1-p) - Var q.
    """
    variance = 0.0
    for _ in range(fits):
        variance = (alpha + (1 - alpha) * (1 - variance)) / n + (1 - alpha) ** 2 * variance
    return variance


def test_o14_a_type_wins_as_often_as_it_was_frequent(tmp_path: Path) -> None:
    rows = world(tmp_path, *TRUTH_FIRST, "source.types=3", "source.draws=3", "source.replicas=800", "prompts.count=3",
                 "generations=30")  # fmt: skip
    assert (values(rows, "types", 30) == 1).all()
    # where type i won, the mass that is lost is 1 - p_i
    p = (1 / np.arange(1, 4)) / np.sum(1 / np.arange(1, 4))
    missing = values(rows, "missing_mass", 30)
    counts = [int(np.isclose(missing, 1 - share).sum()) for share in p]
    assert sum(counts) == 800
    assert stats.chisquare(counts, 800 * p).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [0.9, 1.1])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_the_map_of_temperature_and_human_share_is_exact_at_infinite_draws(
    tmp_path: Path, temperature: float, share: float
) -> None:
    # q <- lambda p + (1 - lambda) q^(1/T) / sum (Marchi et al. 2024, arXiv 2404.02325)
    mixed = () if share == 0 else (f"mixer.human_share={share}",)
    rows = world(tmp_path, *TRUTH_FIRST, "source.types=100", "source.draws=null", "source.replicas=1",
                 "prompts.count=null", "generations=8", "mixer=replace", f"generator.temperature={temperature}",
                 *mixed)  # fmt: skip
    p = (1 / np.arange(1, 101)) / np.sum(1 / np.arange(1, 101))
    q = p
    for g in range(1, 9):
        sharpened = q ** (1 / temperature) / np.sum(q ** (1 / temperature))
        q = share * p + (1 - share) * sharpened
        assert values(rows, "total_variation", g) == pytest.approx([np.abs(p - q).sum() / 2], abs=1e-9)


@pytest.mark.parametrize("k", [20, 50])
def test_a_tail_that_is_cut_stays_lost_and_the_rest_follows_a_power_law(tmp_path: Path, k: int) -> None:
    # Hutter's model (Dohmatob et al. 2024, arXiv 2402.07043): E_test(T) = sum p_i (1 - q_i)^T, q cut at rank k
    n = 400
    rows = world(tmp_path, *TRUTH_FIRST, "source.types=200", "source.exponent=1.5", "source.draws=1",
                 "source.replicas=300", f"prompts.count={n}", "generations=1", f"generator.top_k={k}")  # fmt: skip
    p = np.arange(1, 201) ** -1.5 / np.sum(np.arange(1, 201) ** -1.5)
    q = np.where(np.arange(200) < k, p, 0) / p[:k].sum()
    sample = values(rows, "missing_mass", 1)
    assert sample.min() >= p[k:].sum() - 1e-12
    assert off(sample, float(np.sum(p * (1 - q) ** n))) < 4
