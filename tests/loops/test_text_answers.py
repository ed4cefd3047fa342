"""Self-improvement on texts: the loop of the worlds, on expressions that a language model writes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from evals.expressions import evaluate
from loops.errors import ConfigError
from loops.plan import plan
from loops.preview import preview
from loops.run import Results, run
from loops.samples import Samples

GRADED = "answered,pass_at_k,distinct_correct,support_retention,never_solved,verification_gap,verifier_rates,kept_by_difficulty"  # noqa: E501
SMALL = (
    "source=expressions",
    "source.texts=600",
    "source.held_out=50",
    "source.depth=1",
    "source.operators=[and,or]",
    "source.form=construct",
    "answer=expression",
    "student.vocab_size=300",
    "student.hidden_size=32",
    "student.intermediate_size=64",
    "trainer.max_steps=60",
    "trainer.max_length=32",
    "trainer.learning_rate=0.01",
    "prompts.kind=prefix",
    "prompts.count=12",
    "generator.draws=8",
    "sampled.draws=8",
    "generator.max_new_tokens=12",
    "sampled.max_new_tokens=12",
    "measure.window=64",
    "measure.stride=32",
    f"metrics=[{GRADED}]",
    "metrics.pass_at_k.k=[1,4,8]",
    "metrics.distinct_correct.k=[8]",
    "generations=1",
    "executor=inline",
)


def _loop(folder: Path, *overrides: str) -> Results:
    return run(*SMALL, f"output_dir={folder}/out", f"store={folder}/store", *overrides)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def oracle(folder: Path) -> Results:
    rates = ("filters.verifier.true_positive_rate=1.0", "filters.verifier.false_positive_rate=0.0")
    return _loop(folder, "name=oracle", "filters=[verifier]", *rates)


def _right(samples: Samples) -> list[bool]:
    rows = list(samples.text_rows())
    return [str(evaluate(row.completion, "logic")) == row.prompt.removesuffix(" =") for row in rows]


def test_an_oracle_trains_on_correct_texts_alone(oracle: Results) -> None:
    drawn, kept = (oracle.samples(view, 1) for view in ("drawn", "kept"))
    assert 0 < sum(_right(drawn)) < len(drawn)
    assert all(_right(kept))
    assert len(kept) == sum(_right(drawn)) == len(oracle.samples("corpus", 1))


def test_every_graded_measure_is_taken_of_texts(oracle: Results) -> None:
    first, last = oracle.rows()
    assert not [name for name in last if name.endswith("/why")]
    right = _right(oracle.samples("drawn", 1))
    expected: dict[str, Any] = {
        "drawn/pass_at_k/1": sum(right) / 96,  # 12 prompts of 8 draws
        "drawn/verification_gap/verified": 1.0,
        "drawn/verifier_rates/true_positive": 1.0,
        "drawn/verifier_rates/false_positive": 0.0,
        "drawn/verifier_rates/threshold": 1.0,
    }
    assert {name: pytest.approx(last[name]) for name in expected} == expected
    assert first["sampled/support_retention/retention"] == 1
    assert first["sampled/never_solved/lost"] == first["sampled/never_solved/gained"] == 0
    for name in ("pass_at_k/1", "pass_at_k/4", "pass_at_k/8", "distinct_correct/8", "never_solved/share",
                 "support_retention/discovery", "answered/value"):  # fmt: skip
        assert math.isfinite(last[f"sampled/{name}"]), name
    kept = [last[f"drawn/kept_by_difficulty/decile_{i}"] for i in range(1, 11)]
    assert sum(kept) / 10 == pytest.approx(sum(right) / 12)


def test_arms_that_filter_otherwise_share_student_0_and_its_draws(oracle: Results, folder: Path) -> None:
    plain = _loop(folder, "name=plain")
    assert plain.samples("drawn", 1).digest == oracle.samples("drawn", 1).digest
    assert "no_filter" not in plain.rows()[1]
    assert plain.rows()[1]["drawn/verifier_rates"] is None
    assert "filters judged the draws of 0 of 12 prompts" in plain.rows()[1]["drawn/verifier_rates/why"]


def test_a_majority_vote_keeps_the_commonest_answer_to_each_prompt(folder: Path) -> None:
    results = _loop(folder, "name=vote", "filters=[majority_vote]")
    drawn, kept = (results.samples(view, 1) for view in ("drawn", "kept"))
    counts: dict[tuple[str, str], int] = {}
    for row in drawn.text_rows():
        if evaluate(row.completion, "logic") is not None:
            name = row.prompt_id, " ".join(row.completion.split())
            counts[name] = counts.get(name, 0) + 1
    most = {prompt: max(n for (asked, _), n in counts.items() if asked == prompt) for prompt, _ in counts}
    assert len(kept) == sum(n for (prompt, _), n in counts.items() if n == most[prompt])


def test_a_noisy_verifier_has_the_rates_that_it_is_given(folder: Path) -> None:
    results = _loop(folder, "name=noisy", "filters=[verifier]", "generator.draws=40")
    row, right = results.rows()[1], _right(results.samples("drawn", 1))
    for part, rate, n in (("true_positive", 0.9, sum(right)), ("false_positive", 0.3, len(right) - sum(right))):
        assert abs(row[f"drawn/verifier_rates/{part}"] - rate) < 4 * math.sqrt(rate * (1 - rate) / n), part


def test_filters_of_answers_want_to_be_told_where_an_answer_stands() -> None:
    without = [line for line in SMALL if not line.startswith("answer=")]
    with pytest.raises(ConfigError, match=r"filters\.verifier: Verifier judges answers, and answer=null does not say"):
        plan([*without, "filters=[verifier]"])
    with pytest.raises(ConfigError, match=r"answer: Pattern takes data of kind text, but source=AnswerKey gives array"):
        plan(["experiment=self_improvement", "answer=pattern"])


def test_prompts_whose_answer_is_unknown_stop_a_verifier_and_not_a_measure(folder: Path) -> None:
    unknown = ("answer=pattern", "prompts.kind=empty", "name=unknown")
    row = _loop(folder, *unknown).rows()[1]
    assert row["sampled/pass_at_k"] is None
    assert "96 of 96 draws are not graded" in row["sampled/pass_at_k/why"]
    with pytest.raises(Exception, match=r"filters\.verifier: nothing says whether 96 of 96 draws are correct"):
        _loop(folder, *unknown, "name=stopped", "filters=[verifier]")


def test_a_preview_says_what_a_verifier_would_drop(oracle: Results) -> None:
    shown = preview(oracle.runs[0], rows=5)
    assert shown.writer.startswith("student 0")
    right = [str(evaluate(row.completion, "logic")) == row.prompt.removesuffix(" =") for row in shown.texts]
    assert len(right) == 5 * 8
    assert list(shown.reasons) == [None if each else "verifier/rejected" for each in right]
