"""How much human text lies in each bucket, counted from what the stage `buckets` left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loops.bucket_sizes import bucket_sizes, sizes
from loops.run import Results, run
from loops.store import Store
from tracking.report.data import BucketSize
from tracking.run_dir import RunDir

TRAIN = {"words": {"the": 4, "cat": 3, "sat": 2, "mat": 1}, "tokens": {"5": 2, "7": 1, "8": 1}}
REFERENCE = {"words": {"the": 7, "mat": 1, "dog": 2, "fox": 1}, "tokens": {"5": 3, "9": 1}}


def _values(size: BucketSize) -> tuple[Any, ...]:
    trained = size.train_types, size.train_occurrences
    return (size.division, size.bucket, *trained, size.reference_types, size.reference_occurrences)


def test_sizes_are_counted_by_hand_in_the_buckets_of_train_text() -> None:
    # Words of train begin at 0, 4, 7, 9 of 10: one in each quarter. Tokens begin at 0, 2 (two of them) of 4.
    assert [_values(size) for size in sizes(TRAIN, REFERENCE, ["a", "b"])] == [
        ("words by count", "seen_0", 0, 0, 2, 3),
        ("words by count", "seen_1", 1, 1, 1, 1),
        ("words by count", "seen_2_3", 2, 5, 0, 0),
        ("words by count", "seen_4_10", 1, 4, 1, 7),
        ("words by mass", "head", 1, 4, 1, 7),
        ("words by mass", "upper", 1, 3, 0, 0),
        ("words by mass", "lower", 1, 2, 0, 0),
        ("words by mass", "tail", 1, 1, 1, 1),
        ("words by mass", "unseen", 0, 0, 2, 3),
        ("tokens by mass", "head", 1, 2, 1, 3),
        ("tokens by mass", "lower", 2, 2, 0, 0),
        ("tokens by mass", "unseen", 0, 0, 1, 1),
    ]
    assert all(size.arms == ("a", "b") for size in sizes(TRAIN, REFERENCE, ["a", "b"]))


def test_train_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="got no counts, want those of the human train split"):
        list(sizes({"words": {}, "tokens": {}}, REFERENCE, ["a"]))


class Counted:
    """A run that has counted these words, and the store that holds the counts."""

    def __init__(self, arm: str, seed: int, digest: str, **train: int) -> None:
        self.arm, self.seed, self.counts = arm, seed, {"words": train, "tokens": train}
        self.digest, self.path = digest, Path(arm) / f"seed_{seed}"

    def read_stages(self) -> list[dict[str, str]]:
        key = f"{self.arm} {self.seed}"
        splits = (("train", self.digest), ("reference", "r"))
        counted = [{"stage": "buckets", "name": f"buckets/{split}", "key": key, "digest": d} for split, d in splits]
        return [{"stage": "base", "name": "base", "key": key, "digest": "b"}, *counted]


def _sizes(*runs: Counted) -> list[tuple[tuple[str, ...], str, int]]:
    by_digest = {run.digest: run.counts for run in runs} | {"r": REFERENCE}

    class Opened:
        def open(self, ref: Any) -> Any:
            return by_digest[ref.digest]

    found = bucket_sizes(runs, {run.path: Opened() for run in runs})  # type: ignore[arg-type]
    return [(size.arms, size.bucket, size.train_types) for size in found if size.division == "tokens by mass"]


def test_arms_and_seeds_with_the_same_text_are_told_once() -> None:
    runs = Counted("replace", 0, "t", a=1), Counted("replace", 1, "t", a=1), Counted("accumulate", 0, "t", a=1)
    assert _sizes(*runs) == [(("replace", "accumulate"), "head", 1), (("replace", "accumulate"), "unseen", 0)]


def test_arms_with_other_text_are_told_apart() -> None:
    one, other = Counted("replace", 0, "t", a=1), Counted("large", 0, "u", a=3, b=3)
    assert [found[:2] for found in _sizes(one, other) if found[1] == "head"] == [
        (("replace",), "head"),
        (("large",), "head"),
    ]


def test_a_world_has_no_words(tmp_path: Path) -> None:
    place = [f"output_dir={tmp_path}/out", f"store={tmp_path}/store", "executor=inline"]
    results: Results = run("experiment=urn", "scale=smoke", "arm=replace", "source.replicas=2", *place)
    folder = results.runs[0].folder
    assert bucket_sizes([RunDir(folder)], {folder: Store(tmp_path / "store")}) == []
