"""A stage before it runs, and the key that it has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loops.key import Key
from loops.ref import Ref
from loops.runtime import Runtime
from loops.samples import Samples
from loops.spec import SPEC, Spec, perform
from loops.store import Store

RUNTIME = Runtime(1, "cpu", "float32", "sdpa")
ZIPF: dict[str, Any] = {
    "_target_": "loops.source.zipf.Zipf",
    "types": 5,
    "exponent": 1.0,
    "order": 0,
    "length": 1,
    "draws": 20,
    "replicas": 2,
    "language_seed": 0,
    "human_tokens": None,
    "held_out": None,
}
READ = Spec("read", RUNTIME, {"source": ZIPF}, settings={"split": "train"}, key=Key.root(0))
LM = {
    "_target_": "loops.models.causal_lm.CausalLM", "model_name_or_path": None, "revision": None,
    "trust_remote_code": False, "vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 64, "max_position_embeddings": 128, "tie_word_embeddings": True,
    "rope_theta": 10000.0,
    "initializer_range": 0.02,
}  # fmt: skip


def _quiet(done: int, total: int | None, unit: str) -> None:
    pass


@pytest.mark.parametrize(
    "other",
    [
        replace(READ, stage="truth"),
        replace(READ, components={"source": {**ZIPF, "draws": 21}}),
        replace(READ, settings={"split": "reference"}),
        replace(READ, key=Key.root(1)),
        replace(READ, key=None),
        replace(READ, inputs={"rows": Ref("draw", "k", "d", "samples")}),
        replace(READ, given={"human": Ref("draw", "k", "d", "samples")}),
    ],
)
def test_whatever_goes_in_changes_the_key(other: Spec) -> None:
    assert other.store_key != READ.store_key


def test_an_input_enters_by_its_content_and_not_by_where_it_lies() -> None:
    keys = [
        replace(READ, inputs={"rows": Ref(stage, key, digest, "samples")}).store_key
        for stage, key, digest in [("draw", "k", "d"), ("judge", "elsewhere", "d"), ("draw", "k", "other")]
    ]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_settings_that_a_component_names_are_not_in_the_key() -> None:
    assert replace(READ, components={"source": {**ZIPF, "human_tokens": 5}}).store_key == READ.store_key


def test_the_machine_is_in_the_key_of_stages_that_use_torch_alone() -> None:
    other = replace(RUNTIME, threads=2)
    assert replace(READ, runtime=other).store_key == READ.store_key
    draw = Spec("draw", RUNTIME, {"student": LM})
    assert replace(draw, runtime=other).store_key != draw.store_key
    assert "torch" in draw.identity["bits"]["versions"]


def test_a_stage_is_made_again_from_its_plain_values() -> None:
    full = replace(
        READ,
        inputs={"pool": [Ref("draw", "k", "d", "samples")], "rows": Ref("draw", "k", "e", "samples")},
        given={"human": Ref("read", "h", "d", "samples")},
        plugins=("mine",),
    )
    again = Spec.from_json(json.loads(json.dumps(full.to_json())))
    assert again == full
    assert again.store_key == full.store_key
    assert Spec.from_json(replace(READ, key=None).to_json()).key is None


def test_a_stage_is_computed_once_and_found_afterwards(tmp_path: Path) -> None:
    entry, state = perform(READ, Store(tmp_path), _quiet)
    again, later = perform(READ, Store(tmp_path), _quiet)
    assert (state, later) == ("computed", "found")
    assert again == entry
    opened = Store(tmp_path).open(entry.ref)
    assert isinstance(opened, Samples)
    assert opened.digest == entry.ref.digest
    assert len(opened) == 40


def test_what_a_stage_is_made_of_lies_beside_what_it_left(tmp_path: Path) -> None:
    entry, _ = perform(READ, Store(tmp_path), _quiet)
    spec = Spec.from_json(json.loads((entry.folder / SPEC).read_text()))
    assert spec.store_key == entry.ref.key
    assert entry.spec["identity"] == json.loads(json.dumps(READ.identity))


def test_work_left_by_an_interruption_is_gone_on_with(tmp_path: Path) -> None:
    store = Store(tmp_path)
    whole, _ = perform(READ, Store(tmp_path / "other"), _quiet)
    work = store.work(READ.store_key)
    work.mkdir(parents=True)
    Samples.of_arrays(*_wrong()).save(work)
    (work / "manifest.json").write_text("{}")
    entry, state = perform(READ, store, _quiet)
    assert state == "computed"
    assert entry.ref == whole.ref
    assert store.open(entry.ref).digest == entry.ref.digest


def _wrong() -> tuple[Any, Any]:
    import numpy as np

    return np.zeros((3, 1), int), np.zeros(3, int)


def test_a_stage_that_fails_leaves_no_entry(tmp_path: Path) -> None:
    failing = replace(READ, settings={})
    with pytest.raises(KeyError):
        perform(failing, Store(tmp_path), _quiet)
    assert Store(tmp_path).find("read", failing.store_key) is None
