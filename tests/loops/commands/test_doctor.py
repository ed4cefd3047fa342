from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from loops import doctor
from loops.cli import command

Usage = namedtuple("Usage", "total used free")


def test_each_check_is_a_line_with_its_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["doctor", "--output-dir", str(tmp_path / "new")]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = [line[5:].partition(":")[0] for line in lines]
    expected = ["Python", "libraries", "threads", "device", "output", "disk", "shared memory", "hub", "wandb"]
    assert named == expected
    assert {line[:5].strip() for line in lines} <= {"ok", "warn"}
    assert not (tmp_path / "new").exists()


def test_what_fails_is_exit_code_2_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["doctor", "--output-dir", "/proc/heirloom"]) == 2  # no one can write there, not even root
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("fail"))
    assert "output: /proc cannot be written" in line
    assert "-> give another folder: output_dir=" in line


def test_an_old_python_fails() -> None:
    assert doctor.python((3, 10)).state == "fail"
    assert doctor.python((3, 11)).state == "ok"


def test_a_library_that_is_not_the_tested_one_is_a_warning() -> None:
    finding = doctor.libraries("torch==1.0.0\nnumpy==0.1\n")
    assert finding.state == "warn"
    assert "instead of 1.0.0" in finding.found
    assert doctor.libraries("").state == "warn"


def test_a_library_that_is_absent_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", lambda name: "absent" if name == "trl" else "1.0")
    assert doctor.libraries("") == doctor.Finding("fail", "libraries", "trl not installed", "make setup")


def test_more_threads_than_cores_are_a_warning() -> None:
    assert doctor.threads(2, {"OMP_NUM_THREADS": "8"}).state == "warn"
    assert doctor.threads(2, {"OMP_NUM_THREADS": "1"}).state == "ok"


@pytest.mark.parametrize(("free", "state"), [(1e8, "fail"), (1e9, "warn"), (1e10, "ok")])
def test_little_disk_warns_and_none_fails(
    free: float, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1e12, 0, free))
    assert doctor.disk(tmp_path).state == state


def test_little_shared_memory_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.shared_memory(tmp_path / "absent").state == "warn"
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1e6, 0, 1e6))
    assert doctor.shared_memory(tmp_path).to_do == "in a container: start it with --shm-size=1g"


def test_offline_settings_are_told() -> None:
    assert "only what is in the cache" in doctor.hub({"HF_HUB_OFFLINE": "1"}).found
    assert "downloaded when they are used" in doctor.hub({"HF_HUB_OFFLINE": "0"}).found


def test_wandb_online_without_a_login_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert doctor.wandb({"WANDB_MODE": "online"}).state == "warn"
    assert doctor.wandb({"WANDB_MODE": "online", "WANDB_API_KEY": "k"}).state == "ok"
    assert doctor.wandb({}).state == "ok"
