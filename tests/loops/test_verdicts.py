"""What filters say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loops.verdicts import Verdicts

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
