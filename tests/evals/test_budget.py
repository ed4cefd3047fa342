"""Rarefaction gives exactly the budget, or says how much there was."""

from __future__ import annotations

import numpy as np
import pytest

from evals.budget import rarefy, short_share

DOCUMENTS = [[10 * document + word for word in range(document)] for document in range(8)]  # 0 to 7 words, 28 in all


def test_exactly_the_budget_is_taken() -> None:
    for n_words in range(1, 29):
        taken = rarefy(DOCUMENTS, n_words, 7, np.random.default_rng(n_words))
        assert sum(len(document) for document in taken) == n_words


def test_no_document_is_longer_than_the_cut_or_empty() -> None:
    taken = rarefy(DOCUMENTS, 20, 4, np.random.default_rng(0))
    assert {len(document) for document in taken} <= {1, 2, 3, 4}


def test_each_document_is_taken_once_from_its_start() -> None:
    taken = rarefy(DOCUMENTS, 25, 7, np.random.default_rng(1))
    starts = [document[0] for document in taken]
    assert len(set(starts)) == len(starts)
    assert all(list(document) == DOCUMENTS[document[0] // 10][: len(document)] for document in taken)


def test_equal_random_numbers_give_equal_documents() -> None:
    first, again = (rarefy(DOCUMENTS, 9, 3, np.random.default_rng(5)) for _ in range(2))
    assert first == again
    assert any(rarefy(DOCUMENTS, 9, 3, np.random.default_rng(seed)) != first for seed in range(6, 9))


def test_every_document_is_equally_likely_to_be_cut_short() -> None:
    # 3 documents of 2 words, budget 3: one is left out, one is cut; each is left out in a third of the draws.
    documents = ["aa", "bb", "cc"]
    rng = np.random.default_rng(0)
    seen = [{document[0] for document in rarefy(documents, 3, 2, rng)} for _ in range(3000)]
    for name in "abc":
        assert abs(sum(name not in names for names in seen) / 3000 - 1 / 3) < 0.04


def test_too_little_text_is_an_error_with_both_numbers() -> None:
    documents = [["w"] * 500, ["w"] * 312]
    with pytest.raises(ValueError, match=r"rarefy: 712 of 5,000 words in 2 documents, each counted up to 400 words"):
        rarefy(documents, 5000, 400, np.random.default_rng(0))


def test_nothing_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 of 5 words in 0 documents"):
        rarefy([], 5, 5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="short_share: got no documents"):
        short_share([], 5)


@pytest.mark.parametrize(("n_words", "max_words", "name"), [(0, 5, "n_words is 0"), (5, 0, "max_words is 0")])
def test_a_budget_below_one_is_an_error(n_words: int, max_words: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"rarefy: {name}, want 1 or more"):
        rarefy(DOCUMENTS, n_words, max_words, np.random.default_rng(0))


def test_short_share_counts_documents_below_the_cut() -> None:
    # 0, 1 and 2 words of the eight documents are fewer than 3
    assert short_share(DOCUMENTS, 3) == 3 / 8
    assert short_share(DOCUMENTS, 1) == 1 / 8
