"""What texts share."""

from __future__ import annotations

import numpy as np
import pytest

from loops.source.overlap import NO_GRAM, WordStream, compared_words, is_near, share_in_train, shares_ngram

TRAIN_FIRST = np.array([True, False])


def _near(train: str, other: str, jaccard: float) -> bool:
    stream = WordStream.of([train, other])
    return bool(is_near(stream, TRAIN_FIRST, ~TRAIN_FIRST, jaccard)[1])


def test_punctuation_and_case_do_not_count() -> None:
    assert compared_words("The --- cat's >>> hat!") == ["the", "cat's", "hat"]


def test_equal_ngrams_have_equal_names_and_none_crosses_from_text_to_text() -> None:
    gram = WordStream.of(["a b c a b c", "b c", "z a b c"]).grams(3)
    # Positions 0-3 are abc, bca, cab, abc; the last two words of each text, and all of text 1, start none.
    assert gram[0] == gram[3] == gram[9]
    assert len({gram[0], gram[1], gram[2], gram[8]}) == 4
    assert [int(index) for index in np.flatnonzero(gram == NO_GRAM)] == [4, 5, 6, 7, 10, 11]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13])
def test_ngram_names_agree_with_tuples_of_words(n: int) -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(map(str, rng.integers(0, 3, rng.integers(0, 30)))) for _ in range(50)]
    names = WordStream.of(texts).grams(n)
    position = 0
    name_of: dict[tuple[str, ...], int] = {}
    for words in (text.split() for text in texts):
        for start in range(len(words)):
            whole = start + n <= len(words)
            assert (names[position] != NO_GRAM) == whole
            if whole:
                assert name_of.setdefault(tuple(words[start : start + n]), names[position]) == names[position]
            position += 1
    assert len(set(name_of.values())) == len(name_of)


def test_one_shared_run_of_n_words_is_found_and_of_one_less_is_not() -> None:
    train, other = "one two three four five six", "x two three four five y"
    assert shares_ngram(WordStream.of([train, other]), TRAIN_FIRST, 4).tolist() == [True, True]
    assert not shares_ngram(WordStream.of([train, other]), TRAIN_FIRST, 5)[1]


def test_the_jaccard_limit_is_met_exactly() -> None:
    # 3-grams of "a b c d e": abc bcd cde; of "a b c d x": abc bcd cdx. 2 of 4 in common: 0.5.
    assert _near("a b c d e", "a b c d x", 0.5)
    assert not _near("a b c d e", "a b c d x", 0.51)


def test_texts_shorter_than_a_gram_are_near_when_they_say_the_same() -> None:
    assert _near("Return size.", "return size", 0.5)
    assert not _near("Return size.", "Return", 0.5)
    assert not _near("***", "---", 0.5)


def test_the_shortened_search_finds_what_comparing_every_pair_finds() -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(map(str, rng.integers(0, 4, rng.integers(1, 12)))) for _ in range(300)]
    train = np.arange(300) < 200
    for jaccard in (0.3, 0.5, 0.8):
        found = is_near(WordStream.of(texts), train, ~train, jaccard)
        sets = []
        for text in texts:
            words = text.split()
            words += ["pad"] * (3 - len(words))
            sets.append({tuple(words[start : start + 3]) for start in range(len(words) - 2)})
        for index in range(200, 300):
            near = any(len(sets[index] & sets[i]) / len(sets[index] | sets[i]) >= jaccard for i in range(200))
            assert found[index] == near, texts[index]


def test_the_share_of_occurrences_that_train_has_too() -> None:
    stream = WordStream.of(["a b c", "a b a b x"])
    # Bigrams of the second: ab ba ab bx; train has ab and bc: 2 of 4.
    assert share_in_train(stream, TRAIN_FIRST, ~TRAIN_FIRST, 2) == 0.5
    assert share_in_train(stream, TRAIN_FIRST, ~TRAIN_FIRST, 6) is None
