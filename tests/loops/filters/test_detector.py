"""Resampling by how human a detector takes a text to be."""

from __future__ import annotations

import pydoc_data.topics
import re

import numpy as np
import pytest

from loops.errors import ConfigError, StageError
from loops.filters.detector import Detector, copies
from loops.given import Given
from loops.key import Key
from loops.run import component
from loops.samples import Samples
from loops.verdicts import Verdicts

KEY = Key.root(0)
SENTENCES = [
    " ".join(sentence.split())
    for text in pydoc_data.topics.topics.values()
    for sentence in re.split(r"\n\n", text)
    if len(sentence.split()) > 12
]


def _texts(texts: list[str]) -> Samples:
    return Samples.of_text([{"completion": text, "draw": draw} for draw, text in enumerate(texts)])


def _detector(**settings: object) -> Detector:
    made: Detector = component("filters/detector", **settings)
    return made


def _judged(drawn: list[str], human: list[str], **settings: object) -> Verdicts:
    (verdicts,) = _detector(**settings).judge([_texts(drawn)], Given({"human": _texts(human)}), KEY)
    return verdicts


def test_copies_whose_clocks_ring_first_are_drawn() -> None:
    # At equal odds the smallest numbers ring first: .1 (text 0), .2 and .3 (text 1).
    uniforms = np.array([[0.1, 0.9], [0.2, 0.3]])
    assert copies(np.zeros(2), uniforms, 2).tolist() == [1, 1]
    assert copies(np.zeros(2), uniforms, 3).tolist() == [1, 2]
    # Arrivals are -ln(1 - u) / odds. Odds 1 : 10: .105, 2.303 against .022, .036.
    assert copies(np.log([1, 10]), uniforms, 2).tolist() == [0, 2]
    assert copies(np.zeros(2), uniforms, 4).tolist() == [2, 2]
    with pytest.raises(ValueError, match="copies: 5 are to be drawn of 4"):
        copies(np.zeros(2), uniforms, 5)


def test_copies_are_drawn_as_numpy_draws_without_replacement() -> None:
    # The paper's own draw: numpy's choice over an index that holds each text three times.
    rng, odds, trials = np.random.default_rng(0), np.array([0.05, 0.1, 0.2, 0.3, 0.9]), 3000
    bag = np.repeat(np.arange(5), 3)
    share = odds[bag] / odds[bag].sum()
    theirs = np.array([np.bincount(rng.choice(bag, 8, False, share), minlength=5) for _ in range(trials)])
    ours = np.array([copies(np.log(odds), rng.random((5, 3)), 8) for _ in range(trials)])
    # Four standard errors of a difference of means; a count in 0..3 has a deviation below 1.
    assert ours.mean(axis=0) == pytest.approx(theirs.mean(axis=0), abs=4 * np.sqrt(2 / trials))
    assert ours.max() == 3


def test_odds_that_underflow_are_told_apart() -> None:
    # (1 - confidence)^10 of 1e-40 and 1e-50 are both 0 in floats, a tenth of 1e400 and 1e500.
    uniforms = np.full((2, 1), 0.5)
    assert copies(np.array([-400.0, -500.0]) * np.log(10), uniforms, 1).tolist() == [1, 0]


def test_texts_of_the_same_origin_are_not_told_apart() -> None:
    verdicts = _judged(SENTENCES[0:600:2], SENTENCES[1:600:2])
    # The null has a deviation of sqrt((300 + 300 + 1) / (12 * 300 * 300)) = .024; texts share topics, so five of them.
    assert verdicts.figures["auroc"] == pytest.approx(0.5, abs=0.12)
    assert verdicts.weight.sum() == 450  # 1.5 of 300
    assert verdicts.weight.max() <= 3


def test_what_reads_as_human_is_kept_more_often() -> None:
    looping = ["the same words again and again and again " * 4 + str(i) for i in range(100)]
    drawn = [*looping, *SENTENCES[0:200:2]]
    verdicts = _judged(drawn, SENTENCES[1:401:2])
    assert verdicts.figures["auroc"] > 0.6
    # Of 300 copies, at most 3 of each: the human-like hundred has nearly all.
    assert verdicts.weight[100:].sum() > 250
    assert verdicts.weight.sum() == 300
    assert verdicts.counts()["detected"] == np.count_nonzero(verdicts.weight == 0)


def test_without_bias_all_texts_have_equal_odds() -> None:
    looping = ["again and again " * 10 + str(i) for i in range(100)]
    weight = _judged([*looping, *SENTENCES[:100]], SENTENCES[100:300], bias_factor=0.0).weight
    # 300 of 600 copies: 150 on each side, hypergeometric with deviation sqrt(300 * .25 * 300 / 599) = 6.1.
    assert weight[:100].sum() == pytest.approx(150, abs=25)


def test_no_text_is_judged_by_a_detector_that_read_it() -> None:
    # Unique words betray a text only to a detector that was fitted to it, so held-out confidence says nothing.
    rng = np.random.default_rng(0)
    nonsense = ["".join(chr(97 + letter) for letter in rng.integers(0, 26, 30)) for _ in range(400)]
    auroc = _judged(nonsense[:200], nonsense[200:]).figures["auroc"]
    assert auroc == pytest.approx(0.5, abs=0.12)  # four null deviations of sqrt(401 / (12 * 200 * 200)) = .029


def test_length_alone_does_not_betray_texts_beyond_the_cut() -> None:
    drawn, human = (["to be or not to be " * n for _ in range(50)] for n in (3, 30))
    assert _judged(drawn, human, max_words=12).figures["auroc"] == 0.5


def test_order_and_shards_change_no_verdict() -> None:
    samples, human = _texts(SENTENCES[:80]), _texts(SENTENCES[100:200])
    detector, given, backwards = _detector(), Given({"human": human}), np.arange(80)[::-1]
    weight = Verdicts.concat(list(detector.judge(samples.shards(9), given, KEY))).weight
    (reversed_,) = detector.judge([samples.select(backwards)], given, KEY)
    assert np.array_equal(weight, reversed_.weight[::-1])
    (other,) = detector.judge([samples], given, Key.root(1))
    assert not np.array_equal(weight, other.weight)


def test_too_few_texts_to_hold_some_out_are_an_error() -> None:
    with pytest.raises(StageError, match=r"got 3 drawn and 3 human texts, want at least one of each for each of 5"):
        _judged(SENTENCES[:3], SENTENCES[3:10])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"upsample_factor": 4.0}, "upsample_factor <= max_repeats, got 10.0, 3 and 4.0"),
        ({"bias_factor": -1.0}, "want bias_factor >= 0"),
        ({"min_n": 3}, "want 1 <= min_n <= max_n"),
        ({"folds": 1}, "want folds >= 2 and max_words >= 1, got 1 and 100"),
    ],
)
def test_settings_outside_their_range_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _detector(**settings)
