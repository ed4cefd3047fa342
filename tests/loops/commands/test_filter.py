from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from loops.cli import command

TEXTS = ["one two three", "one two three", "", "four five", "six"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gen.jsonl"
    path.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(TEXTS)))
    return path


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def refused(words: Sequence[object], capsys: pytest.CaptureFixture[str]) -> str:
    assert command(["filter", *map(str, words)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_kept_rows_stay_as_they_are_and_dropped_ones_get_the_reason(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, dropped = tmp_path / "kept.jsonl", tmp_path / "dropped.jsonl"
    words = ["filter", file, "--filters", "exact_duplicate,length", "length.min_words=2"]
    assert command([*map(str, words), "--out", str(kept), "--dropped", str(dropped)]) == 0
    assert rows(kept) == [{"id": 0, "text": "one two three"}, {"id": 3, "text": "four five"}]
    assert rows(dropped) == [
        {"id": 1, "text": "one two three", "dropped_by": "exact_duplicate/duplicate"},
        {"id": 2, "text": "", "dropped_by": "length/too_short"},
        {"id": 4, "text": "six", "dropped_by": "length/too_short"},
    ]
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["kept", "2", "40.0%"] in shown
    assert ["length/too_short", "2", "40.0%"] in shown
    assert ["exact_duplicate/duplicate", "1", "20.0%"] in shown


def test_nothing_is_written_unasked_and_json_counts(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["filter", "gen.jsonl", "--filters", "length", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"texts": 5, "kept": 4, "dropped": {"length/too_short": 1}}
    assert list(tmp_path.iterdir()) == [file]


def test_a_column_that_says_how_a_text_ended_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gen.jsonl"
    path.write_text('{"text": "one", "finish_reason": "length"}\n{"text": "two", "finish_reason": "stop"}\n')
    assert command(["filter", str(path), "--filters", "length", "length.drop_cut=true", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dropped"] == {"length/cut": 1}


def test_the_seed_decides_what_goes_at_random(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gen.txt"
    path.write_text("\n".join(f"text {i}" for i in range(64)))
    found = []
    for number, seed in enumerate((0, 0, 1)):
        out = tmp_path / f"kept_{number}.txt"
        assert command(["filter", str(path), "--filters", "random", "--seed", str(seed), "--out", str(out)]) == 0
        found.append(out.read_text())
    assert found[0] == found[1] != found[2]


def test_what_a_user_can_put_right_is_one_message(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "there is no such file" in refused([tmp_path / "gone.jsonl", "--filters", "length"], capsys)
    assert "Did you mean filters/length" in refused([file, "--filters", "lenght"], capsys)
    assert "length.min_word: unknown setting" in refused([file, "--filters", "length", "length.min_word=2"], capsys)
    assert "is there already" in refused([file, "--filters", "length", "--out", file], capsys)
    same = ["--out", tmp_path / "a.jsonl", "--dropped", tmp_path / "a.jsonl"]
    assert "is where --out goes" in refused([file, "--filters", "length", *same], capsys)
    assert "ends in .jsonl or" in refused([file, "--filters", "length", "--out", tmp_path / "a.parquet"], capsys)
    assert "It has: id, text." in refused([file, "--filters", "length", "--column", "story"], capsys)
    message = refused([file, "--filters", "length", "--separator", "x"], capsys)
    assert f"--separator: nothing here has separators: {file} is JSON lines." in message
    (tmp_path / "bad.jsonl").write_text('{"text": "x"}\n{"text"\n')
    assert "bad.jsonl, line 2: not JSON" in refused([tmp_path / "bad.jsonl", "--filters", "length"], capsys)
