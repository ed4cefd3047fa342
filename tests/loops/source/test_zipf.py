"""The language with known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.key import Key
from loops.run import component
from loops.source.zipf import Zipf, continue_chain, inverse_cdf, zipf

KEY = Key.root(0).fold("data")


def _zipf(**settings: Any) -> Zipf:
    made: Zipf = component("source/zipf", **settings)
    return made


def test_frequencies_follow_the_rank() -> None:
    # 1, 1/2, 1/3, 1/4 over their sum 25/12.
    assert zipf(4, 1.0) == pytest.approx([12 / 25, 6 / 25, 4 / 25, 3 / 25])
    assert zipf(4, 0.0) == pytest.approx([0.25] * 4)
    assert zipf(4, 2.0)[0] / zipf(4, 2.0)[3] == pytest.approx(16)


def test_inverse_cdf_gives_each_type_its_interval() -> None:
    p = np.array([0.25, 0.0, 0.5, 0.25])
    assert inverse_cdf(p, np.array([0.0, 0.249, 0.25, 0.74, 0.75, 0.999999])).tolist() == [0, 0, 2, 2, 3, 3]


def test_a_type_of_no_probability_is_never_drawn() -> None:
    p = np.array([0.0, 0.1, 0.2, 0.7, 0.0])
    edges = np.concatenate([np.cumsum(p)[:4], [0.0, np.nextafter(1.0, 0.0)]])
    drawn = inverse_cdf(p, edges[edges < 1])
    assert drawn.min() == 1
    assert drawn.max() == 3


def test_draws_have_the_frequencies_of_the_truth() -> None:
    world = _zipf(types=20, draws=50, replicas=400)
    counts = np.bincount(world.draw("train", KEY).values().ravel(), minlength=20)
    expected = zipf(20, 1.0) * 20_000
    # Chi-square with 19 degrees of freedom: mean 19, sd 6.2.
    assert ((counts - expected) ** 2 / expected).sum() < 19 + 4 * 6.2


def test_a_replica_alone_is_drawn_as_among_others() -> None:
    for settings in ({"order": 0}, {"order": 1, "length": 5}):
        world = {"types": 10, "draws": 7, **settings}
        several = _zipf(replicas=6, **world).draw("train", KEY)
        alone = _zipf(replicas=[4], **world).draw("train", KEY)
        assert np.array_equal(several.ids()[several.numbers("replica") == 4], alone.ids())


def test_splits_and_keys_give_other_draws() -> None:
    world = _zipf(replicas=2)
    draws = [world.draw("train", KEY), world.draw("reference", KEY), world.draw("train", KEY.fold(1))]
    assert len({each.values().tobytes() for each in draws}) == 3
    assert world.draw("train", KEY).digest == draws[0].digest


def test_the_reference_sample_has_a_size_of_its_own_and_begins_alike() -> None:
    whole, smaller = (_zipf(draws=9, replicas=2, held_out=rows) for rows in (None, 4))
    assert len(smaller.draw("train", KEY)) == 2 * 9
    reference = smaller.draw("reference", KEY)
    assert len(reference) == 2 * 4
    first = whole.draw("reference", KEY).values().reshape(2, 9)[:, :4]
    assert np.array_equal(reference.values().reshape(2, 4), first)


def test_human_rows_are_written_by_no_student() -> None:
    assert _zipf(replicas=1).draw("train", KEY).column("written_by").null_count == 100


def test_infinitely_many_draws_are_the_truth_as_weights() -> None:
    rows = _zipf(types=5, draws=None, replicas=2).draw("train", KEY)
    assert rows.values().ravel().tolist() == [0, 1, 2, 3, 4] * 2
    assert rows.numbers("weight") == pytest.approx(np.tile(zipf(5, 1.0), 2))


def test_rows_of_the_chain_are_permuted_zipf_frequencies() -> None:
    world = _zipf(types=8, order=1, length=3)
    transitions = world.transitions()
    assert np.sort(transitions, axis=1)[:, ::-1] == pytest.approx(np.tile(zipf(8, 1.0), (8, 1)))
    assert not np.array_equal(transitions, _zipf(types=8, order=1, length=3, language_seed=1).transitions())


def test_the_truth_of_a_chain_is_its_stationary_distribution_of_pairs() -> None:
    truth = _zipf(types=8, order=1, length=3).truth()
    assert truth["context"] @ truth["transitions"] == pytest.approx(truth["context"])
    pairs = truth["probabilities"].reshape(8, 8)
    assert pairs.sum(axis=1) == pytest.approx(truth["context"])
    assert pairs.sum() == pytest.approx(1)


def test_a_chain_goes_where_its_row_says() -> None:
    cumulative = np.cumsum(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]]), axis=1)
    value = np.zeros((2, 4), int)
    continue_chain(value, cumulative, np.array([[0, 0, 0, 0.4], [0, 0.9, 0.9, 0.6]]))
    assert value.tolist() == [[0, 1, 2, 0], [0, 1, 2, 1]]


def test_pairs_of_the_chain_are_as_frequent_as_its_transitions_say() -> None:
    world = _zipf(types=4, order=1, length=50, draws=100, replicas=10)
    value = world.draw("train", KEY).values()
    pairs = np.bincount((value[:, :-1] * 4 + value[:, 1:]).ravel(), minlength=16).reshape(4, 4)
    transitions = world.transitions()
    expected = pairs.sum(axis=1, keepdims=True) * transitions
    # 4 rows with 3 degrees of freedom each: mean 12, sd 4.9.
    assert ((pairs - expected) ** 2 / expected).sum() < 12 + 4 * 4.9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"types": 1}, "want types >= 2, length >= 1 and exponent >= 0"),
        ({"order": 2}, r"order: got 2, want 0 \(independent\) or 1 \(Markov\)"),
        ({"draws": None, "order": 1}, r"draws: null \(infinitely many\) needs order 0 and length 1"),
        ({"draws": 0}, "draws: got 0, want at least 1"),
        ({"held_out": 0}, "held_out: got 0, want 1 or more rows of the reference sample"),
        (
            {"held_out": 5, "draws": None},
            "held_out: got 5, want 1 or more rows of the reference sample, with draws set",
        ),
        ({"replicas": 0}, "replicas: got 0, want 1 or more"),
        ({"replicas": [1, 1]}, "want 1 or more, or a list of different numbers"),
        ({"replicas": []}, "want 1 or more"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _zipf(**settings)
