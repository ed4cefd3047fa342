"""Selection by the likelihood that student 0 gives."""

from __future__ import annotations

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.filters.likelihood_margin import LikelihoodMargin, resampled
from loops.given import Given
from loops.key import Key
from loops.run import component
from loops.samples import Samples
from loops.verdicts import Verdicts

KEY = Key.root(0)
# Prompt a: 2 tokens of -1, 1 of -1.2, 3 of -4 nats; prompt b: one draw of 2 tokens.
ROWS = [("a", 0, [-1, -1]), ("a", 1, [-1.2]), ("b", 0, [-9, -9]), ("a", 2, [-4, -4, -4])]


def _samples(rows: list[tuple[str, int, list[float]]]) -> Samples:
    return Samples.of_text([{"prompt_id": prompt, "draw": n, "completion": f"{prompt} {n}"} for prompt, n, _ in rows])


def _given(rows: list[tuple[str, int, list[float]]]) -> Given:
    scored = {
        "document": np.repeat(np.arange(len(rows)), [len(nats) for *_, nats in rows]),
        "nats": np.concatenate([nats for *_, nats in rows]),
    }
    return Given({"student_0_log_probs": scored})


def _judged(
    rows: list[tuple[str, int, list[float]]], gamma: float, score: str = "mean_log_prob", temperature: float = 1.0
) -> Verdicts:
    margin: LikelihoodMargin = component("filters/likelihood_margin", gamma=gamma, temperature=temperature, score=score)
    (verdicts,) = margin.judge([_samples(rows)], _given(rows), KEY)
    return verdicts


def test_as_many_are_drawn_as_there_were_by_a_softmax_within_the_margin() -> None:
    rng = np.random.default_rng(0)
    score = np.array([0.0, -np.log(3), -5.0])
    drawn = np.array([resampled(score, 2.0, 1.0, rng) for _ in range(4000)])
    assert np.all(drawn.sum(axis=1) == 3)
    assert np.all(drawn[:, 2] == 0)
    # Odds 3 : 1, three draws: 2.25; standard error sqrt(3 * .75 * .25 / 4000) = .0119, four of them.
    assert drawn[:, 0].mean() == pytest.approx(2.25, abs=0.048)
    # Twice as hot: odds sqrt(3) : 1, so 3 * .634 = 1.902.
    warm = np.array([resampled(score, 2.0, 2.0, rng)[0] for _ in range(4000)])
    assert warm.mean() == pytest.approx(1.902, abs=0.053)


def test_at_the_smallest_margin_the_best_alone_is_left() -> None:
    assert resampled(np.array([-3.0, -1.0, -2.0]), 1e-9, 1.0, np.random.default_rng(0)).tolist() == [0, 3, 0]


def test_each_prompt_keeps_its_weight_and_its_best_draws() -> None:
    # Means -1, -1.2 and -4: within .5 of the best are the first two.
    verdicts = _judged(ROWS, 0.5)
    assert verdicts.weight[[0, 1, 3]].sum() == 3
    assert verdicts.weight[2] == 1  # the only draw for b
    assert verdicts.reason.to_pylist()[3] == "below_margin"
    assert verdicts.kept.tolist() == (verdicts.weight > 0).tolist()


def test_sums_favour_short_texts_and_means_do_not() -> None:
    # Sums -2, -1.2 and -12: the second text is the best; by means it is the first.
    assert _judged(ROWS, 0.01, "log_prob").weight.tolist() == [0, 3, 1, 0]
    assert _judged(ROWS, 0.01, "mean_log_prob").weight.tolist() == [3, 0, 1, 0]


def test_what_lies_within_the_margin_may_still_not_be_drawn() -> None:
    # So cold a softmax draws the best alone.
    verdicts = _judged(ROWS, 0.5, temperature=1e-3)
    assert verdicts.reason.to_pylist() == [None, "not_resampled", None, "below_margin"]


def test_a_text_without_tokens_is_worse_than_any() -> None:
    verdicts = _judged([("a", 0, []), ("a", 1, [-50.0])], 10.0)
    assert verdicts.weight.tolist() == [0, 2]


def test_order_and_other_prompts_change_no_verdict() -> None:
    rng = np.random.default_rng(0)
    rows = [(f"p{i % 9}", i, list(-rng.random(3))) for i in range(90)]
    weight = _judged(rows, 0.5).weight
    assert np.array_equal(_judged(rows[::-1], 0.5).weight, weight[::-1])
    others = [row for row in rows if row[0] != "p4"]
    assert np.array_equal(_judged(others, 0.5).weight, weight[[row[0] != "p4" for row in rows]])


def test_one_draw_for_each_prompt_leaves_nothing_to_choose() -> None:
    with pytest.raises(ConfigError, match=r"each of 2 prompts has one draw.*Set generator\.draws to 2 or more"):
        _judged([("a", 0, [-1.0]), ("b", 0, [-2.0])], 0.5)


def test_settings_outside_their_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="want gamma > 0 and temperature > 0, got -1"):
        component("filters/likelihood_margin", gamma=-1.0)
