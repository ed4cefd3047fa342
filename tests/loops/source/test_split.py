"""Train, reference and auditor are disjoint."""

from __future__ import annotations

import numpy as np
import pytest

from loops.errors import DataError
from loops.key import Key
from loops.source.overlap import WordStream, is_near, shares_ngram
from loops.source.split import AUDITOR, DROPPED, REFERENCE, TRAIN, Split, assign, overlaps
from loops.source.stdlib_docs import StdlibDocs

KEY = Key.root(0)


def _texts(n: int, seed: int = 0) -> list[str]:
    """Return texts of 20 words that have nothing in common."""
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{word}" for word in rng.integers(0, 10**9, 20)) for _ in range(n)]


def _split(texts: list[str], origins: list[str], seed: int = 0) -> Split:
    return assign(texts, origins, 0.1, 0.1, Key.root(seed))


def test_no_origin_is_divided() -> None:
    texts = _texts(200)
    origins = [str(index // 4) for index in range(200)]
    where = _split(texts, origins).where
    for origin in set(origins):
        assert len({int(split) for split, own in zip(where, origins, strict=True) if own == origin}) == 1


def test_shares_in_characters_come_near_those_asked_for() -> None:
    texts = _texts(400)
    log = _split(texts, [str(index) for index in range(400)]).log
    for name in ("reference", "auditor"):
        assert log[f"{name}/chars"] / log["chars"] == pytest.approx(0.1, abs=0.005)
    assert log["train/texts"] + log["reference/texts"] + log["auditor/texts"] == 400


def test_a_huge_origin_stays_in_train() -> None:
    texts = [*_texts(20), " ".join(_texts(300, seed=1))]
    for seed in range(10):
        where = _split(texts, [str(index) for index in range(21)], seed).where
        assert where[20] == TRAIN
        assert {int(split) for split in where} == {TRAIN, REFERENCE, AUDITOR}


def test_the_first_of_equal_texts_stays_and_white_space_does_not_count() -> None:
    texts = [*_texts(50), "same  words\nhere", "same words here"]
    split = _split(texts, [str(index) for index in range(52)])
    assert split.where[50] != DROPPED
    assert split.where[51] == DROPPED
    assert split.log["dropped/exact_duplicate"] == 1


def test_a_held_out_text_that_shares_13_words_with_train_is_dropped() -> None:
    texts = _texts(100)
    passage = " ".join(f"p{word}" for word in range(13))
    texts = [f"{passage} {text}" if index % 10 == 0 else text for index, text in enumerate(texts)]
    split = _split(texts, [str(index) for index in range(100)])
    assert {int(split.where[index]) for index in range(0, 100, 10)} <= {TRAIN, DROPPED}
    assert split.log["dropped/shared_13_gram"] == sum(split.where[index] == DROPPED for index in range(0, 100, 10))


def test_the_split_depends_on_the_key_and_on_nothing_else() -> None:
    texts, origins = _texts(100), [str(index) for index in range(100)]
    assert np.array_equal(_split(texts, origins).where, _split(texts, origins).where)
    assert not np.array_equal(_split(texts, origins).where, _split(texts, origins, seed=1).where)


def test_too_few_origins_and_impossible_shares_are_named() -> None:
    with pytest.raises(DataError, match=r"has 2 origins.*at least 3 are needed"):
        _split(_texts(10), ["a", "b"] * 5)
    with pytest.raises(ValueError, match="reference_share 0 "):
        assign(_texts(10), ["a"] * 10, 0, 0.1, KEY)
    with pytest.raises(ValueError, match=r"together at most 0\.5"):
        assign(_texts(10), ["a"] * 10, 0.4, 0.2, KEY)


def test_a_split_with_nothing_left_is_named() -> None:
    passage = " ".join(f"p{word}" for word in range(13))
    texts = [f"{passage} {text}" for text in _texts(30)]
    with pytest.raises(DataError, match="no text is left for reference of 30"):
        _split(texts, [str(index) for index in range(30)])


def test_overlaps_finds_passages_rewordings_and_equal_texts() -> None:
    train = ["a b c d e f g h i j k l m", "return the size of the queue", "***"]
    other = [
        "nothing in common here",
        "x a b c d e f g h i j k l m y z",
        "Return the size of the queue!",
        " *** ",
    ]
    assert overlaps(train, other) == [1, 2, 3]


def test_the_library_splits_without_overlap() -> None:
    documents = list(StdlibDocs(8, True, None).read(None))
    texts = [document.text for document in documents]
    split = assign(texts, [document.origin for document in documents], 0.1, 0.05, KEY)
    stream = WordStream.of(texts)
    train, held = split.where == TRAIN, split.where > TRAIN
    assert not (shares_ngram(stream, train, 13) & held).any()
    assert not is_near(stream, train, held, 0.5).any()
    # A random split of docstrings left 0.22.
    assert split.log["reference/share_of_8_grams_in_train"] < 0.02


def test_without_an_auditor_share_there_is_no_auditor() -> None:
    split = assign(_texts(50), [str(index) for index in range(50)], 0.1, 0, KEY)
    assert not (split.where == AUDITOR).any()
    assert "auditor/texts" not in split.log
