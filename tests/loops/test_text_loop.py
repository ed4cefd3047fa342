"""The loop on real text, end to end: what comes out, what is shared, and what is refused."""

from __future__ import annotations

import json
import pydoc_data.topics
from pathlib import Path
from typing import Any

import pytest

from evals.words import words
from loops.ref import Ref
from loops.report import report_data
from loops.run import Results, RunFailed, run
from loops.store import Store

SMALL = (
    "student.vocab_size=400",
    "student.hidden_size=32",
    "student.intermediate_size=64",
    "generations=2",
    "source.human_tokens=3000",
    "generator.tokens=1500",
    "sampled.tokens=1500",
    "generator.max_new_tokens=32",
    "sampled.max_new_tokens=32",
    "trainer.max_steps=4",
    "trainer.max_length=32",
    "splits.reference=0.1",
    "splits.auditor=0.1",
    "measure.n_words=400",
    "executor=inline",
)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Help texts of the interpreter, one file for each topic."""
    folder = tmp_path_factory.mktemp("texts")
    for name, text in sorted(pydoc_data.topics.topics.items())[:30]:
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def loop(texts: Path, folder: Path, *overrides: str) -> Results:
    places = (f"source.path={texts}", f"output_dir={folder}/out", f"store={folder}/store")
    paragraphs = r"source.separator='\n\n'"
    return run("experiment=demo", "source=text", paragraphs, *SMALL, *places, *overrides)


def stages(results: Results, arm: str) -> dict[tuple[int, str], dict[str, Any]]:
    (one,) = (run for run in results.runs if run.arm == arm)
    lines = [json.loads(line) for line in (one.folder / "stages.jsonl").read_text().splitlines()]
    return {(line["generation"], line["name"]): line for line in lines}


@pytest.fixture(scope="module")
def results(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return loop(texts, tmp_path_factory.mktemp("run"), "arm=[replace,accumulate,human_only]")


def test_rows_hold_the_names_that_others_rely_on(results: Results) -> None:
    rows = [row for row in results.rows() if row["arm"] == "replace"]
    assert [row["generation"] for row in rows] == [0, 1, 2]
    for name in ("student/token_frequency_nll/head", "student/token_frequency_nll/tail", "student/perplexity/value"):
        assert all(row[f"{name}/low"] <= row[name] <= row[f"{name}/high"] for row in rows)
    for name in ("sampled/distinct_n/2", "sampled/missing_mass/2"):
        assert all({f"{name}/low", f"{name}/high", f"{name}/human"} <= row.keys() for row in rows)
    assert rows[0]["corpus/human_share"] == 1
    assert rows[1]["corpus/human_share"] == 0
    assert "drawn/tokens" not in rows[0]
    assert rows[1]["drawn/tokens"] >= 1500
    assert rows[1]["training/steps"] == 4


def test_the_share_of_short_texts_is_counted_in_words_of_every_view(results: Results) -> None:
    row = next(row for row in results.rows() if row["arm"] == "replace" and row["generation"] == 1)
    for view in ("sampled", "drawn", "kept", "corpus"):
        texts = results.samples(view, 1, arm="replace").texts()
        # measure.max_words of the demo is 10.
        assert row[f"{view}/short_share"] == sum(len(words(text)) < 10 for text in texts) / len(texts)
    assert 0 < row["human/short_share"] < 1


def test_arms_share_student_0_and_the_draws_of_generation_1(results: Results) -> None:
    replace, accumulate, human_only = (stages(results, arm) for arm in ("replace", "accumulate", "human_only"))
    assert replace[0, "train"]["key"] == accumulate[0, "train"]["key"] == human_only[0, "train"]["key"]
    assert accumulate[0, "train"]["state"] == "found"
    assert replace[1, "draw"]["digest"] == accumulate[1, "draw"]["digest"]
    assert replace[2, "draw"]["digest"] != accumulate[2, "draw"]["digest"]
    assert (1, "draw") not in human_only


def test_what_is_drawn_and_what_is_sampled_are_one_stage_where_settings_agree(results: Results) -> None:
    replace = stages(results, "replace")
    assert replace[0, "sample"]["key"] == replace[1, "draw"]["key"]


def test_accumulate_trains_on_human_text_and_on_all_that_was_kept(results: Results) -> None:
    human, first, second = (results.samples("corpus", g, arm="accumulate") for g in range(3))
    kept = [results.samples("kept", g, arm="accumulate") for g in (1, 2)]
    assert [row.id for row in first] == [row.id for row in human] + [row.id for row in kept[0]]
    assert len(second) == len(human) + len(kept[0]) + len(kept[1])


def test_the_report_says_how_much_human_text_each_bucket_stands_on(results: Results) -> None:
    first = results.runs[0]
    counted = report_data([one.folder for one in results.runs]).buckets
    assert {size.arms for size in counted} == {("replace", "accumulate", "human_only")}
    store = Store(Path(first.place["store"]))
    for split, part in (("train", "train_occurrences"), ("reference", "reference_occurrences")):
        stage = stages(results, "replace")[0, f"select/{split}"]
        texts = store.open(Ref("select", stage["key"], stage["digest"], "rows")).samples().texts()
        n_words = sum(len(words(text)) for text in texts)
        for division in ("words by count", "words by mass"):
            assert sum(getattr(size, part) for size in counted if size.division == division) == n_words
    assert next(size for size in counted if size.bucket == "seen_0").reference_types > 0


def test_the_auditor_is_scored_beside_the_history_and_not_in_it(results: Results) -> None:
    audited = [json.loads(line) for line in (results.runs[0].folder / "auditor.jsonl").read_text().splitlines()]
    history = [row for row in results.rows() if row["arm"] == "replace"]
    assert [row["generation"] for row in audited] == [0, 1, 2]
    assert all(
        a["student/perplexity/value"] != h["student/perplexity/value"] for a, h in zip(audited, history, strict=True)
    )


def test_embeddings_are_made_once_a_view_and_measured_beside_human_text(texts: Path, tmp_path: Path) -> None:
    chosen = ("metrics=[vendi,prdc,pairwise_cosine]", "embedder=student_0", "measure.n_texts=20")
    results = loop(texts, tmp_path, "arm=replace", "generations=1", *chosen)
    for row in results.rows():
        for name in ("sampled/vendi/q1", "sampled/prdc/recall", "corpus/pairwise_cosine/value"):
            assert row[f"{name}/low"] <= row[name] <= row[f"{name}/high"]
            assert f"{name}/human" in row
    (folder,) = (run.folder for run in results.runs)
    lines = [json.loads(line) for line in (folder / "stages.jsonl").read_text().splitlines()]
    made = [line["name"] for line in lines if line["generation"] == 1 and line["stage"] == "embed"]
    assert len(made) == len(set(made)), "three metrics share each pass"
    assert {"embeddings/sampled", "embeddings/drawn", "embeddings/human", "embeddings/reference"} <= set(made)


def test_prefix_prompts_are_human_and_only_what_follows_is_measured(texts: Path, tmp_path: Path) -> None:
    prefix = ("prompts.kind=prefix", "prompts.tokens=4", "prompts.count=20", "generator.tokens=null")
    drawn = loop(texts, tmp_path, "arm=replace", "generations=1", *prefix).samples("drawn", 1)
    rows = list(drawn.text_rows())
    human = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(texts.glob("*.txt")))
    assert len(rows) == 20
    assert all(row.prompt and row.prompt in human for row in rows)
    assert not any(row.completion.startswith(row.prompt) for row in rows)


def test_a_chat_student_answers_its_own_prompts(chat_checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "chats.jsonl"
    turns = [
        [
            {"role": "user", "content": f"What is {i} plus {i}?"},
            {"role": "assistant", "content": f"It is {2 * i}. " * 9},
        ]
        for i in range(60)
    ]
    path.write_text("".join(json.dumps({"messages": messages}) + "\n" for messages in turns))
    results = run(
        "experiment=demo",
        "source=jsonl",
        f"source.path={path}",
        "source.text_column=null",
        "source.messages_column=messages",
        "student=checkpoint",
        f"student.model_name_or_path={chat_checkpoint}",
        "arm=replace",
        *(line for line in SMALL if not line.startswith(("student.", "generator.", "sampled.", "trainer.max_length"))),
        "source.human_tokens=null",
        "prompts.kind=prefix",
        "prompts.count=10",
        "prompts.tokens=4",
        "generator.max_new_tokens=16",
        "sampled.max_new_tokens=16",
        "trainer.max_length=64",
        "trainer.loss_on=completion",
        "measure.window=64",
        "measure.stride=32",
        f"output_dir={tmp_path}/out",
        f"store={tmp_path}/store",
    )
    rows = list(results.samples("drawn", 1).text_rows())
    assert len(rows) == 10
    assert all(row.messages and row.messages[-1]["role"] == "user" for row in rows)


def test_splits_that_overlap_stop_the_run_with_an_example(texts: Path, tmp_path: Path) -> None:
    first = sorted(texts.glob("*.txt"))[0]
    with pytest.raises(RunFailed, match=r"reference texts share a 13-gram with train .*reference/"):
        loop(texts, tmp_path, "arm=replace", f"source.reference_path={first}")


def test_splits_that_the_user_gives_are_trained_and_measured_on(tmp_path: Path) -> None:
    parts = [part for text in pydoc_data.topics.topics.values() for part in text.split("\n\n")]
    paragraphs = sorted({" ".join(part.split()) for part in parts}, key=len)
    for name, part in (("train", paragraphs[-400::2]), ("reference", paragraphs[-399::4])):
        (tmp_path / f"{name}.txt").write_text("\n\n".join(part), encoding="utf-8")
    own = (f"source.reference_path={tmp_path}/reference.txt", "splits.jaccard=1.0", "splits.ngram=200")
    results = loop(tmp_path / "train.txt", tmp_path, "arm=replace", "generations=0", *own)
    (row,) = results.rows()
    assert row["student/word_frequency_nll/tail"] > row["student/word_frequency_nll/head"] > 0


def test_texts_are_drawn_until_the_filters_have_kept_the_budget(texts: Path, tmp_path: Path) -> None:
    half = ("filters=[random]", "filters.random.keep_share=0.4", "budget=kept", "generations=1")
    results = loop(texts, tmp_path, "arm=replace", *half)
    drawn, kept = (results.samples(view, 1) for view in ("drawn", "kept"))
    tokens = kept.numbers("n_tokens")
    assert tokens.sum() - tokens[-1] < 1500 <= tokens.sum()  # SMALL asks for 1,500; the last text may go over it
    assert drawn.numbers("n_tokens").sum() > 2 * 1500
    places = [drawn.ids().tolist().index(row_id) for row_id in kept.ids().tolist()]
    assert places == sorted(places)
    assert results.rows()[1]["corpus/rows"] == len(kept)


def test_filters_that_leave_nothing_are_named(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"generation 1, arm replace: filters\.length left nothing") as failure:
        loop(texts, tmp_path, "arm=replace", "filters.length.min_words=500")
    assert failure.value.exit_code == 3


def test_figures_of_the_tail_stand_beside_those_of_held_out_human_text(texts: Path, tmp_path: Path) -> None:
    metrics = "metrics=[tail_gap,perplexity_square,calibration,typicality,rank_tail_mass,support_coverage]"
    sizes = ("measure.n_texts=12", "measure.n_words=200", "measure.groups=5", "measure.resamples=50")
    results = loop(texts, tmp_path, "arm=replace", "generations=1", metrics, *sizes)
    first, last = results.rows()
    assert (first["student/tail_gap/value"], first["student/tail_gap/value/high"]) == (0, 0)
    assert last["student/tail_gap/value/low"] < last["student/tail_gap/value"] < last["student/tail_gap/value/high"]
    for row in (first, last):
        # the baseline of the square is one figure in all generations, and human text has no human text beside it
        assert row["student/perplexity_square/student_0"] == first["student/perplexity_square/own"]
        assert "student/calibration/ece/human" not in row
        assert row["sampled/calibration/ece/human"] == row["student/calibration/ece"]
        assert row["sampled/typicality/w1/human"] > 0  # of other human texts than the reference
        # held-out words: some of them train text does not hold
        assert row["sampled/rank_tail_mass/beyond_99/human"] > 0.01
        assert row["sampled/support_coverage/seen_1/human"] != 1


def test_human_text_that_is_too_short_for_the_budget_is_said(texts: Path, tmp_path: Path) -> None:
    sizes = ("measure.n_words=3000", "measure.max_words=100", "sampled.tokens=30000")
    results = loop(texts, tmp_path, "arm=replace", "generations=0", "metrics=[rank_tail_mass]", *sizes)
    (row,) = results.rows()
    assert isinstance(row["sampled/rank_tail_mass/beyond_50"], float)
    assert row["sampled/rank_tail_mass/human"] is None
    assert "of 3,000 words" in row["sampled/rank_tail_mass/human/why"]


def test_texts_that_nothing_grades_are_said_to_lack_answers_and_the_run_goes_on(texts: Path, tmp_path: Path) -> None:
    results = loop(texts, tmp_path, "arm=replace", "generations=1", "metrics=[pass_at_k]")
    last = results.rows()[-1]
    for view in ("sampled", "drawn"):
        assert last[f"{view}/pass_at_k"] is None
        assert "draws are not graded" in last[f"{view}/pass_at_k/why"]
        assert "Texts need what finds and checks their answers" in last[f"{view}/pass_at_k/why"]
    names = {name for _, name in stages(results, "replace")}
    assert {"graded/sampled", "graded/drawn"} <= names
    assert not [name for name in names if name.startswith("human/")]


def test_mitigations_read_their_passes_and_tell_what_they_changed(texts: Path, tmp_path: Path) -> None:
    names = ("likelihood_margin", "cluster_cap", "tail_quota", "detector")
    draws = ("generator.tokens=null", "generator.draws=3", "prompts.count=20", "filters.cluster_cap.n_clusters=5")
    few = ("metrics=[missing_mass]", "generations=1", "filters.detector.folds=2")
    results = loop(texts, tmp_path, "arm=replace", f"filters=[{','.join(names)}]", *draws, *few)
    row = results.rows()[1]
    assert all(0 < row[f"mitigation/{name}/changed_share"] < 1 for name in names)
    assert row["mitigation/detector/auroc"] > 0.9  # four steps of training write no English
    assert row["mitigation/tail_quota/shortfall"] >= 0
    assert row["corpus/tokens"] != row["drawn/tokens"]
    assert "mitigation/detector/auroc" not in results.rows()[0]
