"""The run folder: whole files, named damage, and settings that may not change unseen."""

import json
import os
from pathlib import Path

import pytest

from tracking.rows import Row
from tracking.run_dir import RunDir, RunDirError, differing_keys, find_runs

SETTINGS = {"name": "demo", "generations": 3, "mixer": {"human_share": 0.1}, "metrics": {"perplexity": {}}}
TEXT = "name: demo\ngenerations: 3\nmixer:\n  human_share: 0.1\nmetrics:\n  perplexity: {}\n"


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path / "outputs" / "demo" / "replace" / "seed_0")


def test_the_folder_says_which_run_it_is(run: RunDir) -> None:
    assert (run.name, run.arm, run.seed) == ("demo", "replace", 0)


def test_a_folder_without_a_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunDirError, match="want seed_<number>"):
        _ = RunDir(tmp_path / "results").seed


def test_history_comes_back_as_written(run: RunDir) -> None:
    rows: list[Row] = [{"generation": 0, "arm": "replace", "seed": 0, "a/b/why": "ein\u2028Satz, 語", "a/b": None}]
    run.rewrite_history(rows)
    assert run.read_history() == rows


def test_an_interrupted_write_leaves_the_old_history(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    run.rewrite_history([{"generation": 0}])

    def full_disk(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(RunDirError, match=r"history\.jsonl: could not be written \(No space left on device\)"):
        run.rewrite_history([{"generation": 1}])
    assert run.read_history() == [{"generation": 0}]
    assert os.listdir(run.path) == ["history.jsonl"]


def test_a_damaged_line_is_named_by_its_number(run: RunDir) -> None:
    run.rewrite_history([{"generation": 0}])
    with run.history_path.open("a", encoding="utf-8") as file:
        file.write('{"generation": 1, "stud')
    with pytest.raises(RunDirError, match=r"history\.jsonl:2: not JSON .*start the run again"):
        run.read_history()


def test_a_line_that_is_no_object_is_refused(run: RunDir) -> None:
    run.path.mkdir(parents=True)
    run.history_path.write_text("[1, 2]\n", encoding="utf-8")
    with pytest.raises(RunDirError, match=r"history\.jsonl:1: got '\[1, 2\]', want a JSON object"):
        run.read_history()


def test_nan_is_refused_with_what_to_write_instead(run: RunDir) -> None:
    with pytest.raises(RunDirError, match=r"history\.jsonl:2: .*<name>/why"):
        run.rewrite_history([{"generation": 0}, {"generation": 1, "a/b": float("nan")}])
    assert not run.history_path.exists()


def test_a_missing_history_says_so(run: RunDir) -> None:
    with pytest.raises(RunDirError, match=r"history\.jsonl: not there"):
        run.read_history()


def test_stages_come_back_in_order_and_replace_those_before(run: RunDir) -> None:
    run.rewrite_stages([{"name": "draw", "generation": 1}])
    run.rewrite_stages([{"name": "draw", "generation": 1}, {"name": "train", "generation": 1}])
    assert [stage["name"] for stage in run.read_stages()] == ["draw", "train"]


def test_no_auditor_file_means_no_auditor_rows(run: RunDir) -> None:
    assert run.read_auditor() == []


def test_provenance_comes_back_as_written(run: RunDir) -> None:
    run.write_provenance({"python": "3.11.7", "corpus": {"digest": "ab"}})
    assert run.read_provenance() == {"python": "3.11.7", "corpus": {"digest": "ab"}}


def test_the_same_settings_pass(run: RunDir) -> None:
    run.check_config(SETTINGS)
    run.write_config(TEXT, SETTINGS)
    run.check_config(SETTINGS)
    assert run.read_config() == SETTINGS


def test_small_numbers_read_back_as_numbers(run: RunDir) -> None:
    run.write_config("learning_rate: 1e-4\n", {"learning_rate": 0.0001})
    assert run.read_config() == {"learning_rate": 0.0001}


def test_a_text_that_says_something_else_is_not_written(run: RunDir) -> None:
    with pytest.raises(RunDirError, match="generations: 3 there, 4 now"):
        run.write_config("generations: 4\n", {"generations": 3})
    assert not run.config_path.exists()


def test_other_settings_are_refused_with_both_values_and_a_free_name(run: RunDir) -> None:
    run.write_config(TEXT, SETTINGS)
    (run.path.parents[2] / "demo_2").mkdir()
    with pytest.raises(RunDirError) as caught:
        run.check_config({**SETTINGS, "mixer": {"human_share": 0.3, "window": None}})
    assert "mixer.human_share: 0.1 there, 0.3 now" in str(caught.value)
    assert "mixer.window: not set there, null now" in str(caught.value)
    assert "name=demo_3" in str(caught.value)


def test_metrics_and_more_generations_extend_a_run(run: RunDir) -> None:
    run.write_config(TEXT, SETTINGS)
    run.check_config({**SETTINGS, "generations": 5, "metrics": {"distinct_n": {"n": 2}}})
    assert run.read_config() == SETTINGS  # checking writes nothing


def test_fewer_generations_are_another_run(run: RunDir) -> None:
    run.write_config(TEXT, SETTINGS)
    with pytest.raises(RunDirError, match="generations: 3 there, 2 now"):
        run.check_config({**SETTINGS, "generations": 2})


def test_an_allowed_prefix_does_not_allow_longer_words(run: RunDir) -> None:
    run.write_config("keep: all\nkeep_drafts: false\n", {"keep": "all", "keep_drafts": False})
    with pytest.raises(RunDirError, match="keep_drafts"):
        run.check_config({"keep": "last", "keep_drafts": True})


def test_differing_keys_are_dotted() -> None:
    assert differing_keys({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": "x"}}) == ['a.c: 2 there, "x" now']


def test_runs_are_found_from_any_folder_above_them(tmp_path: Path) -> None:
    experiment = tmp_path / "demo"
    for name in ("accumulate/seed_0", "replace/seed_10", "replace/seed_9"):
        RunDir(experiment / name).write_config("a: 1\n", {"a": 1})
    names = [f"{run.arm}/{run.seed}" for run in find_runs(experiment)]
    assert names == ["accumulate/0", "replace/9", "replace/10"]
    assert len(find_runs(tmp_path)) == 3
    assert len(find_runs(experiment / "replace")) == 2
    assert find_runs(experiment / "replace" / "seed_9") == [RunDir(experiment / "replace" / "seed_9")]


def test_no_run_is_an_error_that_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(RunDirError, match=r"holds no run.*outputs/<name>/<arm>/seed_<s>"):
        find_runs(tmp_path)
    with pytest.raises(RunDirError, match="is not a folder"):
        find_runs(tmp_path / "nowhere")


def test_a_written_file_can_be_read_by_others(run: RunDir) -> None:
    run.write_provenance({})
    assert json.loads(run.provenance_path.read_text(encoding="utf-8")) == {}
    assert run.provenance_path.stat().st_mode & 0o777 == 0o644
