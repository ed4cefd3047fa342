"""Entropy and Hill numbers by hand, at their extremes, against theory, and against scikit-bio and infomeasure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from evals.hill_number import entropy_plug_in, hill_number
from evals.metrics.hill import Hill, entropy_chao_shen, simpson
from evals.ngram_counts import NgramCounts

N_KINDS = 5000
ZIPF = 1 / np.arange(1, N_KINDS + 1)
ZIPF /= ZIPF.sum()
ENTROPY = -float(np.sum(ZIPF * np.log(ZIPF)))  # 6.188


def zipf_draws(n_words: int, repetitions: int) -> np.ndarray:
    return np.random.default_rng(5).multinomial(n_words, ZIPF, size=repetitions)  # (repetitions, N_KINDS)


def test_values_by_hand() -> None:
    # shares 1/2 1/4 1/4: H = 1/2 ln 2 + 2/4 ln 4 = 3/2 ln 2; sum p^2 = 3/8
    counts = [2, 1, 1]
    assert entropy_plug_in(counts) == pytest.approx(1.5 * math.log(2))
    assert hill_number(counts, 0) == 3
    assert hill_number(counts, 1) == pytest.approx(2**1.5)
    assert hill_number(counts, 2) == pytest.approx(8 / 3)
    assert hill_number(counts, math.inf) == 2
    # 2 of 4 * 3 ordered pairs are of one kind
    assert simpson(counts) == 2 / 12


def test_chao_shen_by_hand() -> None:
    # f_1 = 2 of N = 4, so C = 1/2 and Cp = 1/4, 1/8, 1/8
    by_hand = 0.25 * math.log(4) / (1 - 0.75**4) + 2 * 0.125 * math.log(8) / (1 - 0.875**4)
    assert entropy_chao_shen([2, 1, 1]) == pytest.approx(by_hand)


def test_chao_shen_with_every_kind_once_counts_one_less() -> None:
    # C = 1/2, Cp = 1/4 for both: 2 * 1/4 ln 4 / (1 - (3/4)^2)
    assert entropy_chao_shen([1, 1]) == pytest.approx(2 * 0.25 * math.log(4) / (1 - 0.75**2))


def test_the_component_names_its_parts_by_length() -> None:
    # words a a b b: C = 1 and Cp = 1/2 each, so H = ln 2 / (1 - 1/16); 4 of 12 pairs are alike
    measured = Hill(n=(1,)).measure(NgramCounts.of([["a", "a"], ["b", "b"]], [1]).counts(), None)
    entropy = math.log(2) / (1 - 1 / 16)
    assert measured == pytest.approx(
        {"1/entropy": entropy, "1/q0": 2, "1/q1": math.exp(entropy), "1/q2": 3},
    )


def test_extremes_are_one_for_a_single_kind_and_the_number_of_kinds_for_equal_ones() -> None:
    for q in (0, 0.5, 1, 2, 1000, math.inf):
        assert hill_number([7], q) == pytest.approx(1)
        assert hill_number([3] * 20, q) == pytest.approx(20)
    assert entropy_plug_in([7]) == entropy_chao_shen([7]) == entropy_chao_shen([1]) == 0
    assert simpson([7]) == 1
    assert simpson([1, 1]) == 0


def test_order_of_documents_and_kinds_never_seen_do_not_matter() -> None:
    assert entropy_chao_shen([1, 0, 2, 0, 1]) == pytest.approx(entropy_chao_shen([2, 1, 1]))
    documents = [["a", "b", "a"], ["b", "a"], ["a"]]
    both = [NgramCounts.of(given, [1]).counts() for given in (documents, documents[::-1])]
    assert Hill(n=(1,)).measure(both[0], None) == pytest.approx(Hill(n=(1,)).measure(both[1], None))


def test_hill_numbers_fall_with_their_order_and_pass_through_the_limit_at_one() -> None:
    counts = np.random.default_rng(0).integers(1, 50, size=30)
    numbers = [hill_number(counts, q) for q in (0, 0.5, 1 - 1e-6, 1, 1 + 1e-6, 2, 10, 1000, math.inf)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[2] == pytest.approx(numbers[4], rel=1e-4)
    assert numbers[-2] == pytest.approx(numbers[-1], rel=0.01)


def test_a_corpus_twice_over_has_the_same_plug_in_figures() -> None:
    counts = np.array([5, 3, 1, 1])
    assert entropy_plug_in(2 * counts) == pytest.approx(entropy_plug_in(counts))
    assert hill_number(2 * counts, 2) == pytest.approx(hill_number(counts, 2))


def test_plug_in_entropy_has_the_bias_that_theory_gives() -> None:
    # E H = sum over kinds and counts c of Binomial(c; N, p) times -c/N ln(c/N)
    p, count = ZIPF[:200] / ZIPF[:200].sum(), np.arange(1, 101)
    expected = float(np.sum(binom.pmf(count, 100, p[:, np.newaxis]) * -(count / 100) * np.log(count / 100)))
    draws = np.random.default_rng(6).multinomial(100, p, size=2000)
    assert np.mean([entropy_plug_in(counts) for counts in draws]) == pytest.approx(expected, abs=0.01)
    assert expected < -float(np.sum(p * np.log(p))) - 0.5


@pytest.mark.parametrize(("n_words", "plug_in", "chao_shen"), [(2000, 5.526, 5.960), (50_000, 6.135, 6.249)])
def test_chao_shen_corrects_as_much_as_others_found(n_words: int, plug_in: float, chao_shen: float) -> None:
    # single draws of 5,000 kinds under Zipf's law, entropy 6.188
    assert pytest.approx(6.188, abs=1e-3) == ENTROPY
    draws = zipf_draws(n_words, 20)
    assert np.mean([entropy_plug_in(counts) for counts in draws]) == pytest.approx(plug_in, abs=0.02)
    assert np.mean([entropy_chao_shen(counts) for counts in draws]) == pytest.approx(chao_shen, abs=0.03)


def test_simpson_has_no_bias_and_the_plug_in_has() -> None:
    draws = zipf_draws(2000, 400)
    truth = float(np.sum(ZIPF**2))
    assert 1 / truth == pytest.approx(50.29, abs=0.01)
    values = np.array([simpson(counts) for counts in draws])
    error = np.std(values) / math.sqrt(len(values))
    assert abs(np.mean(values) - truth) < 3 * error
    assert np.mean([1 / hill_number(counts, 2) for counts in draws]) - truth > 5 * error


@pytest.mark.parametrize("n", [1, 2])
def test_real_text_agrees_with_scikit_bio_and_infomeasure(lexical: Any, n: int) -> None:
    view = NgramCounts.of(lexical.documents, [n]).counts()[n].view
    expected = lexical.values["hill"][str(n)]
    assert entropy_plug_in(view) == pytest.approx(expected["entropy_plug_in"], rel=1e-12)
    assert entropy_chao_shen(view) == pytest.approx(expected["entropy_chao_shen"], rel=1e-12)
    assert simpson(view) == pytest.approx(expected["simpson"], rel=1e-12)
    for q, number in expected["hill_number"].items():
        assert hill_number(view, float(q)) == pytest.approx(number, rel=1e-10)


def test_nothing_to_count_is_an_error() -> None:
    for figure in (entropy_plug_in, entropy_chao_shen, simpson):
        with pytest.raises(ValueError, match=rf"{figure.__name__}: got 0 counts with sum 0 .* at least one of them"):
            figure([])
    with pytest.raises(ValueError, match=r"hill_number: got 2 counts with sum 2 and least -1, want counts of 0 or"):
        hill_number([3, -1], 2)
    with pytest.raises(ValueError, match=r"hill_number: q is -1, want 0 or more"):
        hill_number([3, 1], -1)
    with pytest.raises(ValueError, match=r"simpson: got 1 occurrence, want 2 or more"):
        simpson([1])


def test_a_view_in_which_nothing_comes_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"hill: the view holds 2 2-grams and none twice.*leave 2 out of n"):
        Hill(n=(2,)).measure(NgramCounts.of([["a", "b", "c"]], [2]).counts(), None)
    with pytest.raises(ValueError, match=r"hill: the view holds 0 1-grams"):
        Hill(n=(1,)).measure(NgramCounts.of([], [1]).counts(), None)


def test_impossible_lengths_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match=r"hill: n is \[1, 1\], want one or more lengths"):
        Hill(n=(1, 1))
