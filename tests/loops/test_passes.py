"""Passes: which texts a metric reads, which passes it is given, and that each is made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loops.arm import Arm
from loops.passes import Passes, passes_for_filter
from loops.plan import plan
from loops.ref import Ref

WORDS, ON_HUMAN, SQUARE = "distinct_n", "tail_gap", "perplexity_square"
OWN, AGAINST, WORLD, ASKED = "calibration", "typicality", "known_truth", "fact_recall"


def ref(name: str) -> Ref:
    return Ref("stage", name, name, "samples")


STUDENT, STUDENT_0, SAMPLED, REFERENCE, TRAIN = map(ref, ("student", "student_0", "sampled", "reference", "train"))


class Recorder:
    """Stands for the engine: remembers what was asked for and names what would come out of it."""

    def __init__(self) -> None:
        self.known = {"student_0": STUDENT_0, "human": TRAIN}
        self.asked: list[dict[str, Any]] = []

    def do(
        self, stage: str, components: Any = None, inputs: Any = None, settings: Any = None, *rest: Any, **named: Any
    ):  # type: ignore[no-untyped-def]
        self.asked.append({"stage": stage, "inputs": inputs, "settings": settings, **named})
        told = [f"{name}={one.key}" for name, one in inputs.items() if name != "rows"]
        skip = [f"skip={settings['skip']}"] if settings and settings.get("skip") else []
        return ref(f"{stage}({', '.join([inputs['rows'].key if 'rows' in inputs else '', *told, *skip])})")


@pytest.fixture(scope="module")
def arm() -> Arm:
    metrics = ",".join((WORDS, ON_HUMAN, SQUARE, OWN, AGAINST, ASKED))
    return plan(["experiment=demo", "arm=replace", f"metrics=[{metrics}]", "measure.n_texts=7"])[0]


@pytest.fixture
def passes(arm: Arm) -> Passes:
    return Passes(arm, Recorder(), STUDENT, REFERENCE)  # type: ignore[arg-type]


def test_words_are_read_of_all_texts(passes: Passes) -> None:
    assert passes.view_of(WORDS, "sampled", SAMPLED) == SAMPLED
    assert passes.given(WORDS, "sampled", SAMPLED) == {"reference": REFERENCE}


def test_what_measures_human_text_alone_reads_it_whole(passes: Passes) -> None:
    assert passes.view_of(ON_HUMAN, "student", REFERENCE) == REFERENCE
    assert passes.given(ON_HUMAN, "student", REFERENCE) == {
        "reference": REFERENCE,
        "log_probs": ref("log_probs(reference, student=student)"),
        "student_0_log_probs": ref("log_probs(reference, student=student_0)"),
    }


def test_human_text_that_is_compared_with_sampled_text_is_cut_like_it(passes: Passes) -> None:
    views = [passes.view_of(SQUARE, view, rows) for view, rows in (("student", REFERENCE), ("sampled", SAMPLED))]
    assert views == [ref("cut(reference)"), ref("cut(sampled)")]


def test_scores_are_of_the_texts_as_cut_and_the_reference_is_cut_alike(passes: Passes, arm: Arm) -> None:
    view = passes.view_of(AGAINST, "sampled", SAMPLED)
    assert passes.given(AGAINST, "sampled", view) == {
        "reference": REFERENCE,
        "student_0_log_probs": ref("log_probs(cut(sampled), student=student_0)"),
        "reference_student_0_log_probs": ref("log_probs(cut(reference), student=student_0)"),
    }
    cuts = [asked for asked in passes.engine.asked if asked["stage"] == "cut"]  # type: ignore[attr-defined]
    assert [asked["settings"] for asked in cuts] == [{"n_texts": 7, "max_words": 10, "skip": 0}] * 2


def test_the_human_value_beside_a_distance_from_the_reference_is_of_other_texts_of_it(passes: Passes) -> None:
    assert passes.view_of(AGAINST, "human", REFERENCE) == ref("cut(reference, skip=7)")
    assert passes.view_of(OWN, "human", REFERENCE) == ref("cut(reference)")  # no distance: the same texts as `student`
    assert passes.view_of(AGAINST, "human", TRAIN) == ref("cut(train)")  # other texts already


def test_each_pass_is_asked_for_once(passes: Passes) -> None:
    for metric, view, rows in (
        (SQUARE, "sampled", SAMPLED),
        (OWN, "sampled", SAMPLED),
        (AGAINST, "sampled", SAMPLED),
        (SQUARE, "student", REFERENCE),
    ):
        passes.given(metric, view, passes.view_of(metric, view, rows))
    made = [asked["stage"] for asked in passes.engine.asked]  # type: ignore[attr-defined]
    # two cuts, each scored by the student and by student 0
    assert sorted(made) == ["cut", "cut", "log_probs", "log_probs", "log_probs", "log_probs"]


def test_what_reads_probes_is_given_the_students_pass_over_them(passes: Passes) -> None:
    passes.engine.known["probes"] = ref("probes")
    rows = passes.view_of(ASKED, "student", REFERENCE)
    assert rows == ref("probes")
    assert passes.given(ASKED, "student", rows)["log_probs"] == ref("log_probs(probes, student=student)")


def test_without_probes_it_is_handed_reference_text_and_says_what_is_missing(passes: Passes) -> None:
    assert passes.view_of(ASKED, "student", REFERENCE) == REFERENCE


def test_the_label_names_pass_and_view(passes: Passes) -> None:
    passes.given(AGAINST, "kept", passes.view_of(AGAINST, "kept", SAMPLED))
    labels = [asked["label"] for asked in passes.engine.asked]  # type: ignore[attr-defined]
    assert labels == ["cut/kept", "student_0_log_probs/kept", "cut/reference", "student_0_log_probs/reference"]


def test_a_world_gives_its_parameters(tmp_path: Path) -> None:
    world = plan(["experiment=urn", "arm=replace"])[0]
    passes = Passes(world, Recorder(), STUDENT, REFERENCE)  # type: ignore[arg-type]
    assert passes.view_of(WORLD, "student", REFERENCE) == REFERENCE
    assert passes.given(WORLD, "student", REFERENCE)["parameters"] == ref("parameters(, student=student)")


def test_filters_are_given_passes_over_the_whole_texts_that_they_judge() -> None:
    filters = "filters=[length,cluster_cap,likelihood_margin]"
    arm, engine = plan(["experiment=demo", "arm=replace", filters])[0], Recorder()
    given = [passes_for_filter(arm, engine, name, SAMPLED) for name in arm.nodes("filters")]  # type: ignore[arg-type]
    assert given == [
        {},
        {"embeddings": ref("embed(sampled)"), "human_embeddings": ref("embed(train)")},
        {"student_0_log_probs": ref("log_probs(sampled, student=student_0)")},
    ]
    labels = [asked["label"] for asked in engine.asked]
    assert labels == ["embeddings/cluster_cap", "embeddings/human", "student_0_log_probs/likelihood_margin"]
