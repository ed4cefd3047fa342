"""Richness by hand, against scikit-bio, blind to recursion as it says, and with intervals that err on the wide side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.interval import delete_group_jackknife
from evals.metrics.richness import Richness, ace, chao1, good_turing_unseen
from evals.ngram_counts import Counts, NgramCounts
from evals.words import words

FIXTURE: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures" / "tail.json").read_text())
ZIPF = 1 / np.arange(1, 301)
ZIPF /= ZIPF.sum()


def measure(corpus: np.ndarray) -> dict[str, float]:
    counts = np.bincount(corpus.ravel(), minlength=len(ZIPF))
    return Richness(n=(1,), rare_threshold=10).measure({1: Counts(counts, np.zeros_like(counts))}, None)


def test_values_by_hand() -> None:
    # counts 1 1 1 2 2 12: N = 19, F1 = 3, F2 = 2. Unseen 3/19. Chao1 6 + 3 * 2 / (2 * 3) = 7.
    # ACE: rare 1 1 1 2 2 with 7 draws, C = 4/7; 5 / C = 35/4; unevenness 35/4 * (2 * 2) / (7 * 6) - 1 = -1/6, so 0;
    # 1 common + 35/4 = 9.75
    counts = [1, 1, 1, 2, 2, 12]
    assert good_turing_unseen(counts) == 3 / 19
    assert chao1(counts) == 7.0
    assert ace(counts) == pytest.approx(9.75)


def test_uneven_rare_types_add_to_ace() -> None:
    # 1 1 8: 10 draws, C = 8/10; 3 / C = 3.75; unevenness 3.75 * 56 / 90 - 1 = 4/3; 3.75 + 2 / .8 * 4/3 = 85/12
    assert ace([1, 1, 8]) == pytest.approx(85 / 12)
    # with threshold 7, 8 is common, and what is rare is all singletons
    with pytest.raises(ValueError, match="ace: all 2 types seen at most 7 times are seen once, want one seen twice"):
        ace([1, 1, 8], rare_threshold=7)


def test_component_names_its_parts_by_estimator_and_length() -> None:
    # words a a b b c, pairs aa bb bc | aa: 3 kinds in 4 pairs, aa twice
    counts = NgramCounts.of([["a", "a"], ["b", "b", "c"], ["a", "a"]], [1, 2]).counts()
    figures = Richness(n=(1, 2), rare_threshold=10).measure(counts, None)
    assert list(figures) == [f"{name}/{n}" for n in (1, 2) for name in ("good_turing", "chao1", "ace")]
    assert figures["good_turing/1"] == 1 / 7
    assert figures["good_turing/2"] == 2 / 4
    assert figures["chao1/2"] == 3 + 2 * 1 / (2 * 2)


def test_extremes_are_nothing_unseen_and_nothing_but_the_unseen() -> None:
    assert (good_turing_unseen([2, 3]), chao1([2, 3]), ace([2, 3])) == (0.0, 2.0, 2.0)
    assert (good_turing_unseen([1, 1, 1]), chao1([1, 1, 1])) == (1.0, 3 + 3 * 2 / 2)


def test_types_that_are_not_there_and_order_do_not_matter() -> None:
    counts = [5, 0, 1, 2, 1, 0]
    for estimate in (good_turing_unseen, chao1, ace):
        assert estimate(counts) == estimate(sorted(counts)) == estimate([1, 1, 2, 5])


@pytest.mark.parametrize("name", FIXTURE["counts"])
def test_given_counts_agree_with_scikit_bio(name: str) -> None:
    theirs = FIXTURE["counts"][name]
    assert good_turing_unseen(theirs["counts"]) == pytest.approx(theirs["unseen"])
    assert chao1(theirs["counts"]) == pytest.approx(theirs["chao1"])
    assert ace(theirs["counts"]) == pytest.approx(theirs["ace"])


def test_a_real_text_agrees_with_scikit_bio(tinystories: str) -> None:
    documents = [words(line) for line in tinystories.splitlines()[: FIXTURE["lines"]]]
    figures = Richness(n=(1, 2), rare_threshold=10).measure(NgramCounts.of(documents, (1, 2)).counts(), None)
    for n in ("1", "2"):
        theirs = FIXTURE["text"][n]
        assert figures[f"good_turing/{n}"] == pytest.approx(theirs["unseen"])
        assert figures[f"chao1/{n}"] == pytest.approx(theirs["chao1"])
        assert figures[f"ace/{n}"] == pytest.approx(theirs["ace"])


def test_good_turing_says_what_mass_the_next_draw_falls_on() -> None:
    # E F1 / N = sum p (1 - p)^(N - 1), which is the mass that N - 1 draws miss
    rng = np.random.default_rng(1)
    figures = [good_turing_unseen(rng.multinomial(500, ZIPF)) for _ in range(400)]
    assert np.mean(figures) == pytest.approx(np.sum(ZIPF * (1 - ZIPF) ** 499), rel=0.03)


def test_chao1_is_a_lower_bound_that_grows_with_the_sample() -> None:
    zipf = 1 / np.arange(1, 5001)
    rng = np.random.default_rng(2)
    found = [np.mean([chao1(rng.multinomial(n, zipf / zipf.sum())) for _ in range(5)]) for n in (2_000, 10_000, 50_000)]
    assert found == pytest.approx([2274, 4063, 4934], rel=0.07)  # one draw each, by scikit-bio
    assert max(found) < 5000


def test_it_is_relative_to_its_own_generator_and_blind_to_recursion() -> None:
    # 1,000 types, 1,000 draws, ten refits: theory loses .429 of the true mass, the sample calls almost nothing unseen
    zipf = 1 / np.arange(1, 1001)
    zipf /= zipf.sum()
    rng, unseen, lost = np.random.default_rng(3), list[float](), list[float]()
    for _ in range(100):
        counts = rng.multinomial(1000, zipf)
        for _ in range(9):
            counts = rng.multinomial(1000, counts / 1000)
        unseen.append(good_turing_unseen(counts))
        lost.append(float(zipf[counts == 0].sum()))
    assert np.mean(lost) == pytest.approx(0.429, abs=0.01)
    assert np.mean(unseen) < 0.03


def test_jackknife_holds_the_truth_at_least_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)

    def sample() -> np.ndarray:
        return rng.choice(len(ZIPF), size=(60, 20), p=ZIPF)

    fresh = [measure(sample()) for _ in range(1000)]
    truth = {part: np.mean([figures[part] for figures in fresh]) for part in fresh[0]}
    held: dict[str, list[bool]] = {part: [] for part in truth}
    for _ in range(60):
        corpus = sample()
        intervals = delete_group_jackknife(
            lambda places, corpus=corpus: measure(corpus[list(places)]),  # type: ignore[misc]
            range(60),
            rng,
        )
        for part, value in truth.items():
            held[part].append(bool(intervals[part].low <= value <= intervals[part].high))
    assert all(np.mean(each) >= 0.93 for each in held.values())


@pytest.mark.parametrize("estimate", [good_turing_unseen, chao1, ace])
def test_nothing_to_count_is_an_error(estimate: Any) -> None:
    with pytest.raises(ValueError, match=f"{estimate.__name__}: got 2 counts with sum 0, the least 0; want 0 or more"):
        estimate([0, 0])
    with pytest.raises(ValueError, match="got 0 counts with sum 0, the least none"):
        estimate([])
    with pytest.raises(ValueError, match="got 2 counts with sum 2, the least -1"):
        estimate([3, -1])


def test_a_view_without_n_grams_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"richness: the view holds no 3-gram, want 1 or more.*leave 3 out of n"):
        Richness(n=(1, 3), rare_threshold=10).measure(NgramCounts.of([["a", "a"]], [1, 3]).counts(), None)


def test_impossible_settings_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"richness: n is \[\], want one or more lengths"):
        Richness(n=(), rare_threshold=10)
    with pytest.raises(ValueError, match="richness: rare_threshold is 0, want 1 or more; 10 is usual"):
        Richness(n=(1,), rare_threshold=0)
    with pytest.raises(ValueError, match="ace: rare_threshold is 0, want 1 or more"):
        ace([1, 2], 0)
