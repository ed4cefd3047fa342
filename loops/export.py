"""Texts and students of a run as folders that other tools read: `datasets`, TRL, transformers, PEFT."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from loops.errors import ConfigError
from loops.recorded import recorded_stages, store_of
from loops.ref import Ref
from loops.rows import Rows
from loops.run import views_of
from loops.samples import MESSAGE, Sample, Samples
from loops.spec import restore
from loops.student import Student
from tracking.run_dir import RunDir

OURS = ("student.json", "training.json", "canary.json", "spec.json", "manifest.json")
"""Files of a student in the store that are no part of the model."""
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")
BATCH_ROWS = 1024
PROVENANCE = [
    ("id", pa.string()),
    ("generation", pa.int32()),
    ("written_by", pa.string()),
    ("prompt_id", pa.string()),
    ("draw", pa.int32()),
    ("finish_reason", pa.string()),
]
PAYLOAD = {
    "text": [("text", pa.string())],
    "prompt": [("prompt", pa.string()), ("completion", pa.string())],
    "messages": [("messages", pa.list_(MESSAGE))],
}
Shape = Literal["text", "prompt", "messages"]


@dataclass(frozen=True)
class Texts:
    """What is exported: rows in order, their weights, and the columns that they get."""

    samples: Samples
    weight: np.ndarray  # (n_rows,)
    shape: Shape

    @property
    def human_share(self) -> float:
        """Share of rows that people wrote."""
        return float(self.samples.column("written_by").is_null().to_numpy().mean())

    def schema(self) -> pa.Schema:
        """Return the columns: payload, provenance, and weights where not all are 1."""
        weighted = [("weight", pa.float64())] if self.is_weighted else []
        return pa.schema([*PAYLOAD[self.shape], *PROVENANCE, *weighted])

    @property
    def is_weighted(self) -> bool:
        """Whether rows count differently, as a mixer or filter may have decided."""
        return bool((self.weight != 1).any())

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows as plain values."""
        for row, weight in zip(self.samples.text_rows(), self.weight, strict=True):
            plain = {**_payload(row, self.shape), **{name: getattr(row, name) for name, _ in PROVENANCE}}
            yield {**plain, "weight": float(weight)} if self.is_weighted else plain


def texts_of(run: RunDir, view: str, generation: int) -> Texts:
    """Return the texts of one view of one generation.

    Raises:
        ConfigError: there are none: another generation, another view, or a world without texts.
    """
    last = max((stage["generation"] for stage in recorded_stages(run)), default=-1)
    if not 0 <= generation <= last:
        done = f"generations 0 to {last}" if last >= 0 else "no generation yet"
        raise ConfigError(f"--generation: got {generation}, but {run.path} has {done}.")
    views = views_of(run.path, generation)
    if view not in views:
        raise ConfigError(f"--view: generation {generation} of {run.path} has no {view}, it has {', '.join(views)}.")
    value = store_of(run).open(views[view])
    samples = value.samples() if isinstance(value, Rows) else value
    if samples.kind != "text":
        raise ConfigError(f"{run.path}: holds rows of a closed-form world; only texts can be exported.")
    weight = value.weight if isinstance(value, Rows) else np.ones(len(samples))
    return Texts(samples, weight, _shape(samples))


def write_texts(texts: Texts, folder: Path, form: str) -> Path:
    """Write `train.jsonl` or `train.parquet`, some rows at a time."""
    path = folder / f"train.{form}"
    if form == "jsonl":
        with path.open("w", encoding="utf-8") as file:
            for row in texts.rows():
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return path
    from pyarrow.parquet import ParquetWriter

    schema, rows = texts.schema(), texts.rows()
    with ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, BATCH_ROWS)):
            writer.write_table(pa.Table.from_pylist(batch, schema))
    return path


def write_student(run: RunDir, generation: int, folder: Path) -> Path:
    """Write student `generation` as a folder that transformers loads; an adapter with its base beside it.

    Raises:
        ConfigError: the student is no transformers model.
    """
    store = store_of(run)
    stages = [stage for stage in recorded_stages(run) if stage["generation"] <= generation]
    found = [stage for stage in stages if stage["stage"] in ("base", "train")][-1]
    ref = Ref(found["stage"], found["key"], found["digest"], "student")
    restore(ref, store, lambda done, total, unit: None)
    student = store.open(ref)
    if not list(student.folder.glob("*.safetensors")):
        raise ConfigError(f"--model: student {generation} of {run.path} is no transformers model; leave out --model.")
    target = folder / "model"
    _copy(student, target)
    if student.base is not None:
        base = folder / "model_base"
        _copy(student.base, base)
        for name in TOKENIZER:
            if (base / name).exists():
                shutil.copy2(base / name, target)
        path = target / "adapter_config.json"
        settings = json.loads(path.read_text())
        path.write_text(json.dumps({**settings, "base_model_name_or_path": str(base.resolve())}, indent=2))
    return target


def _copy(student: Student, target: Path) -> None:
    target.mkdir()
    for path in student.folder.iterdir():
        if path.is_file() and path.name not in OURS:
            shutil.copy2(path, target)


def _shape(samples: Samples) -> Shape:
    """Choose the columns: chats where there are any, else prompt and completion where any row has a prompt."""
    if samples.column("messages").null_count < len(samples):
        return "messages"
    return "prompt" if any(samples.column("prompt").to_pylist()) else "text"


def _payload(row: Sample, shape: Shape) -> dict[str, Any]:
    if shape == "text":
        return {"text": row.completion}
    if shape == "prompt":
        return {"prompt": row.prompt, "completion": row.completion}
    before: Sequence[Any] = row.messages or ([{"role": "user", "content": row.prompt}] if row.prompt else [])
    return {"messages": [*map(dict, before), {"role": "assistant", "content": row.completion}]}
