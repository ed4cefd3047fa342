"""Calibration by hand, at its extremes, against scipy, and near zero for a student that draws what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from evals.interval import delete_group_jackknife
from evals.metrics.calibration import Binning, Calibration, expected_calibration_error
from evals.token_scores import TokenScores

MASS, WIDTH = Binning.EQUAL_MASS, Binning.EQUAL_WIDTH


def text(*tokens: tuple[float, float]) -> TokenScores:
    """Bind (probability of the token, that of the most probable one) for each place."""
    own, top = np.log(np.array(tokens)).T
    return TokenScores(own, top)


TEXTS = [text((0.9, 0.9), (0.1, 0.7)), text((0.2, 0.3), (0.3, 0.3))]


def test_values_by_hand() -> None:
    # confidence .9 .7 .3 .3, right 1 0 0 1. In halves: above (.9 + .7) / 2 = .8 against .5, below .3 against .5,
    # so ece (2 * .3 + 2 * .2) / 4 = .25; brier (.01 + .49 + .09 + .49) / 4 = .27
    figures = Calibration(bins=2, binning=WIDTH).measure(TEXTS, None)
    assert figures == pytest.approx({"ece": 0.25, "brier": 0.27, "confidence": 0.55, "accuracy": 0.5})


def test_bins_of_equal_mass_lie_between_quantiles_and_keep_equal_confidences_together() -> None:
    # quartiles of .3 .3 .7 .9 are .3, .5 and .75: the first bin is empty, .3 twice, .7 alone, .9 alone
    confidence, correct = [0.3, 0.9, 0.7, 0.3], [0, 1, 0, 1]
    expected = (abs(1 - 0.6) + abs(0 - 0.7) + abs(1 - 0.9)) / 4
    assert expected_calibration_error(confidence, correct, 4, MASS) == pytest.approx(expected)


def test_extremes_are_a_student_that_is_always_right_as_it_says_and_one_that_never_is() -> None:
    sure = Calibration(bins=15, binning=MASS)
    always = sure.measure([text((1.0, 1.0), (1.0, 1.0))], None)
    assert (always["ece"], always["brier"]) == (0.0, 0.0)
    never = sure.measure([TokenScores(np.array([-50.0, -50.0]), np.zeros(2))], None)
    assert (never["ece"], never["brier"], never["accuracy"]) == (1.0, 1.0, 0.0)


def test_order_of_tokens_and_texts_does_not_matter() -> None:
    for binning in Binning:
        metric = Calibration(bins=3, binning=binning)
        turned = [TokenScores(each.nats[::-1], each.top_nats[::-1]) for each in TEXTS[::-1]]
        assert metric.measure(turned, None) == pytest.approx(metric.measure(TEXTS, None))


def test_bins_of_equal_width_agree_with_scipy() -> None:
    rng = np.random.default_rng(0)
    confidence, correct = rng.random(1000), rng.random(1000) < 0.4
    means = [stats.binned_statistic(confidence, each, "mean", 15, (0, 1))[0] for each in (confidence, correct)]
    sizes = stats.binned_statistic(confidence, confidence, "count", 15, (0, 1))[0]
    theirs = np.sum(sizes / 1000 * np.abs(means[1] - means[0]))
    assert expected_calibration_error(confidence, correct, 15, WIDTH) == pytest.approx(theirs)


@pytest.mark.parametrize("binning", list(Binning))
def test_a_student_that_draws_what_it_says_is_calibrated_up_to_the_bias(binning: Binning) -> None:
    rng = np.random.default_rng(1)
    confidence = rng.beta(1, 3, 20_000)
    own = expected_calibration_error(confidence, rng.random(20_000) < confidence, 15, binning)
    overconfident = expected_calibration_error(confidence, rng.random(20_000) < confidence / 2, 15, binning)
    assert own < 0.02
    assert overconfident == pytest.approx(np.mean(confidence) / 2, abs=0.01)


def test_jackknife_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    metric = Calibration(bins=15, binning=MASS)

    def sample() -> list[TokenScores]:
        top = np.log(rng.beta(1, 3, (60, 20)))
        right = rng.random((60, 20)) < np.exp(1.3 * top)
        return [TokenScores(own, each) for own, each in zip(np.where(right, top, top - 1), top, strict=True)]

    fresh = [metric.measure(sample(), None) for _ in range(300)]
    truth = {part: np.mean([figures[part] for figures in fresh]) for part in fresh[0]}
    held = []
    for _ in range(30):
        texts = sample()
        estimate = lambda places, texts=texts: metric.measure([texts[place] for place in places], None)  # noqa: E731
        intervals = delete_group_jackknife(estimate, range(60), rng)
        held += [intervals[part].low <= value <= intervals[part].high for part, value in truth.items()]
    assert 0.88 <= np.mean(held) <= 0.995


def test_nothing_to_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match="calibration: got no texts, want 1 or more"):
        Calibration(bins=15, binning=MASS).measure([], None)
    with pytest.raises(ValueError, match=r"expected_calibration_error: got shapes \(0,\) of confidence and \(0,\)"):
        expected_calibration_error([], [], 15, MASS)
    with pytest.raises(ValueError, match=r"got shapes \(2,\) of confidence and \(1,\) of correct, want one of each"):
        expected_calibration_error([0.1, 0.2], [1], 15, MASS)
    with pytest.raises(ValueError, match=r"confidence is 0\.5 to 1\.5, want 0 to 1"):
        expected_calibration_error([0.5, 1.5], [1, 1], 15, MASS)


def test_impossible_settings_are_refused_when_the_component_is_made() -> None:
    with pytest.raises(ValueError, match="calibration: bins is 0, want 1 or more; 15 is usual"):
        Calibration(bins=0, binning=MASS)
    with pytest.raises(ValueError, match=r"binning is 'equal', want one of \['equal_mass', 'equal_width'\]"):
        Calibration(bins=15, binning="equal")  # type: ignore[arg-type]
