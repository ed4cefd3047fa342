"""Support coverage by hand, its exact mean and variance against brute force, and on held-out human text."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from evals.buckets import TrainCounts
from evals.budget import rarefy
from evals.interval import delete_group_jackknife
from evals.metrics.support_coverage import Coverage, SupportCoverage, hit_probability, support_coverage
from evals.words import words

ZIPF = 1 / np.arange(1, 301)
ZIPF /= ZIPF.sum()
NAMES = ["head"] * 20 + ["tail"] * 280


@dataclass(frozen=True)
class Given:
    """What the metric needs."""

    buckets: TrainCounts


def test_value_by_hand() -> None:
    # m = 2 of p = (.5, .3, .2): expected in "rare" (1 - .7^2) + (1 - .8^2) = .51 + .36 = .87; one of the two is hit
    rare = support_coverage([1, 0, 1], [0.5, 0.3, 0.2], ["common", "rare", "rare"])["rare"]
    assert rare.hit == 1
    assert rare.expected == pytest.approx(0.87)
    assert rare.share == pytest.approx(1 / 0.87)
    # variance .51 * .49 + .36 * .64 + 2 * (.5^2 - .49 * .64) = .2499 + .2304 - .1272 = .3531
    assert rare.variance == pytest.approx(0.3531)
    assert rare.sd == pytest.approx(math.sqrt(0.3531) / 0.87)


def test_mean_and_variance_are_those_of_all_possible_samples() -> None:
    p, names = np.array([0.4, 0.3, 0.2, 0.1]), ["a", "b", "b", "b"]
    chances, hits = list[float](), list[int]()
    for sample in itertools.product(range(4), repeat=5):
        chances.append(float(np.prod(p[list(sample)])))
        hits.append(len({kind for kind in sample if kind > 0}))
    mean = np.dot(chances, hits)
    found = support_coverage([5, 0, 0, 0], p, names)["b"]
    assert found.expected == pytest.approx(mean)
    assert found.variance == pytest.approx(np.dot(chances, (np.array(hits) - mean) ** 2))


def test_one_draw_hits_a_bucket_like_a_coin() -> None:
    found = support_coverage([0, 1, 0], [0.5, 0.3, 0.2], ["a", "b", "b"])
    assert (found["b"].hit, found["a"].hit) == (1, 0)
    assert found["b"].expected == pytest.approx(0.5)
    assert found["b"].variance == pytest.approx(0.25)


def test_z_counts_standard_deviations_of_the_types_hit_and_types_where_those_are_below_one() -> None:
    assert Coverage(hit=10, expected=16.0, variance=4.0).z == -3.0
    assert Coverage(hit=10, expected=12.0, variance=1e-30).z == -2.0
    certain = support_coverage([7], [1.0], ["all"])["all"]
    assert (certain.share, certain.sd, certain.z) == (1.0, 0.0, 0.0)


def test_extremes_are_all_types_and_none() -> None:
    found = support_coverage([1, 1, 9, 0], [0.25] * 4, ["a", "a", "b", "c"])
    assert found["a"].share == pytest.approx(1 / (1 - 0.75**11))
    assert found["c"].share == 0.0


def test_equal_probabilities_are_counted_once_and_none_is_forgotten() -> None:
    # 30 types in three groups of equal probability, and the same sum of pairs one by one
    p = np.repeat([0.05, 0.03, 0.02], 10)
    hit, pairs = hit_probability(p, 40), 0.0
    for i, j in itertools.permutations(range(30), 2):
        pairs += (1 - p[i] - p[j]) ** 40 - (1 - p[i]) ** 40 * (1 - p[j]) ** 40
    variance = support_coverage([40] + [0] * 29, p, ["all"] * 30)["all"].variance
    assert variance == pytest.approx(np.sum(hit * (1 - hit)) + pairs)


def test_many_different_probabilities_are_taken_in_blocks() -> None:
    # more values than rows held at once; m = 2, where the number of different types is 2, or 1 with chance sum p^2
    p = np.arange(1, 2501) / (2500 * 2501 / 2)
    found = support_coverage([2] + [0] * 2499, p, ["all"] * 2500)["all"]
    twice = np.sum(p**2)
    assert found.expected == pytest.approx(2 - twice)
    assert found.variance == pytest.approx(twice * (1 - twice), rel=1e-6)


def test_samples_from_the_truth_have_share_one_and_z_of_a_standard_normal() -> None:
    rng = np.random.default_rng(0)
    found = [support_coverage(rng.multinomial(800, ZIPF), ZIPF, NAMES)["tail"] for _ in range(400)]
    assert np.mean([each.share for each in found]) == pytest.approx(1, abs=0.01)
    assert np.mean([each.z for each in found]) == pytest.approx(0, abs=0.15)
    assert np.std([each.z for each in found]) == pytest.approx(1, abs=0.1)
    assert np.std([each.share for each in found]) == pytest.approx(found[0].sd, rel=0.1)


def test_size_does_not_move_it_and_a_lost_tail_does() -> None:
    rng = np.random.default_rng(1)
    sharpened = ZIPF**1.5 / np.sum(ZIPF**1.5)
    for draws in (200, 2000):
        whole, narrow = (
            np.mean([support_coverage(rng.multinomial(draws, q), ZIPF, NAMES)["tail"].share for _ in range(50)])
            for q in (ZIPF, sharpened)
        )
        assert whole == pytest.approx(1, abs=0.05)
        assert narrow < 0.7


def test_types_outside_the_truth_are_draws_and_have_no_bucket() -> None:
    with_unknown = support_coverage([1, 1, 8], [0.5, 0.5, 0.0], ["a", "b", "unseen"])
    assert list(with_unknown) == ["a", "b"]
    assert with_unknown["a"].expected == pytest.approx(1 - 0.5**10)


def test_order_of_types_does_not_matter() -> None:
    counts = np.random.default_rng(2).multinomial(100, ZIPF)
    turned = support_coverage(counts[::-1], ZIPF[::-1], NAMES[::-1])
    for name, found in support_coverage(counts, ZIPF, NAMES).items():
        assert turned[name] == pytest.approx(found)


def test_component_knows_words_by_decade_and_quartile() -> None:
    # train: the 5, cat 3, sat 2 -> seen_4_10 and head; seen_2_3, lower; seen_2_3, tail. View: the the cat x, m = 4.
    given = Given(TrainCounts({"the": 5, "cat": 3, "sat": 2}, {}))
    figures = SupportCoverage().measure([["the", "the"], ["cat", "x"]], given)
    assert list(figures) == [
        f"{name}{z}" for name in ("seen_2_3", "seen_4_10", "head", "lower", "tail") for z in ("", "/z")
    ]
    assert figures["head"] == pytest.approx(1 / (1 - 0.5**4))
    assert figures["tail"] == 0.0
    assert figures["seen_2_3"] == pytest.approx(1 / ((1 - 0.7**4) + (1 - 0.8**4)))
    assert figures["tail/z"] == pytest.approx(-(1 - 0.8**4))  # less than one type, so in types


def test_held_out_human_text_lies_below_one_and_repeated_text_far_below_it(wikitext: list[str]) -> None:
    documents = [words(line) for line in wikitext]
    given = Given(TrainCounts(Counter(word for document in documents[::2] for word in document), {}))
    rng = np.random.default_rng(0)
    human = SupportCoverage().measure(rarefy(documents[1::2], 10_000, 100, rng), given)
    narrow = SupportCoverage().measure(rarefy(documents[1:60:2] * 30, 10_000, 100, rng), given)
    assert human["seen_1"] < human["tail"] < 0.8
    assert human["head"] == pytest.approx(1)
    assert narrow["tail"] < 0.5 * human["tail"]
    assert narrow["tail/z"] < human["tail/z"] < 0


def test_jackknife_holds_the_truth_at_least_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)

    def estimate(corpus: np.ndarray) -> dict[str, float]:
        counts = np.bincount(corpus.ravel(), minlength=len(ZIPF))
        return {"tail": support_coverage(counts, ZIPF, NAMES)["tail"].share}

    held = []
    for _ in range(40):
        corpus = rng.choice(len(ZIPF), size=(60, 20), p=ZIPF)
        interval = delete_group_jackknife(
            lambda places, corpus=corpus: estimate(corpus[list(places)]),  # type: ignore[misc]
            range(60),
            rng,
        )["tail"]
        held.append(interval.low <= 1 <= interval.high)
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize(
    ("counts", "probabilities", "buckets", "message"),
    [
        ([1], [0.5, 0.5], ["a", "b"], r"got shapes \(1,\) of counts and \(2,\) of probabilities, and 2 buckets"),
        ([0, 0], [0.5, 0.5], ["a", "b"], "got 0 draws of 2 types, want 1 or more"),
        ([], [], [], "got 0 draws of 0 types"),
        ([1, 1], [0.9, 0.9], ["a", "b"], "probabilities have the least entry 0.9 and sum 1.8"),
        ([1, 1], [-0.1, 0.9], ["a", "b"], "probabilities have the least entry -0.1"),
        ([1, 1], [0.0, 0.0], ["a", "b"], "and sum 0.0, want entries of 0 or more with a sum above 0"),
    ],
)
def test_what_cannot_be_counted_is_an_error(
    counts: list[int], probabilities: list[float], buckets: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        support_coverage(counts, probabilities, buckets)


def test_a_bucket_too_rare_to_be_met_is_left_out() -> None:
    # ten words seen once in 1,000: 3 draws meet .03 of them. 900 draws meet 10 (1 - .999^900) = 5.94; of a hundred such
    # words in 10,000, 300 draws meet 2.96
    def buckets(n_rare: int, total: int, draws: int) -> list[str]:
        train = TrainCounts({"the": total - n_rare, **{f"w{i}": 1 for i in range(n_rare)}}, {})
        return list(SupportCoverage().measure([["the"] * draws], Given(train)))

    assert "seen_1" not in buckets(10, 1_000, 3)
    assert "seen_1" in buckets(10, 1_000, 900)
    assert "seen_1" not in buckets(100, 10_000, 300)
    assert "seen_101_1000" in buckets(10, 1_000, 3)  # one type, and sure to be met


def test_a_view_too_short_for_any_bucket_is_an_error() -> None:
    train = TrainCounts({f"w{i}": 1 for i in range(1_000)}, {})
    with pytest.raises(
        ValueError, match="no bucket of the 1,000 train words are 5 types or half of its types expected"
    ):
        SupportCoverage().measure([["w1", "w2"]], Given(train))


def test_a_view_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match="got 0 draws of 1 types"):
        SupportCoverage().measure([[]], Given(TrainCounts({"the": 5}, {})))
