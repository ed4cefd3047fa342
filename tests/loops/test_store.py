"""The store of finished stages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops import digest
from loops.errors import StoreError
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples
from loops.store import MANIFEST, Entry, Store

NUMBERS = {"a": 1.5}


def _finish(store: Store, key: str = "k1", numbers: Any = NUMBERS) -> Entry:
    work = store.work(key)
    work.mkdir(parents=True, exist_ok=True)
    (work / "numbers.json").write_text(json.dumps(numbers))
    (work / "deep").mkdir(exist_ok=True)
    (work / "deep" / "log").write_text("log")
    return store.commit(Ref("count", key, digest.of_value(numbers), "numbers"), 2.5, {"stage": "count"})


def test_a_finished_stage_is_found_by_a_process_that_did_not_write_it(tmp_path: Path) -> None:
    made = _finish(Store(tmp_path))
    found = Store(tmp_path).find("count", "k1")
    assert found == made
    assert found is not None
    assert (found.folder, found.seconds, found.spec) == (tmp_path / "count" / "k1", 2.5, {"stage": "count"})
    assert sorted(found.files) == ["deep/log", "numbers.json"]
    assert not (tmp_path / "work" / "k1").exists()


def test_what_was_not_finished_is_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.find("count", "k1") is None
    store.folder("count", "k1").mkdir(parents=True)
    assert store.find("count", "k1") is None


def test_half_written_files_do_not_enter_an_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.work("k1").mkdir(parents=True)
    (store.work("k1") / "shard-00003.partial").write_bytes(b"half")
    assert not list(_finish(store).folder.rglob("*.partial"))


def test_every_kind_is_opened_as_what_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    samples = Samples.of_text([{"completion": "a"}, {"completion": "b"}])
    texts = Ref("draw", "t", samples.digest, "samples")
    store.work("t").mkdir(parents=True)
    samples.save(store.work("t"))
    store.commit(texts, 0, {})
    rows = Rows.all_of(samples, texts).select(np.array([1]))
    kept = Ref("judge", "r", rows.digest, "rows")
    store.work("r").mkdir(parents=True)
    rows.save(store.work("r"))
    store.commit(kept, 0, {})
    arrays = Ref("truth", "a", "d", "arrays")
    store.work("a").mkdir(parents=True)
    np.savez(store.work("a") / "arrays.npz", p=np.arange(3))
    store.commit(arrays, 0, {})
    other = Store(tmp_path)
    assert other.open(kept).samples().texts() == ["b"]
    assert other.open(arrays)["p"].tolist() == [0, 1, 2]
    assert other.open(_finish(store).ref) == NUMBERS
    assert {entry.ref.key for entry in other.entries()} == {"t", "r", "a", "k1"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "numbers.json",
            b'{"a": 1.6}',
            r"count/k1/numbers\.json: does not match its checksum\. The stage is not used\.",
        ),
        (
            "deep/log",
            None,
            r"count/k1/deep/log: is missing\. The stage is not used\. Recompute it with `recompute=true`",
        ),
        (MANIFEST, b"{", r"manifest\.json: not a manifest"),
        (MANIFEST, b"\xff\xfe", r"manifest\.json: not a manifest"),
        (MANIFEST, b"[]", r"manifest\.json: not a manifest"),
        (MANIFEST, b"{}", r"manifest\.json: not a manifest \('ref'\).*or remove its folder"),
    ],
)
def test_a_damaged_entry_is_refused_with_its_path_and_what_to_do(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path = _finish(Store(tmp_path)).folder / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        Store(tmp_path).find("count", "k1")
    assert Store(tmp_path, recompute=True).find("count", "k1") is None


def test_recomputing_replaces_a_damaged_entry(tmp_path: Path) -> None:
    (_finish(Store(tmp_path)).folder / "numbers.json").write_text("{}")
    store = Store(tmp_path, recompute=True)
    assert store.find("count", "k1") is None
    assert store.open(_finish(store).ref) == NUMBERS
    assert Store(tmp_path).find("count", "k1") is not None


def test_an_entry_that_is_gone_says_how_to_get_it_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ref = _finish(store).ref
    store.forget(ref)
    assert not (tmp_path / "count" / "k1").exists()
    with pytest.raises(StoreError, match=r"count/k1: gone from the store\. Run the experiment again"):
        store.open(ref)


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    from filelock import FileLock, Timeout

    with Store(tmp_path).lock("k1"), pytest.raises(Timeout):
        FileLock(tmp_path / "locks" / "k1").acquire(timeout=0.01)
    with Store(tmp_path).lock("k1"):
        pass


def test_many_stages_are_opened_with_bounded_memory(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ref = _finish(store).ref
    assert all(store.open(replace(ref, digest=str(i))) == NUMBERS for i in range(300))
    assert len(store._open) <= 256
