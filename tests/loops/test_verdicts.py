"""What filters say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.verdicts import Verdicts, moved

VERDICTS = Verdicts.of([None, "too_short", "cut", None, "cut"])


def test_a_row_without_a_reason_is_kept() -> None:
    assert VERDICTS.kept.tolist() == [True, False, False, True, False]
    assert VERDICTS.weight.tolist() == [1.0] * 5


def test_drops_are_counted_by_reason_most_first() -> None:
    assert list(VERDICTS.counts().items()) == [("cut", 2), ("too_short", 1)]
    assert Verdicts.of([None]).counts() == {}


def test_shards_with_different_reasons_join_in_order() -> None:
    joined = Verdicts.concat([VERDICTS, Verdicts.of(["random", None], np.array([1.0, 0.5])), Verdicts.of([])])
    assert joined.reason.to_pylist() == [None, "too_short", "cut", None, "cut", "random", None]
    assert joined.weight.tolist() == [1.0] * 6 + [0.5]
    assert len(Verdicts.concat([])) == 0


def test_verdicts_are_opened_as_they_were_saved(tmp_path: Path) -> None:
    for verdicts in (VERDICTS, Verdicts.of([]), Verdicts.of([None, None])):
        verdicts.save(tmp_path)
        opened = Verdicts.open(tmp_path)
        assert opened.reason.to_pylist() == verdicts.reason.to_pylist()
        assert opened.kept.tolist() == verdicts.kept.tolist()


def test_shards_are_split_off_and_join_again() -> None:
    verdicts = Verdicts.of([None, "cut", None], np.array([1.0, 1.0, 0.5]), {"auroc": 0.75})
    parts = verdicts.split([2, 0, 1])
    assert [part.reason.to_pylist() for part in parts] == [[None, "cut"], [], [None]]
    joined = Verdicts.concat(parts)
    assert joined.reason.to_pylist() == [None, "cut", None]
    assert joined.weight.tolist() == [1.0, 1.0, 0.5]
    assert joined.figures == {"auroc": 0.75}


def test_what_a_filter_says_of_itself_is_stored(tmp_path: Path) -> None:
    Verdicts.of([None], figures={"auroc": 0.75}).save(tmp_path)
    assert Verdicts.open(tmp_path).figures == {"auroc": 0.75}
    (tmp_path / "figures.json").unlink()  # as older stores are
    assert Verdicts.open(tmp_path).figures == {}


def test_weight_that_moves_is_counted_once() -> None:
    # Shares .25 each become .5, .5, 0, 0: half the sum of .25 + .25 + .25 + .25.
    assert moved(np.ones(4), np.array([1, 1, 0, 0])) == 0.5
    # 1 of 5 equal rows is dropped; of rows of weight 3 and 1, the second is: a quarter.
    assert moved(np.ones(5), np.array([1, 1, 0, 1, 1])) == pytest.approx(0.2)
    assert moved(np.array([3, 1]), np.array([3, 0])) == 0.25
    # Shares .5 and .5 become .75 and .25.
    assert moved(np.ones(2), np.array([3, 1])) == 0.25


def test_a_factor_that_is_the_same_for_all_rows_moves_nothing_and_a_total_loss_moves_all() -> None:
    assert moved(np.array([0.1, 0.7, 1.3]), np.array([0.1, 0.7, 1.3]) * 1.7) == pytest.approx(0, abs=1e-15)
    assert moved(np.ones(3), np.zeros(3)) == 1


def test_what_had_no_weight_cannot_move() -> None:
    with pytest.raises(ValueError, match="moved: 0 rows have a total weight of 0, want more than 0"):
        moved(np.zeros(0), np.zeros(0))
