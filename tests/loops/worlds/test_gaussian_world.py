"""A Gaussian that learns from its own draws, against O1 to O5 and O12 of the design's reference.

With a human sample of the same size, student g is fit k = g + 1 of the tables; from the truth itself, k = g. Few rows a
generation, so that a wrong divisor or a row too few shows; 600 chains, seed 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evals.theory.gaussian import GaussianChain
from loops.mixer.mix import Mix
from loops.rows import Rows
from loops.run import RunFailed

Start = Callable[..., Any]
N, LAST = 5, 4
WORLD = (
    "source=gaussian", "student=gaussian", "trainer=fit", "metrics=[gaussian_moments]", f"source.draws={N}",
    f"prompts.count={N}", "source.replicas=600", f"generations={LAST}",
)  # fmt: skip
MEAN_ERROR, VARIANCE, LOG_VARIANCE = (
    f"student/gaussian_moments/{part}" for part in ("mean_error", "variance", "log_variance")
)


def _law(regime: str = "replace", ddof: int = 0, temperature: float = 1.0, n: int = N, fits: int = LAST) -> Any:
    return GaussianChain(1, n, ddof, temperature, regime, "train").curves(fits)  # type: ignore[arg-type]


def test_o1_o2_replace_by_maximum_likelihood(start: Start) -> None:
    # The largest of 15 |z| is 2.9. With ddof 1 it is 26, with a row less 9, one fit late 16.
    chains = start(*WORLD)
    assert chains.furthest(_law()) < 4
    assert chains.furthest(_law(ddof=1)) > 4
    assert chains.furthest(_law(n=N - 1)) > 4
    assert chains.furthest(_law(fits=LAST + 1), late=1) > 4


def test_o2_o3_replace_without_bias_keeps_the_mean_variance_and_loses_the_median(start: Start) -> None:
    # Largest |z| 2.9; as maximum likelihood 13, one fit late 19.
    chains = start(*WORLD, "student.ddof=1")
    assert chains.furthest(_law(ddof=1)) < 4
    assert chains.furthest(_law()) > 4
    assert chains.furthest(_law(ddof=1, fits=LAST + 1), late=1) > 4
    assert np.median(chains.values(VARIANCE, LAST)) < 0.4


def test_o4_accumulating_bounds_the_loss(start: Start) -> None:
    # Largest |z| 2.4; as replace 45, one fit late 4.5.
    chains = start(*WORLD, "mixer=accumulate")
    assert chains.furthest(_law("accumulate")) < 4
    assert chains.furthest(_law()) > 4
    assert chains.furthest(_law("accumulate", fits=LAST + 1), late=1) > 4
    assert start(*WORLD, "mixer=accumulate", "student.ddof=1").furthest(_law("accumulate", ddof=1)) < 4


def test_o5_a_subsample_of_the_pool_lies_between(start: Start) -> None:
    # Largest |z| 3.1; as replace 25, as accumulate 8.6.
    chains = start(*WORLD, "mixer=accumulate", f"mixer.size={N}")
    assert chains.furthest(_law("subsample")) < 4
    assert chains.furthest(_law()) > 4
    assert chains.furthest(_law("accumulate")) > 4


def test_human_rows_alone_are_fitted_alike_in_every_generation(start: Start) -> None:
    chains = start(*WORLD, "mixer=human_only")
    assert chains.furthest(_law("human_only")) < 4
    assert np.array_equal(chains.values(VARIANCE, 0), chains.values(VARIANCE, LAST))


def test_o12_temperature_is_the_sampling_bias_and_from_the_truth_student_g_is_fit_g(start: Start) -> None:
    # E variance = lambda^g, E mean^2 = sum over k < g of lambda^(k + 1) / n. Largest |z| 1.3; one fit late 33.
    bias = 0.5
    chains = start(*WORLD, "generation_0=base", "student.ddof=1", f"generator.temperature={bias}")
    assert (chains.values(VARIANCE, 0) == 1).all()
    for g in range(1, LAST + 1):
        assert abs(chains.z(VARIANCE, g, bias**g)) < 4
        assert abs(chains.z(MEAN_ERROR, g, sum(bias ** (k + 1) / N for k in range(g)))) < 4
        assert abs(chains.z(VARIANCE, g, bias ** (g + 1))) > 4


def test_more_dimensions_lose_their_volume_as_wishart_matrices_do(start: Start) -> None:
    # At d = 3 and n = 8 the determinant takes psi(7/2), psi(3) and psi(5/2); taken for one dimension it is far off.
    world = (*WORLD, "source.dimensions=3", "source.draws=8", "prompts.count=8")
    chains = start(*world)
    assert chains.furthest(GaussianChain(3, 8, 0, 1.0, "replace", "train").curves(LAST)) < 4
    one = GaussianChain(1, 8, 0, 1.0, "replace", "train").curves(LAST)
    assert chains.furthest({LOG_VARIANCE: one[LOG_VARIANCE]}) > 4


def test_infinitely_many_draws_follow_the_law_without_noise(start: Start) -> None:
    # Nothing is estimated: variance T^g under replace; with T = .5 and half of the corpus human, v <- (v / 2 + 1) / 2.
    endless = ("source.draws=null", "prompts.count=null", "source.replicas=2", "generator.temperature=0.5")
    replaced = start(*WORLD, *endless, "source.dimensions=3")
    mixed = start(*WORLD, *endless, "mixer.human_share=0.5")
    v = 1.0
    for g in range(LAST + 1):
        assert replaced.values(VARIANCE, g) == pytest.approx([0.5**g] * 2)
        assert replaced.values(MEAN_ERROR, g) == pytest.approx([0.0] * 2)
        assert mixed.values(VARIANCE, g) == pytest.approx([v] * 2)
        v = (v / 2 + 1) / 2


def test_a_regime_that_keeps_one_row_too_few_is_noticed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Mix.mix

    def one_too_few(self: Mix, human: Rows, pool: Any, kept: Rows | None, given: Any, *more: Any) -> Rows:
        corpus = whole(self, human, pool, kept, given, *more)
        if kept is None:
            return corpus
        first = np.unique(corpus.samples().numbers("replica"), return_index=True)[1]
        return corpus.select(np.setdiff1d(np.arange(len(corpus)), first))

    monkeypatch.setattr(Mix, "mix", one_too_few)
    assert start(*WORLD).furthest(_law()) > 4


@pytest.mark.parametrize("mixer", [("mixer=replace",), ("mixer=accumulate", "mixer.size=7")])
def test_a_replica_alone_is_the_replica_among_others(start: Start, mixer: tuple[str, ...]) -> None:
    world = (*WORLD, *mixer, "source.dimensions=2", "filters=[random]", "filters.random.keep_share=0.9",
             "prompts.count=30")  # fmt: skip
    several, alone = start(*world, "source.replicas=9"), start(*world, "source.replicas=[4]")
    for measure in (MEAN_ERROR, VARIANCE, LOG_VARIANCE):
        for g in range(LAST + 1):
            assert several.values(measure, g)[4] == alone.values(measure, g)[0]


def test_too_few_rows_for_the_divisor_are_refused_with_the_replica(start: Start) -> None:
    few = ("source.draws=1", "prompts.count=1", "student.ddof=1", "source.replicas=2")
    with pytest.raises(RunFailed, match=r"train: replica 0 has 1 rows, this student takes more than 1\."):
        start(*WORLD, *few)


def test_a_cut_that_a_density_does_not_have_is_refused(start: Start) -> None:
    with pytest.raises(RunFailed, match=r"generator\.top_k: got 5, but student=gaussian has no tokens"):
        start(*WORLD, "sampled.top_k=5")


def test_a_singular_covariance_is_recorded_as_not_measurable_with_the_reason(start: Start) -> None:
    few = (*WORLD, "source.dimensions=6", "source.replicas=2")
    (row, *_) = start(*few).rows
    assert row["student/gaussian_moments"] is None
    assert "2 of 2 covariances are singular, the first has rank 4 of 6" in row["student/gaussian_moments/why"]
    measured = start(*few, "metrics.gaussian_moments.log_variance=false")
    assert measured.values(VARIANCE, LAST).shape == (2,)
