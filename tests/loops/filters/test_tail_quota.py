"""Tail quotas by frequency buckets of human words."""

from __future__ import annotations

import itertools
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from evals.buckets import decade
from evals.words import words
from loops.errors import ConfigError, StageError
from loops.filters.tail_quota import TailQuota, choose, quotas
from loops.given import Given
from loops.key import Key
from loops.run import component
from loops.samples import Samples
from loops.source.text import Text
from loops.verdicts import Verdicts

KEY = Key.root(0)
STORIES = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "text" / "tinystories_4MB_lower.txt.gz"
# Of 40 words 2 are "elk", which the other texts hold once: a quota of .05 for words seen once, "owl" and "yak". Words
# seen 2 to 3 times have no quota, and "the" is in the most frequent bucket.
STORED = ["the " * 18 + "elk", "the " * 18 + "elk owl", "yak"]


def _given(human: Sequence[str]) -> Given:
    counts = Counter(word for text in human for word in words(text))
    return Given({"buckets": {"words": counts}, "human": Samples.of_text([{"completion": text} for text in human])})


HUMAN = _given(STORED)


def _judged(texts: list[str], given: Given = HUMAN, min_keep_share: float = 0.5) -> Verdicts:
    samples = Samples.of_text([{"completion": text, "draw": draw} for draw, text in enumerate(texts)])
    return Verdicts.concat(list(TailQuota(min_keep_share).judge(samples.shards(2), given, KEY)))


def test_of_two_texts_the_one_without_rare_words_gives_way_in_part() -> None:
    # Text 2 has 2 rare words of 10, text 1 none of 10. A quota of .15: 2 / (10 + 10 w) = .15 at w = 1/3.
    chosen = choose(np.array([[0.0], [2.0]]), np.array([10.0, 10.0]), np.array([0.15]), 0.5)
    assert chosen.weight == pytest.approx([1 / 3, 1], abs=1e-4)
    assert chosen.shortfall == 0


def test_quotas_that_are_met_already_drop_nothing() -> None:
    chosen = choose(np.array([[0.0], [2.0]]), np.array([10.0, 10.0]), np.array([0.1]), 0.5)
    assert chosen.weight.tolist() == [1, 1]


def test_quotas_out_of_reach_are_met_as_nearly_as_they_can() -> None:
    # Half of 20 words must stay: text 2 alone, which has 2 of the 5 that a quota of .5 asks for; 3 of 20 are missing.
    chosen = choose(np.array([[0.0], [2.0]]), np.array([10.0, 10.0]), np.array([0.5]), 0.5)
    assert chosen.weight == pytest.approx([0, 1], abs=1e-4)
    assert chosen.shortfall == pytest.approx(0.15)


def test_no_choice_of_whole_texts_keeps_more_words_at_the_quotas() -> None:
    rng = np.random.default_rng(0)
    counts, n_words = rng.integers(0, 4, (10, 2)).astype(float), rng.integers(8, 20, 10).astype(float)
    quota = 1.1 * counts.sum(axis=0) / n_words.sum()
    chosen = choose(counts, n_words, quota, 0.01)
    subsets = np.array(list(itertools.product([0, 1], repeat=10)))  # (1024, 10)
    met = (subsets @ counts >= np.outer(subsets @ n_words, quota)).all(axis=1)
    best = (subsets @ n_words)[met].max()
    kept = chosen.weight @ n_words
    assert kept >= best > 0
    assert kept < n_words.sum()
    assert np.all(chosen.weight @ counts >= quota * kept - 1e-4 * n_words.sum())
    assert np.count_nonzero((chosen.weight > 1e-6) & (chosen.weight < 1 - 1e-6)) <= 4  # n_buckets + 2


def _quotas(human: Sequence[str]) -> dict[str, float]:
    return quotas(map(words, human), Counter(word for text in human for word in words(text)))


def test_quotas_are_the_shares_of_words_that_the_other_texts_hold() -> None:
    assert _quotas(STORED) == {"seen_1": 0.05, "seen_2_3": 0}
    # 4 of 206 words are "b", which the other text holds twice; no other text holds "c", and "a" is the most frequent.
    assert _quotas(["a " * 100 + "b b", "a " * 100 + "b b c c"]) == {"seen_2_3": 4 / 206, "seen_4_10": 0}


def test_what_one_text_repeats_is_no_share_of_others() -> None:
    # Without its own text "elk" is seen nowhere, though it was counted twice.
    assert _quotas(["the " * 18, "the " * 18 + "elk elk"]) == {"seen_2_3": 0}


