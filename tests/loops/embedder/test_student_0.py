"""Student 0 as embedder: the same space for all generations, named by student 0 and the code that opens it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loops.embedder.student_0 import Student0
from loops.errors import ConfigError
from loops.given import Given
from loops.lookup import Step, walk
from loops.plan import plan
from loops.runtime import Runtime
from loops.samples import Samples
from loops.student import Student

SMALL = ("experiment=demo", "scale=smoke", "arm=replace", "metrics=[vendi]", "embedder=student_0")


def embeds(*overrides: str) -> list[Step]:
    (arm,) = plan([*SMALL, *overrides])
    return [step for step in walk(arm) if step.spec.stage == "embed"]


def test_what_it_reads_alike_lies_together(stories: Student, runtime: Runtime) -> None:
    texts = ("Lily and her mom went to the park.", "Lily and her dad went to the park.", "def f(x): return x ** 2")
    samples = Samples.of_text([{"completion": text} for text in texts])
    rows = Student0().embed(samples, Given({"student_0": stories}), runtime)
    assert rows.shape == (3, 64)
    near, far = (np.linalg.norm(rows[0] - rows[i]) for i in (1, 2))
    assert near < far / 2


def test_the_same_student_embeds_every_generation(tmp_path: Path) -> None:
    steps = embeds(f"store={tmp_path}/store")
    assert {step.generation for step in steps} >= {0, 1}
    students = {step.spec.given["student_0"] for step in steps}
    assert len(students) == 1


def test_student_0_its_code_and_the_machine_are_in_the_key(tmp_path: Path) -> None:
    store = f"store={tmp_path}/store"
    (first, *_), (other_student, *_), (other_machine, *_) = (
        embeds(store, *more) for more in ((), ("trainer.learning_rate=0.5",), ("runtime.threads=2",))
    )
    identity = first.spec.identity
    assert set(identity["components"]) == {"embedder", "student"}
    assert "transformers" in identity["bits"]["versions"]
    assert identity["given"]["student_0"] != other_student.spec.identity["given"]["student_0"]
    assert identity["bits"] != other_machine.spec.identity["bits"]


def test_a_student_that_cannot_embed_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mute_student.py").write_text(
        "from dataclasses import dataclass\nfrom loops.models.causal_lm import CausalLM\n\n\n"
        "@dataclass(frozen=True, slots=True)\nclass Mute(CausalLM):\n    can = ('sample', 'log_probs')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    mute = ("student._target_=mute_student.Mute", "plugins=[mute_student]")
    with pytest.raises(
        ConfigError, match=r"Student0 reads student 0, but student=Mute can sample, log_probs, not embed"
    ):
        plan([*SMALL, *mute])
    assert plan([*SMALL, *mute, "metrics=[perplexity]"])
