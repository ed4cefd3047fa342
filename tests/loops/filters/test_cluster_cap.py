"""Caps on clusters of drawn texts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.filters.cluster_cap import ClusterCap, caps, first_of_each
from loops.given import Given
from loops.key import Key
from loops.run import component
from loops.samples import Samples
from loops.verdicts import Verdicts

KEY = Key.root(0)
LEFT, RIGHT = np.array([1.0, 0.0]), np.array([0.0, 1.0])


def _rows(n: int) -> Samples:
    return Samples.of_text([{"completion": f"text {i}"} for i in range(n)])


def _given(drawn: np.ndarray, human: np.ndarray) -> Given:
    return Given({"embeddings": {"embeddings": drawn}, "human_embeddings": {"embeddings": human}})


def _two_sides(left: int, right: int) -> np.ndarray:
    """Texts beside two points, each a little off."""
    points = np.vstack([np.tile(LEFT, (left, 1)), np.tile(RIGHT, (right, 1))])
    return points + 0.01 * np.random.default_rng(left).random(points.shape)


def _judged(drawn: np.ndarray, human: np.ndarray, max_ratio: float = 1.0, n_clusters: int = 2) -> Verdicts:
    (verdicts,) = ClusterCap(n_clusters, max_ratio).judge([_rows(len(drawn))], _given(drawn, human), KEY)
    return verdicts


def test_a_cap_is_the_human_share_of_all_that_was_drawn_and_at_least_one() -> None:
    # Human shares 2/4, 1/4, 1/4, 0 of 10 drawn texts: 5, 2.5, 2.5, 0.
    assert caps(np.array([0, 0, 1, 2]), 4, 10, 1.0).tolist() == [5, 2, 2, 1]
    assert caps(np.array([0, 0, 1, 2]), 4, 10, 2.0).tolist() == [10, 5, 5, 1]
    assert caps(np.array([0, 1, 2]), 3, 9, 1.0).tolist() == [3, 3, 3]  # not 2, for 9 * (1/3) in floats


def test_a_cap_needs_human_texts() -> None:
    with pytest.raises(ValueError, match="caps: got no human texts"):
        caps(np.zeros(0, int), 3, 10, 1.0)


def test_the_first_of_each_cluster_stay() -> None:
    cluster, rank = np.array([1, 0, 1, 1, 0]), np.array([0.3, 0.2, 0.1, 0.2, 0.9])
    # Cluster 1 by rank: rows 2, 3, 0; cluster 0: rows 1, 4.
    assert first_of_each(cluster, np.array([1, 2]), rank).tolist() == [False, True, True, True, False]
    assert first_of_each(cluster, np.array([5, 5]), rank).all()


def test_a_crowded_region_is_cut_to_its_human_share() -> None:
    # 8 of 10 drawn texts are on the left, half of the human ones: 5 may stay; the 2 on the right are too few.
    verdicts = _judged(_two_sides(8, 2), _two_sides(50, 50))
    assert verdicts.kept[:8].sum() == 5
    assert verdicts.kept[8:].all()
    assert verdicts.counts() == {"crowded": 3}
    assert verdicts.weight.tolist() == [1.0] * 10


def test_draws_that_lie_as_human_texts_do_all_stay() -> None:
    assert _judged(_two_sides(5, 5), _two_sides(50, 50)).kept.all()
    assert _judged(_two_sides(8, 2), _two_sides(50, 50), max_ratio=1.6).kept.all()  # a cap of 8


def test_a_region_without_human_text_is_thinned_and_not_emptied() -> None:
    verdicts = _judged(_two_sides(8, 2), _two_sides(0, 50))
    assert verdicts.kept[:8].sum() == 1


def test_order_and_shards_change_no_verdict() -> None:
    rng = np.random.default_rng(0)
    samples, drawn, human = _rows(90), rng.normal(size=(90, 4)), rng.normal(size=(60, 4))
    cap, backwards = ClusterCap(6, 1.0), np.arange(90)[::-1]
    kept = Verdicts.concat(list(cap.judge(samples.shards(7), _given(drawn, human), KEY))).kept
    (reversed_,) = cap.judge([samples.select(backwards)], _given(drawn[backwards], human), KEY)
    assert np.array_equal(kept, reversed_.kept[::-1])
    assert 0 < kept.sum() < 90


def test_fewer_different_texts_than_clusters_make_fewer_clusters() -> None:
    drawn = np.vstack([np.tile(LEFT, (6, 1)), np.tile(RIGHT, (4, 1))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = _judged(drawn, _two_sides(10, 10), n_clusters=50).kept
    assert kept.sum() == 9  # 5 of 6, and 4


def test_settings_outside_their_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="want n_clusters >= 2 and max_ratio > 0, got 1 and 1"):
        component("filters/cluster_cap", n_clusters=1)
    with pytest.raises(ConfigError, match="got 50 and 0"):
        component("filters/cluster_cap", max_ratio=0.0)
