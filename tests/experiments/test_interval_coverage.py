"""Do intervals hold? One metric of each family on a Zipf world, at the smallest size at which it has an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import Terms
from experiments.interval_coverage import Repeated, ZipfTexts, coverage, judge, outside, text_metrics, world_of
from loops.config import component

LEAST_RATIO = 0.85
"""Of the mean width to what texts make a figure vary. That of an honest interval is 1 or more and known to some 5%."""


def least_held(repetitions: int) -> float:
    """Return the share that 95% intervals hold the truth in, or more, in 999 of 1,000 series of repetitions.

    Of 200 repetitions .895; intervals narrower by 30%, which hold in 83%, reach that in 7 of 1,000.
    """
    return float(stats.binom.ppf(0.001, repetitions, 0.95)) / repetitions


class Case(NamedTuple):
    """A part of a metric, and the smallest world in which it has an interval that can be judged."""

    metric: str
    part: str
    world: ZipfTexts
    repetitions: int = 200
    """Fewer where one takes long; of fresh draws there are twice as many."""


TWENTY = ZipfTexts(n_texts=20, n_words=10, types=100)  # one text for each group of the jackknife
TEN = ZipfTexts(n_texts=10, n_words=10, types=100)  # what a bootstrap takes
CASES = [
    Case("calibration", "brier", TWENTY),
    Case("compression", "ratio", ZipfTexts(n_texts=60), 60),  # 1,000 bytes to a quarter
    Case("confidence_gap", "value", ZipfTexts(n_texts=40, n_words=10, types=100)),
    Case("covariance", "trace", TWENTY, 100),
    Case("distinct_n", "2", TWENTY),
    Case("expectation_adjusted_distinct", "1", TWENTY),
    Case("false_mass", "2", TWENTY),
    Case("frechet", "value", world_of("frechet"), 40),
    Case("hd_d", "value", TWENTY),
    Case("hill", "1/q1", TWENTY),
    Case("mattr", "value", TWENTY),
    Case("missing_mass", "1", TWENTY),
    Case("mauve", "value", world_of("mauve"), 25),
    Case("mmd", "rbf", TWENTY, 100),
    Case("mtld", "value", TWENTY),
    Case("pairwise_cosine", "value", TWENTY),
    Case("perplexity", "nll", TEN),
    Case("perplexity_square", "own", ZipfTexts(n_texts=40, n_words=10, types=100), 100),
    Case("prdc", "density", TWENTY),
    Case("rank_tail_mass", "beyond_90", TWENTY),
    Case("repeated_sequences", "words", ZipfTexts(n_texts=40, n_words=10, types=3), 100),
    Case("richness", "good_turing/1", ZipfTexts(n_texts=40, n_words=10, types=100), 100),
    Case("self_bleu", "4", ZipfTexts(n_texts=60, n_words=10, types=100), 100),
    Case("self_repetition", "4", ZipfTexts(n_texts=20, n_words=10, types=8)),
    Case("support_coverage", "tail", TWENTY, 100),
    Case("tail_gap", "value", ZipfTexts(n_texts=20, n_words=10, types=100), 100),
    Case("token_frequency_nll", "tail", ZipfTexts(n_texts=20, n_words=10, types=100), 100),
    Case("typicality", "q05", ZipfTexts(n_texts=54, n_words=5, types=100), 100),
    Case("vendi", "q1", TWENTY, 100),
    Case("word_frequency_nll", "tail", ZipfTexts(n_texts=20, n_words=10, types=100), 100),
    Case("zipf_exponent", "1", TWENTY),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.metric)
def test_the_interval_of_every_family_holds_at_its_smallest_size(case: Case) -> None:
    metric = component(f"metrics/{case.metric}")
    found = coverage(metric, case.world, case.repetitions, 2 * case.repetitions)[case.part]
    assert found.with_interval > 0.9
    assert found.held >= least_held(case.repetitions), found.row()
    assert found.ratio >= LEAST_RATIO, found.row()


def test_no_family_of_texts_is_without_a_case() -> None:
    assert {case.metric for case in CASES} == set(text_metrics())


@dataclass(frozen=True)
class Narrowed:
    """Perplexity's loss with a part of each document's own spread: its interval is as much too narrow."""

    spread: float

    kinds: ClassVar = ("text",)
    reads: ClassVar = "log_probs"
    views: ClassVar = ("student",)
    needs: ClassVar = ("log_probs",)
    interval: ClassVar = "bootstrap"

    def terms(self, given: Any) -> dict[str, Terms]:
        nll = given.log_probs.per_document(-given.log_probs.nats)
        return {"nll": Terms(nll.mean() + (nll - nll.mean()) * self.spread, np.full(len(nll), 10.0))}


def test_an_interval_that_is_narrower_by_three_tenths_is_found_out() -> None:
    world = ZipfTexts(n_texts=40, n_words=10)
    found = coverage(Narrowed(0.7), world, 200, 400)["nll"]
    assert found.held < least_held(200)
    assert found.ratio < LEAST_RATIO
    assert judge({"narrowed": {"nll": found}}) == "contradicted"


def repeated(held: Sequence[bool], made: Sequence[bool] | None = None) -> Repeated:
    """Bind values 0 to 10, of mean 5, and intervals from 4 to 6, or from 8 to 10 where they miss."""
    low = np.where(held, 4.0, 8.0)
    low[~np.array(made if made is not None else np.ones(len(held), bool))] = np.nan
    return Repeated(np.arange(11.0), low, low + 2)


def test_figures_of_a_repetition_by_hand() -> None:
    # 3 of the 4 intervals hold; each is 2 wide, the middle 95% of 0 ... 10 is 9.5
    found = repeated([True, True, False, True, True], [True, True, True, True, False])
    assert (found.truth, found.with_interval, found.held) == (5.0, 0.8, 0.75)
    assert found.ratio == pytest.approx(2 / 9.5)
    assert found.row() == {"truth": 5.0, "spread": 9.5, "with_interval": 0.8, "held": 0.75, "ratio": found.ratio}


def test_the_judgement_is_of_all_parts_that_vary_and_mostly_have_an_interval() -> None:
    holds, always, seldom = (repeated([i < n for i in range(100)]) for n in (95, 99, 85))
    none = repeated([False] * 100, [i < 40 for i in range(100)])
    constant = Repeated(np.full(9, 2.0), np.full(5, 2.0), np.full(5, 2.0))
    judged: Mapping[str, Mapping[str, Repeated]] = {"a": {"x": holds, "y": none, "z": constant}}
    assert judge(judged) == "reproduced"
    assert judge({**judged, "b": {"x": always}}) == judge({**judged, "b": {"x": seldom}}) == "contradicted"
    assert outside({**judged, "b": {"x": always, "y": holds}, "c": {"z": seldom}}) == ["b/x", "c/z"]
    assert judge({"a": {"y": none}}) == judge({}) == "inconclusive"
    assert "held" not in constant.row()


def test_every_metric_of_texts_is_repeated() -> None:
    names = text_metrics()
    assert {"distinct_n", "vendi", "typicality", "tail_gap"} <= set(names)
    assert not {"known_truth", "pass_at_k"} & set(names)
