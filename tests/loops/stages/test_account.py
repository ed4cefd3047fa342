"""What lies in a view, with a tokenizer whose tokens are words."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from loops.job import Job
from loops.key import Key
from loops.ref import Ref
from loops.rows import Rows
from loops.runtime import Runtime
from loops.samples import Samples
from loops.stages import account

REF = Ref("draw", "d", "d", "samples")
TEXTS = Samples.of_text(
    [
        {"completion": "a b c", "finish_reason": "length", "written_by": "0", "scores": {"followed": 1.0}},
        {"completion": "d", "finish_reason": "stop", "written_by": "0", "scores": {"followed": 0.0}},
        {"completion": "e f", "finish_reason": "stop", "written_by": "0", "scores": {"followed": 1.0}},
        {"completion": "g h i j", "scores": {}},
    ]
)


def _counts(folder: Path, rows: Rows) -> dict[str, Any]:
    tokenizer = SimpleNamespace(count=lambda samples: np.array([len(text.split()) for text in samples.texts()]))
    job = Job(
        work=folder,
        components={"student": SimpleNamespace(tokenizer=lambda student: tokenizer)},
        nodes={},
        inputs={"rows": rows, "tokenizer": None},
        refs={"rows": REF, "tokenizer": REF},
        given={},
        settings={},
        key=Key.root(0),
        runtime=Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa"),
        progress=lambda done, total, unit: None,
    )
    account.run(job)
    counts: dict[str, Any] = json.loads((folder / "numbers.json").read_text())
    return counts


def test_rows_tokens_and_shares_are_counted(tmp_path: Path) -> None:
    # 3 + 1 + 2 + 4 tokens, the 4 of human text; one text of four was cut; two of the three that say so follow.
    assert _counts(tmp_path, Rows.all_of(TEXTS, REF)) == {
        "rows": 4,
        "tokens": 10,
        "human_share": 0.4,
        "length_limit_share": 0.25,
        "followed_share": pytest.approx(2 / 3),
    }


def test_texts_without_a_condition_have_no_share_that_follow_one(tmp_path: Path) -> None:
    counts = _counts(tmp_path, Rows.all_of(TEXTS, REF).select(np.array([3])))
    assert counts == {"rows": 1, "tokens": 4, "human_share": 1.0, "length_limit_share": 0.0}