def test_no_words_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"choose: the texts hold no words"):
        choose(np.zeros((2, 1)), np.zeros(2), np.array([0.1]), 0.5)


def test_texts_without_rare_words_are_dropped_until_the_human_share_is_there() -> None:
    # 1 rare word stands in 20 words at a quota of .05: of 30 words, the 10 of one common text must go.
    verdicts = _judged(["the " * 9 + "owl", "the " * 10, "the " * 10])
    assert sorted(verdicts.weight.tolist()) == [0, 1, 1]
    assert verdicts.weight[0] == 1
    assert verdicts.figures == {"shortfall": 0}
    assert verdicts.counts() == {"few_rare_words": 1}


def test_words_that_no_human_wrote_fill_no_quota() -> None:
    # "qux" is no rare human word; both texts lack rare words alike, and half of them must stay.
    verdicts = _judged(["qux " * 10, "the " * 10])
    assert verdicts.figures["shortfall"] == pytest.approx(0.5 * 0.05)  # .05 of the half that is kept


def test_a_quota_out_of_reach_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        _judged(["the " * 10])
    assert "with 50% of the words kept the quotas are missed by 0.025 of all words" in caplog.text


def test_texts_without_words_are_kept() -> None:
    assert _judged(["", " "]).kept.tolist() == [True, True]
    assert _judged(["the " * 9 + "owl", "the " * 30, ""]).kept.tolist()[2]


def test_order_and_shards_change_no_verdict() -> None:
    rows = [{"completion": "the " * (n % 7 + 6) + "owl " * (n % 3 == 0), "draw": n} for n in range(60)]
    samples, backwards = Samples.of_text(rows), np.arange(60)[::-1]
    quota = TailQuota(0.5)
    (forwards,) = quota.judge([samples], HUMAN, KEY)
    (reversed_,) = quota.judge([samples.select(backwards)], HUMAN, KEY)
    assert np.array_equal(forwards.weight, reversed_.weight[::-1])
    assert 0 < forwards.weight.sum() < 60


def test_a_human_split_of_one_bucket_has_no_tail() -> None:
    with pytest.raises(StageError, match="all 2 words of the human train split lie in one bucket"):
        _judged(["the"], _given(["the", "owl"]))


def test_a_share_outside_its_range_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"min_keep_share: got 50\.0, want a share in \(0, 1\]"):
        component("filters/tail_quota", min_keep_share=50.0)


@pytest.mark.skipif(not STORIES.is_file(), reason="../shared/data is absent: real stories")
def test_stories_without_their_rare_words_are_brought_to_the_human_shares() -> None:
    source = Text(str(STORIES), None, None, None, r"^(?=once upon a time|one day|once there was)", True, True, 200)
    stories = [document.text for document, _ in zip(source.read(None), range(1200), strict=False)]
    human, others = stories[::2], stories[1::2]
    counts = Counter(word for story in human for word in words(story))
    # A student that narrows: two thirds of its stories have no word that the human split holds at most 3 times.
    drawn = [
        story if i % 3 == 0 else " ".join(word for word in words(story) if counts.get(word, 0) > 3)
        for i, story in enumerate(others)
    ]
    verdicts = _judged(drawn, _given(human))
    missed = {
        name: sum(max(quota - _shares(texts, counts, weight)[bucket], 0) for bucket, quota in _quotas(human).items())
        for name, texts, weight in (
            ("human", others, np.ones(600)), ("drawn", drawn, np.ones(600)), ("kept", drawn, verdicts.weight),
        )
    }  # fmt: skip
    assert missed["human"] < missed["drawn"] / 2  # human text that was not counted misses them by chance alone
    assert missed["kept"] < missed["drawn"] / 2
    assert verdicts.figures["shortfall"] == pytest.approx(missed["kept"] * _kept_share(drawn, verdicts), abs=1e-4)
    few = _judged(drawn, _given(human), min_keep_share=0.1)
    assert few.figures["shortfall"] == 0
    assert 0.1 < _kept_share(drawn, few) < 0.5


def _kept_share(texts: list[str], verdicts: Verdicts) -> float:
    n_words = np.array([len(words(text)) for text in texts])
    return float(verdicts.weight @ n_words / n_words.sum())


def _shares(texts: list[str], counts: Mapping[str, int], weight: np.ndarray) -> dict[str, float]:
    """Share of words in each bucket."""
    found: dict[str, float] = defaultdict(float)
    for text, each in zip(texts, weight.tolist(), strict=True):
        for word in words(text):
            found[decade(counts.get(word, 0))] += each
    total = sum(found.values())
    return defaultdict(float, {name: n / total for name, n in found.items()})
