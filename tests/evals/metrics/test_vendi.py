"""Vendi score by hand, at its extremes, as the reference package has it, and with an interval that holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evals.interval import delete_group_jackknife
from evals.metrics.vendi import Vendi, vendi_score

ORDERS = (0.5, 1, 2, 3, math.inf)


def mixture(rng: np.random.Generator) -> np.ndarray:
    """Draw 60 rows around 12 directions, some rarer than others."""
    kinds = rng.choice(12, size=60, p=np.arange(1, 13) / 78)
    return np.asarray(np.eye(12)[kinds] + 0.3 * rng.normal(size=(60, 12)))


def test_value_by_hand() -> None:
    # K / n of three equal texts and one orthogonal to them has the eigenvalues 3/4 and 1/4.
    rows = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0]])
    assert vendi_score(rows, 0) == pytest.approx(2)
    assert vendi_score(rows, 1) == pytest.approx((4 / 3) ** 0.75 * 4**0.25)
    assert vendi_score(rows, 2) == pytest.approx(1.6)
    assert vendi_score(rows, math.inf) == pytest.approx(4 / 3)
    # Two texts with cosine .6: eigenvalues .8 and .2, so 1 / (.64 + .04)
    assert vendi_score([[1.0, 0.0], [0.6, 0.8]], 2) == pytest.approx(1 / 0.68)


@pytest.mark.parametrize("q", [0, *ORDERS])
def test_extremes_are_one_for_copies_and_n_for_orthogonal_texts(q: float) -> None:
    row = np.random.default_rng(0).normal(size=64)
    assert vendi_score(np.tile(row, (200, 1)), q) == pytest.approx(1)
    assert vendi_score(np.tile(row, (20, 1)), q) == pytest.approx(1)
    assert vendi_score(np.eye(50), q) == pytest.approx(50)


def test_order_of_texts_their_lengths_and_doubling_all_do_not_matter(embedded: Any) -> None:
    found = vendi_score(embedded.view, 1)
    assert vendi_score(embedded.view[::-1] * 3, 1) == pytest.approx(found)
    assert vendi_score(np.concatenate([embedded.view, embedded.view]), 1) == pytest.approx(found)


def test_agrees_with_the_reference_package_at_every_order(embedded: Any) -> None:
    # At q = .5 eigenvalues that are noise count for 1e-8 each there, and for nothing here.
    for form in ("kernel", "dual"):
        for q, expected in embedded.values["vendi"][form].items():
            assert vendi_score(embedded.view, float(q)) == pytest.approx(expected, rel=1e-6 if q == "0.5" else 1e-10)


def test_component_names_its_parts_by_order() -> None:
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    found = Vendi(q=(0.5, 2, "inf")).measure(rows, None)
    assert found == pytest.approx({"q0.5": vendi_score(rows, 0.5), "q2": 1.6, "qinf": 4 / 3})


def test_too_little_and_rows_without_direction_are_errors() -> None:
    with pytest.raises(ValueError, match=r"vendi: got 0 texts, want 2 or more"):
        vendi_score(np.zeros((0, 3)), 1)
    with pytest.raises(ValueError, match=r"vendi: 2 of 3 rows are zeros"):
        vendi_score([[0, 0], [0, 0], [1, 0]], 1)
    with pytest.raises(ValueError, match=r"q is -0\.5, want 0 or more"):
        vendi_score(np.eye(3), -0.5)


@pytest.mark.parametrize("q", [(), (1, 1), (-1.0,), (math.inf,), (math.nan,)])
def test_impossible_orders_are_refused_when_the_component_is_made(q: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r'vendi: q is \[.*want orders of 0 or more, each once; infinity is "inf"'):
        Vendi(q=q)


def test_jackknife_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(20)
    truth = np.mean([vendi_score(mixture(rng), 1) for _ in range(2000)])
    metric, held = Vendi(q=(1,)), []
    for _ in range(120):
        rows = mixture(rng)
        estimate = lambda places, rows=rows: metric.measure(rows[list(places)], None)  # noqa: E731
        interval = delete_group_jackknife(estimate, range(len(rows)), rng)["q1"]
        held.append(interval.low <= truth <= interval.high)
    assert 0.90 <= np.mean(held) <= 0.99
