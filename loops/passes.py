"""Model passes that metrics and filters share: each is a stage, made when the first component asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loops.arm import Arm
from loops.engine import Engine
from loops.ref import Ref

CUT = ("embeddings", "token_scores", "log_probs")
"""What is read of texts that were cut alike; log-probabilities of human text alone are of whole texts."""
PASSES = (
    "parameters",
    "embeddings",
    "reference_embeddings",
    "log_probs",
    "student_0_log_probs",
    "reference_log_probs",
    "reference_student_0_log_probs",
    "graded",
    "student_0_graded",
)
"""What a metric's needs may name that a pass makes."""
JUDGED = ("embeddings", "human_embeddings", "student_0_log_probs")
"""What a filter's needs may name that a pass makes: of whole texts, those that it judges or human train text."""


def passes_for_filter(arm: Arm, engine: Engine, name: str, rows: Ref) -> dict[str, Ref]:
    """Return what a filter's needs name besides what the loop knows, of the `rows` that it is to judge."""
    needs = [need for need in arm.built[f"filters.{name}"].needs if need in JUDGED]
    student_0, human = engine.known["student_0"], engine.known["human"]
    assert isinstance(student_0, Ref), student_0
    assert isinstance(human, Ref), human
    passes = Passes(arm, engine, student_0, human)
    return {
        need: passes.made("embeddings", "human", human) if need == "human_embeddings" else passes.made(need, name, rows)
        for need in needs
    }


@dataclass
class Passes:
    """The passes of one student, with one human split as reference."""

    arm: Arm
    engine: Engine
    student: Ref
    reference: Ref
    kept: Ref | None = None
    """What the filters left of the view `drawn`, before a budget cut it; None where nothing judged."""
    done: dict[tuple[str, Ref], Ref] = field(default_factory=dict)

    def view_of(self, metric: str, view: str, ref: Ref) -> Ref:
        """Return the texts that a metric reads of a view."""
        made = self.arm.built[f"metrics.{metric}"]
        if made.reads not in CUT or (made.reads == "log_probs" and made.views == ("student",)):
            return ref
        # Human text beside a distance from the reference is other texts of it: from itself it has no distance.
        other = view == "human" and ref == self.reference and "reference" in made.needs
        return self._shared("second_cut" if other else "cut", view, ref)

    def given(self, metric: str, view: str, rows: Ref) -> dict[str, Ref]:
        """Return what a metric's needs name besides what the loop knows."""
        needs = [need for need in self.arm.built[f"metrics.{metric}"].needs if need in PASSES]
        return {"reference": self.reference} | {need: self._shared(need, view, rows) for need in needs}

    def _shared(self, need: str, view: str, rows: Ref) -> Ref:
        if (need, rows) not in self.done:
            self.done[need, rows] = self.made(need, view, rows)
        return self.done[need, rows]

    def made(self, need: str, view: str, rows: Ref) -> Ref:
        """Make what a need names of the texts of a view."""
        kind, measure, label = need.removeprefix("reference_"), self.arm.measure, f"{need}/{view}"
        if kind != need:
            return self._shared(kind, "reference", self._shared("cut", "reference", self.reference))
        if kind == "graded":
            judged = {"kept": self.kept} if view == "drawn" and self.kept is not None else {}
            return self.engine.do("grade", None, {"rows": rows, **judged, **self._truth()}, label=label)
        if kind == "student_0_graded":
            rows = self._known("student_0_sampled")
            return self.engine.do("grade", None, {"rows": rows, **self._truth()}, label=label)
        if kind in ("cut", "second_cut"):
            skip = measure.n_texts if kind == "second_cut" else 0
            settings = {"n_texts": measure.n_texts, "max_words": measure.max_words, "skip": skip}
            return self.engine.do("cut", None, {"rows": rows}, settings, self.arm.data_key.fold("measure"), label=label)
        if kind == "embeddings":
            return self.engine.do("embed", self._embedder(), {"rows": rows}, label=label)
        model = {"student": self.arm.node("student")}
        if kind == "parameters":
            return self.engine.do("parameters", model, {"student": self.student})
        student = self.engine.known["student_0"] if kind == "student_0_log_probs" else self.student
        settings = {"window": measure.window, "stride": measure.stride}
        return self.engine.do("log_probs", model, {"student": student, "rows": rows}, settings, label=label)

    def _embedder(self) -> dict[str, Mapping[str, Any]]:
        """Return what takes part in embedding: with student 0, the code that opens it too."""
        embedder = {"embedder": self.arm.node("embedder")}
        reads_student = "student_0" in self.arm.built["embedder"].needs
        return embedder | ({"student": self.arm.node("student")} if reads_student else {})

    def _truth(self) -> dict[str, Ref]:
        return {"truth": self._known("truth")} if "truth" in self.engine.known else {}

    def _known(self, name: str) -> Ref:
        ref = self.engine.known[name]
        assert isinstance(ref, Ref), ref
        return ref
