from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from loops.cli import command

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
QUICK = "compression,distinct_n,missing_mass"


def write(path: Path, n: int, vocabulary: Sequence[str], seed: int) -> Path:
    rng = random.Random(seed)
    rows = ({"text": " ".join(rng.choice(vocabulary) for _ in range(12)), "id": i} for i in range(n))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """60 texts of few words."""
    return write(tmp_path / "gen.jsonl", 60, [f"w{i}" for i in range(20)], 0)


@pytest.fixture
def human(tmp_path: Path) -> Path:
    """160 texts of many words."""
    return write(tmp_path / "human.jsonl", 160, [f"w{i}" for i in range(200)], 1)


def figures(words: Sequence[object], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert command(["metrics", *map(str, words), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(words: Sequence[object], capsys: pytest.CaptureFixture[str]) -> str:
    assert command(["metrics", *map(str, words)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_each_measure_stands_beside_its_human_value(own: Path, human: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["metrics", str(own), "--reference", str(human), "--metrics", QUICK]) == 0
    shown = capsys.readouterr().out
    assert f"{own}: 60 texts, column text" in shown
    assert f"human text: {human}: 160 texts, column text" in shown
    assert "measured: 720 words of each side, texts cut at 12 words" in shown  # 60 of 12 words, beside 80
    table = {line.split()[0]: line for line in shown.splitlines() if line.strip().startswith(tuple(QUICK.split(",")))}
    assert list(table) == ["compression/ratio", "distinct_n/1", "distinct_n/2", "distinct_n/3",
                           "missing_mass/1", "missing_mass/2", "missing_mass/3"]  # fmt: skip
    assert "0.0278" in table["distinct_n/1"]  # 20 words of 720
    assert table["distinct_n/1"].split()[-1] == "human"
    assert table["missing_mass/1"].split()[-1] == "lower"
    assert "z: difference / sqrt(se^2 + se^2)" in shown


def test_nothing_is_written_and_no_store_is_made(
    own: Path, human: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert command(["metrics", "gen.jsonl", "--reference", "human.jsonl", "--metrics", QUICK]) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_json_holds_figures_intervals_and_what_is_missing(
    own: Path, human: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = figures([own, "--reference", human], capsys)
    by_name = {line["measure"]: line for line in found["measures"]}
    assert by_name["distinct_n/1"]["value"] == 20 / 720
    line = by_name["distinct_n/2"]
    assert line["value_low"] < line["value"] < line["value_high"]
    assert line["human_low"] < line["human"] < line["human_high"]
    assert line["ratio"] == pytest.approx(line["value"] / line["human"])
    assert line["z"] < -10
    assert by_name["missing_mass/1"]["z"] > 10  # nine tenths of the words never come
    assert "log_probs" in found["not_measured"]["perplexity"]
    assert found["budget"] == {"n_words": 720, "max_words": 12, "n_texts": 60, "groups": 20, "resamples": 1000}
    assert found["seed"] == 0
    assert found["file"]["texts"] == 60


def test_without_human_text_the_values_stand_alone(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = figures([own], capsys)
    assert found["reference"] is None
    assert {"human", "z", "ratio"}.isdisjoint(found["measures"][0])
    assert found["not_measured"]["missing_mass"] == "compares with human text, give --reference"
    assert command(["metrics", str(own)]) == 0
    shown = capsys.readouterr().out
    assert "human text" not in shown.partition("not measured")[0]
    (line,) = (line for line in shown.splitlines() if "compares with human text, give --reference" in line)
    assert line.startswith("not measured: ")
    assert "missing_mass" in line


def test_sizes_are_as_asked(own: Path, human: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [own, "--reference", human, "--metrics", "distinct_n", "distinct_n.n=[1,2]"]
    found = figures([*words, "--words", 300, "--cut", 5, "--texts", 7], capsys)
    assert [found["budget"][size] for size in ("n_words", "max_words", "n_texts")] == [300, 5, 7]
    assert [line["measure"] for line in found["measures"]] == ["distinct_n/1", "distinct_n/2"]
    too_many = figures([*words, "--words", 900], capsys)
    why = {(gap["metric"], gap["side"]): gap["why"] for gap in too_many["not_measurable"]}
    assert list(why) == [("distinct_n", str(own))]  # human text holds 960
    assert "720 of 900 words in 60 documents" in why["distinct_n", str(own)]
    said = refused([*words, "--words", 1000], capsys)
    assert f"--words: got 1,000; with texts cut at 12 words, {own} holds 720, human text holds 960." in said


def test_a_metric_that_breaks_down_is_shown_and_hides_no_other(
    own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("evals.metrics.compression.Compression.measure", breaks)
    assert command(["metrics", str(own), "--metrics", "compression,distinct_n"]) == 1
    captured = capsys.readouterr()
    assert f"n/m: compression of {own}: KeyError: 'a bug'" in captured.out
    assert "distinct_n/1" in captured.out
    assert "Traceback" in captured.err


def test_plain_text_is_cut_by_the_separator_of_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.txt", "b.txt.gz"):
        text = "".join(f"= {name} {i} =\none two three {i}\n" for i in range(40)).encode()
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    words = [tmp_path / "a.txt", "--reference", tmp_path / "b.txt.gz", "--metrics", "distinct_n"]
    found = figures([*words, "--separator", "^= .* =$"], capsys)
    assert (found["file"]["texts"], found["reference"]["texts"]) == (40, 40)
    found = figures([*words, "--separator", "^= .* =$", "--reference-separator", "\\n"], capsys)
    assert (found["file"]["texts"], found["reference"]["texts"]) == (40, 80)


def test_what_a_user_can_put_right_is_one_message(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    for words, message in (
        ([tmp_path / "gone.jsonl"], "gone.jsonl: there is no such file"),
        ([file("latin.txt", b"caf\xe9")], "latin.txt: not UTF-8 at byte 3 (0xe9)"),
        ([file("bad.jsonl", b'{"text": "x"}\n{"text": }\n')], "bad.jsonl, line 2: not JSON"),
        ([file("empty.jsonl", b"\n")], "empty.jsonl: the file is empty"),
        ([file("blank.jsonl", b'{"text": " "}')], "none of its 1 texts (column text) holds a word"),
        ([own, "--column", "story"], "there is no column 'story'. It has: text, id."),
        ([own, "--metrics", "distnct_n"], "there is no such choice. Did you mean metrics/distinct_n"),
        ([own, "--metrics", ""], "--metrics: got '', want one or more names, each once"),
        ([own, "--words", "0"], "--words: got 0, want at least 1"),
        ([own, "distnct_n.n=[1]"], "Did you mean distinct_n?"),
        ([own, "--reference", own], "is what is measured. Give other human text"),
        ([own, "--separator", "x"], f"--separator: nothing here has separators: {own} is JSON lines."),
        ([file("a.txt", b"one"), "--column", "text"], "a.txt is plain text."),
        ([own, "--reference-column", "text"], "nothing here has columns: there is no --reference."),
        (
            [own, "--reference", file("b.txt", b"one\n\ntwo"), "--reference-column", "text"],
            "--reference-column: nothing here has columns: ",
        ),
    ):
        assert message in refused(words, capsys)


def test_human_text_is_not_far_from_human_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Two parts of one corpus: at most a tenth of the measures may lie beyond two standard errors."""
    folder = DATA / "text" / "wikitext2"
    if not folder.exists():
        pytest.skip(f"needs the real data text/wikitext2 in {DATA}, which is not here")
    words = [folder / "wiki.test.raw.txt.gz", "--reference", folder / "wiki.valid.raw.txt.gz", "--cut", 300]
    found = figures([*words, "--separator", r"^ = [^=\n]+ = $", "--workers", 1], capsys)
    scores = {line["measure"]: line["z"] for line in found["measures"] if line["z"] is not None}
    assert len(scores) >= 20
    far = {measure: z for measure, z in scores.items() if abs(z) > 2}
    assert len(far) <= 0.1 * len(scores), far
