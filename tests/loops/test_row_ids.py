"""Names of rows: what is in them, and that no two rows share one."""

from __future__ import annotations

from typing import Any

import numpy as np

from loops.row_ids import array_ids, text_id

PROVENANCE = [1, "0", 0]


def _ids(value: Any, replica: Any) -> np.ndarray:
    value, replica = np.asarray(value)[:, None], np.asarray(replica)
    return array_ids(value, replica, np.ones(len(value)), PROVENANCE)


def test_a_texts_name_covers_all_but_its_scores_and_itself() -> None:
    row = {"completion": "a", "parents": [bytes(16)], "scores": [("log_prob", -1.0)], "id": None}
    assert text_id(row) == text_id({**row, "scores": [], "id": bytes(16)})
    assert text_id(row) != text_id({**row, "completion": "b"})
    assert text_id(row) != text_id({**row, "parents": []})
    assert len(text_id(row)) == 16


def test_two_draws_of_one_value_are_two_rows_of_a_world() -> None:
    ids = _ids(np.zeros(1000, int), np.repeat([0, 1], 500))
    assert ids.shape == (1000, 2)
    assert len(np.unique(ids, axis=0)) == 1000


def test_a_replica_alone_has_the_names_that_it_has_among_others() -> None:
    both = _ids([0, 1, 2, 0, 1, 2], [4, 4, 4, 9, 9, 9])
    alone = _ids([0, 1, 2], [9, 9, 9])
    assert np.array_equal(both[3:], alone)
    mixed = _ids([0, 0, 1, 1, 2, 2], [9, 4, 9, 4, 9, 4])
    assert np.array_equal(mixed[::2], alone)


def test_a_million_rows_of_a_world_have_a_million_names() -> None:
    ids = _ids(np.arange(1_000_000) % 50, np.repeat(np.arange(100), 10_000))
    assert len(np.unique(ids.view("V16"))) == 1_000_000


def test_another_history_gives_other_names() -> None:
    value, replica, weight = np.arange(5)[:, None], np.zeros(5, int), np.ones(5)
    names = [array_ids(value, replica, weight, origin) for origin in ([1, "0", 0], [2, "0", 0], [1, "1", 0])]
    assert len(np.unique(np.concatenate(names), axis=0)) == 15
