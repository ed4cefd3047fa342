"""Whole runs on closed-form worlds: against theory, against themselves, and when something is wrong."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.theory.urn import WrightFisher, expected_heterozygosity
from loops.cli import command
from loops.errors import HeirloomError
from loops.mixer.mix import Mix
from loops.rows import Rows
from loops.run import Results, RunFailed, run
from loops.source.zipf import zipf
from loops.verdicts import Verdicts
from tracking.run_dir import RunDir

Start = Callable[..., Results]
SMALL = ("source.types=10", "source.draws=10", "source.replicas=20", "generations=1")
PARTS = ("types", "missing_mass", "heterozygosity")


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return `run` on a store of the test's own; flushing is for power cuts, which no test has."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    def urn(*overrides: str, place: str = "a", experiment: bool = True) -> Results:
        where = [f"output_dir={tmp_path}/{place}", f"store={tmp_path}/{place}/store"]
        return run(*(["experiment=urn"] if experiment else []), *where, *overrides)

    return urn


Measured = dict[tuple[str, int, str], np.ndarray]


def _measured(results: Results) -> Measured:
    """Return the values of all replicas by arm, generation and part, (replicas,)."""
    values: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    for row in results.rows():
        for part in PARTS:
            values[row["arm"], row["generation"], part].append(row[f"student/known_truth/{part}"])
    return {name: np.array(numbers) for name, numbers in values.items()}


def _z(values: np.ndarray, expected: float) -> float:
    return float((values.mean() - expected) / (values.std(ddof=1) / np.sqrt(len(values))))


def _stages(results: Results) -> list[dict[str, Any]]:
    return [stage for one in results.runs for stage in RunDir(one.folder).read_stages()]


def _computed(results: Results) -> Counter[str]:
    return Counter(stage["name"] for stage in _stages(results) if stage["state"] == "computed")


def _digests(results: Results) -> list[tuple[Any, ...]]:
    return [(stage["generation"], stage["name"], stage["key"], stage["digest"]) for stage in _stages(results)]


# Against theory. Ten draws a generation, so that one row too few shows; 3,000 chains, seed 0.

ORACLE = ("source.types=10", "source.draws=10", "source.replicas=3000", "generations=5")


def _worst(measured: Measured, arm: str, late: int = 0) -> float:
    """Return the largest |z| over parts and generations, row g held against fit g + 1 + late."""
    curves = WrightFisher(10, 1.0, 10, arm).curves(5 + late)  # type: ignore[arg-type]
    scores = [
        _z(measured[arm, g, part], float(curves[f"student/known_truth/{part}"][0][g + late]))
        for part in PARTS
        for g in range(6)
    ]
    return max(map(abs, scores))


def test_o6_o7_o9_hold_within_four_standard_errors(start: Start) -> None:
    # Seed 0: the largest |z| is 1.6 in each arm. Held one fit too late it is 67 for replace and 14 for accumulate.
    measured = _measured(start(*ORACLE))
    for arm in ("replace", "accumulate", "human_only"):
        assert _worst(measured, arm) < 4
    for arm in ("replace", "accumulate"):
        assert _worst(measured, arm, late=1) > 4


def test_a_regime_that_keeps_one_row_too_few_is_noticed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    # With 9 of 10 rows the chain loses 1/9 instead of 1/10 at each resampling. Seed 0: |z| = 10.3.
    whole = Mix.mix

    def one_too_few(self: Mix, human: Rows, pool: Any, kept: Rows | None, given: Any, *more: Any) -> Rows:
        corpus = whole(self, human, pool, kept, given, *more)
        if kept is None:
            return corpus
        replica = corpus.samples().numbers("replica")
        first = np.unique(replica, return_index=True)[1]
        return corpus.select(np.setdiff1d(np.arange(len(corpus)), first))

    monkeypatch.setattr(Mix, "mix", one_too_few)
    assert _worst(_measured(start(*ORACLE, "arm=replace")), "replace") > 4


def test_o7_the_zipf_urn_of_a_thousand_types(start: Start) -> None:
    settings = ["source.types=1000", "source.draws=1000", "source.replicas=30", "generations=4", "arm=replace"]
    measured = _measured(start(*settings))
    for g, types, mass in [(0, 333.7, 0.209), (1, 247.6, 0.264), (4, 150.6, 0.353)]:  # fits 1, 2 and 5
        assert abs(_z(measured["replace", g, "types"], types)) < 4
        assert abs(_z(measured["replace", g, "missing_mass"], mass)) < 4


def test_from_the_truth_itself_student_g_is_fit_g(start: Start) -> None:
    truth = zipf(10, 1.0)
    settings = ["generations=3", "arm=replace", "generation_0=base", "student.initial=truth"]
    measured = _measured(start(*ORACLE[:-1], *settings))
    assert measured["replace", 0, "heterozygosity"] == pytest.approx(1 - (truth**2).sum())
    expected = expected_heterozygosity(truth, 10, 3, "replace")
    for g in (1, 2, 3):
        assert abs(_z(measured["replace", g, "heterozygosity"], expected[g - 1])) < 4


def test_nothing_seen_is_ever_lost_by_accumulating_or_by_human_text_alone(start: Start) -> None:
    measured = _measured(start(*SMALL[:-1], "generations=3"))
    for arm in ("accumulate", "human_only"):
        for g in (1, 2, 3):
            assert np.array_equal(measured[arm, g, "types"], measured[arm, 0, "types"])
    assert (measured["replace", 3, "types"] <= measured["replace", 0, "types"]).all()


def test_human_only_is_the_same_student_in_every_generation(start: Start) -> None:
    results = start(*SMALL, "arm=human_only", "generations=2")
    assert len({stage["digest"] for stage in _stages(results) if stage["name"] == "train"}) == 1


# Infinitely many draws: the map q <- (1 - share) norm(q^(1/T)) + share p of Marchi et al. 2024 (arXiv 2404.02325).

ENDLESS = (
    "source=zipf", "student=categorical", "trainer=counts", "metrics=[known_truth]", "executor=inline", "mixer=replace",
    "prompts.count=null", "source.draws=null", "source.replicas=1", "measure.n_words=null",
)  # fmt: skip


def _mapped(share: float, temperature: float, steps: int) -> np.ndarray:
    p = q = zipf(100, 1.0)
    for _ in range(steps):
        shaped = (q / q.max()) ** (1 / temperature)
        q = (1 - share) * shaped / shaped.sum() + share * p
    return q


def _entropy(q: np.ndarray) -> float:
    return float(-(q[q > 0] * np.log(q[q > 0])).sum())


@pytest.mark.parametrize(
    ("temperature", "share", "entropy", "divergence"),
    [(0.9, 0.0, 0.0, None), (0.9, 0.1, 1.142, 0.944), (0.9, 0.5, 3.406, 0.016), (1.1, 0.0, 4.605, None),
     (1.1, 0.5, None, 0.0075), (1.0, 0.1, 3.681, 0.0)],
)  # fmt: skip
def test_infinitely_many_draws_follow_the_temperature_map(
    start: Start, temperature: float, share: float, entropy: float | None, divergence: float | None
) -> None:
    q, p = _mapped(share, temperature, 50), zipf(100, 1.0)
    assert entropy is None or _entropy(q) == pytest.approx(entropy, abs=5e-4)
    assert divergence is None or float((p * np.log(p / q)).sum()) == pytest.approx(divergence, abs=5e-4)
    settings = [f"generator.temperature={temperature}", f"mixer.human_share={share}", "generations=6"]
    results = start(*ENDLESS, *settings, experiment=False)
    reached = results.samples("sampled", 6).numbers("weight")
    assert reached == pytest.approx(_mapped(share, temperature, 6), abs=1e-12)


def test_fifty_steps_of_the_loop_reach_the_published_entropy(start: Start) -> None:
    results = start(*ENDLESS, "generator.temperature=0.9", "mixer.human_share=0.1", "generations=50", experiment=False)
    assert _entropy(results.samples("sampled", 50).numbers("weight")) == pytest.approx(1.142, abs=5e-4)


# Sharing: one key, one stage.


def test_arms_share_student_0_and_the_draws_of_generation_1(start: Start) -> None:
    # Generation 0: truth, 2 reads, base, human, prompts, train, sample, 2 accounts, new human text, probabilities,
    # metric = 13. Generation 1 of each arm: mix, train, sample, 2 accounts, new human text, probabilities, metric = 8;
    # what is drawn is what student 0 was sampled for.
    results = start(*SMALL, "arm=[replace,accumulate]")
    stages = _stages(results)
    assert sum(stage["state"] == "computed" for stage in stages) == 13 + 8 + 8
    assert len({stage["key"] for stage in stages}) == 29
    first, second = (RunDir(one.folder).read_stages() for one in results.runs)
    shared = {stage["key"] for stage in first} & {stage["key"] for stage in second}
    assert len(shared) == 13
    assert {stage["state"] for stage in second if stage["generation"] == 0} == {"found"}
    (drawn,) = (stage for stage in second if stage["name"] == "draw")
    assert drawn["key"] in shared


def test_a_second_run_computes_nothing(start: Start) -> None:
    first = start(*SMALL)
    rows, digests = first.rows(), _digests(first)
    second = start(*SMALL)
    assert not _computed(second)
    assert (second.rows(), _digests(second)) == (rows, digests)


def test_more_generations_keep_the_rows_before_and_recompute_nothing(start: Start) -> None:
    before = start(*SMALL, "generations=1")
    rows = before.rows()
    after = start(*SMALL, "generations=3")
    assert [row for row in after.rows() if row["generation"] <= 1] == rows
    assert not [stage for stage in _stages(after) if stage["state"] == "computed" and stage["generation"] <= 1]


def test_a_metric_added_to_a_finished_run_is_computed_alone(start: Start) -> None:
    start(*SMALL)
    results = start(*SMALL, "metrics=[known_truth,distinct_n]", "metrics.distinct_n.n=[1]")
    assert {name.partition("/")[2] for name in _computed(results)} == {"distinct_n"}
    assert "sampled/distinct_n/1" in results.rows()[0]


def test_seeds_share_the_human_sample_and_nothing_that_is_drawn(start: Start) -> None:
    results = start(*SMALL, "seeds=[0,1]", "arm=replace")
    first, second = (RunDir(one.folder).read_stages() for one in results.runs)
    shared = {stage["name"] for stage in first} & {s["name"] for s in second if s["key"] in {f["key"] for f in first}}
    alike = {"parameters", "student/known_truth"}  # of equal students: counting draws no random number
    assert shared == {
        "truth",
        "read/train",
        "read/reference",
        "human",
        "prompts",
        "account/corpus",
        "new_human",
        *alike,
    }


def test_a_replica_alone_is_the_replica_among_others(start: Start) -> None:
    settings = [
        "source.types=10", "source.draws=20", "generations=3", "arm=[replace,accumulate]", "mixer.size=15",
        "filters=[random]", "filters.random.keep_share=0.9", "prompts.count=40",
    ]  # fmt: skip
    several, alone = start(*settings, "source.replicas=12"), start(*settings, "source.replicas=[7]", place="b")
    measured = [name for name in several.rows()[0] if name.startswith("student/")]
    whole = {(row["arm"], row["generation"], row["replica"]): row for row in several.rows()}
    for row in alone.rows():
        same = whole[row["arm"], row["generation"], 7]
        assert [same[name] for name in measured] == [row[name] for name in measured]


def test_the_number_of_workers_changes_no_digest(start: Start) -> None:
    inline = start(*SMALL)
    processes = start(*SMALL, "executor=processes", "executor.workers=2", place="b")
    assert _digests(processes) == _digests(inline)
    assert processes.rows() == inline.rows()


# What a run leaves.


def test_views_of_a_generation_can_be_read(start: Start) -> None:
    results = start(*SMALL, "filters=[random]", "filters.random.keep_share=0.5")
    drawn, kept = (results.samples(view, 1, arm="replace") for view in ("drawn", "kept"))
    assert len(drawn) == 200
    assert 50 < len(kept) < 150
    assert set(map(bytes, kept.ids())) < set(map(bytes, drawn.ids()))
    assert results.samples("corpus", 1, arm="replace").digest == kept.digest
    assert len(results.samples("corpus", 0)) == 200
    assert results.samples("sampled", 0, arm="replace").digest == drawn.digest
    with pytest.raises(HeirloomError, match=r"generation 0 has no view 'kept', it has "):
        results.samples("kept", 0)
    with pytest.raises(HeirloomError, match="no run with arm 'none' and seed None"):
        results.samples("drawn", 1, arm="none")


def test_rows_say_who_is_measured_and_on_what(start: Start) -> None:
    results = start(*SMALL, "arm=accumulate", "generations=2")
    rows = [row for row in results.rows() if row["replica"] == 0]
    assert [row["generation"] for row in rows] == [0, 1, 2]
    assert [row["corpus/tokens"] for row in rows] == [200, 400, 600]
    assert [row["corpus/human_share"] for row in rows] == pytest.approx([1, 1 / 2, 1 / 3])
    assert rows[1]["drawn/rows"] == 200
    assert "drawn/rows" not in rows[0]
    assert rows[0]["start"] == "train"
    assert rows[1]["start"] == "base"


def test_what_no_mixer_reads_is_not_drawn(start: Start) -> None:
    results = start(*SMALL, "arm=human_only")
    assert not [stage for stage in _stages(results) if stage["name"] == "draw"]


def test_a_folder_of_another_run_is_refused_with_the_keys_and_a_name(start: Start, tmp_path: Path) -> None:
    start(*SMALL, "arm=replace")
    from tracking.run_dir import RunDirError

    with pytest.raises(RunDirError, match=r"(?s)source\.types.*name=urn_2"):
        start(*SMALL, "arm=replace", "source.types=11")


# When something is wrong.


def _entry(results: Results, name: str) -> Path:
    stage = next(stage for stage in _stages(results) if stage["name"] == name)
    return Path(results.runs[0].place["store"]) / stage["stage"] / stage["key"]


@pytest.mark.parametrize(("name", "file"), [("draw", "shard-00000.arrow"), ("train", "world.npz"), ("mix", "rows.npz")])
def test_a_damaged_entry_is_refused_and_recomputed_on_request(start: Start, name: str, file: str) -> None:
    results = start(*SMALL, "arm=replace")
    rows, path = results.rows(), _entry(results, name) / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(RunFailed, match=rf"{path}: does not match its checksum.*`recompute=true`") as failure:
        start(*SMALL, "arm=replace")
    assert failure.value.exit_code == 2
    again = start(*SMALL, "arm=replace", "recompute=true")
    assert again.rows() == rows
    assert sum(_computed(again).values()) == 1
    assert not _computed(start(*SMALL, "arm=replace"))


EMPTY = '+arms.empty=["mixer=replace","filters=[random]","filters.random.keep_share=0"]'


def test_a_filter_that_leaves_nothing_is_named_and_its_drops_are_kept(start: Start) -> None:
    with pytest.raises(RunFailed, match=r"generation 1, arm empty: filters\.random left nothing") as failure:
        start(*SMALL, EMPTY, "arm=empty")
    assert failure.value.exit_code == 3
    folder = Path(str(failure.value).partition("lie in ")[2].partition(". Loosen")[0])
    verdicts = Verdicts.open(folder)
    assert verdicts.counts() == {"random": 200}


def test_an_arm_that_fails_leaves_the_others_alone(start: Start, tmp_path: Path) -> None:
    for place, executor in {"a": "inline", "b": "processes"}.items():
        with pytest.raises(RunFailed) as failure:
            start(*SMALL, EMPTY, "arm=[empty,replace]", f"executor={executor}", place=place)
        assert [each["arm"] for each in failure.value.failures] == ["empty"]
        history = RunDir(tmp_path / place / "urn" / "replace" / "seed_0").read_history()
        assert {row["generation"] for row in history} == {0, 1}


def _where(tmp_path: Path) -> list[str]:
    return ["run", "experiment=urn", *SMALL, f"output_dir={tmp_path}/a", f"store={tmp_path}/a/store", "trackers=[]"]


def test_a_full_disk_is_one_message_and_the_same_command_goes_on(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert command([*_where(tmp_path), "arm=replace"]) == 2
    assert capsys.readouterr().err == (
        f"heirloom run: replace, seed 0: {tmp_path}/a/store: the disk is full. Free some space; "
        "the same command goes on.\n"
    )
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    whole = start(*SMALL, "arm=replace", place="b")
    assert _digests(start(*SMALL, "arm=replace")) == _digests(whole)


def test_a_mistake_is_one_message_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([*_where(tmp_path), "source.drows=3"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("heirloom run: source.drows: unknown setting. Did you mean source.draws")
    assert error.count("\n") == 1


def test_filters_that_left_nothing_are_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([*_where(tmp_path), EMPTY, "arm=empty"]) == 3
    error = capsys.readouterr().err
    assert error.startswith("heirloom run: empty, seed 0: generation 1, arm empty: filters.random left nothing")
    assert "Traceback" not in error


def test_a_bug_carries_its_traceback_and_is_exit_code_1(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Rows:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Mix, "mix", broken)
    with pytest.raises(RunFailed, match=r"(?s)Traceback.*ZeroDivisionError: a bug") as failure:
        start(*SMALL, "arm=replace")
    assert failure.value.exit_code == 1


def test_history_is_plain_json_a_row_a_line(start: Start) -> None:
    results = start(*SMALL, "arm=replace")
    lines = RunDir(results.runs[0].folder).history_path.read_text().splitlines()
    assert len(lines) == 2 * 20
    assert json.loads(lines[0])["student/known_truth/types"] >= 1
