"""W&B offline: no account, no network, nothing outside the run folder, and one id for a resumed run."""

import json
import time
from pathlib import Path

import pytest

from tracking.events import Event
from tracking.rows import Row
from tracking.run_dir import RunDir
from tracking.tracker import RunRef, TrackerContext, TrackerError
from tracking.trackers.wandb import Wandb

pytest.importorskip("wandb", reason="wandb is not installed; the tracker says so itself")

SETTINGS = Wandb(project="heirloom", entity=None, mode="offline")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give W&B an empty home and working directory, to see what it would leave there."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    return home


def context(folder: Path, arms: tuple[str, ...]) -> TrackerContext:
    runs = tuple(RunRef(arm, 0, folder / arm / "seed_0") for arm in arms)
    return TrackerContext("demo", folder, runs, 2, ())


def row(arm: str, generation: int, tail: float | None = 5.25) -> Event:
    values: Row = {"arm": arm, "seed": 0, "generation": generation, "student/perplexity/value": tail}
    return {"kind": "row", "row": {**values, "student/perplexity/value/why": "no text"}}


def track(folder: Path, *events: Event, arms: tuple[str, ...] = ("replace",)) -> None:
    tracker = SETTINGS.open(context(folder, arms))
    for event in events:
        tracker.event(event)
    tracker.close()


def holds(log: Path, name: bytes, seconds: float = 20.0) -> bool:
    """Wait for W&B's own process, which may write the last rows a moment after the run is finished."""
    deadline = time.monotonic() + seconds
    while name not in log.read_bytes():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_two_arms_at_once_write_to_their_run_folders_only(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "outputs" / "demo"
    RunDir(folder / "replace" / "seed_0").write_config("mixer: replace\n", {"mixer": "replace"})
    arms = ("replace", "accumulate")
    done = [Event(kind="run_done", arm=arm, seed=0) for arm in arms]
    track(folder, *(row(arm, g) for g in (0, 1) for arm in arms), *done, arms=arms)
    for arm in arms:
        run = folder / arm / "seed_0" / "wandb"
        identity = json.loads((run / "mirror.json").read_text())["id"]
        (log,) = run.glob(f"offline-run-*-{identity}/run-{identity}.wandb")
        assert holds(log, b"student/perplexity/value")
    assert not list(home.rglob("*"))


def test_a_resumed_run_keeps_its_id_and_sends_new_rows_only(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    mirror = folder / "replace" / "seed_0" / "wandb" / "mirror.json"
    track(folder, row("replace", 0))
    first = json.loads(mirror.read_text())
    track(folder, row("replace", 0), row("replace", 1))
    second = json.loads(mirror.read_text())
    assert first["id"] == second["id"]
    assert list(second["digests"]) == ["0", "1"]


def test_a_run_without_news_does_not_start_wandb(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    track(tmp_path, row("replace", 0))

    def started(**settings: object) -> None:
        raise AssertionError(f"W&B was started with {settings}")

    monkeypatch.setattr("wandb.init", started)
    track(tmp_path, row("replace", 0), Event(kind="run_done", arm="replace", seed=0))
    with pytest.raises(AssertionError, match="was started"):
        track(tmp_path, row("replace", 0, 6.62))


def test_a_null_is_left_out(home: Path, tmp_path: Path) -> None:
    track(tmp_path, row("replace", 0, None))
    (log,) = (tmp_path / "replace" / "seed_0").rglob("*.wandb")
    assert b"student/perplexity" not in log.read_bytes()


def test_online_without_an_account_says_what_to_do(home: Path, tmp_path: Path) -> None:
    tracker = Wandb(project="heirloom", entity=None, mode="online").open(context(tmp_path, ("replace",)))
    with pytest.raises(TrackerError, match=r"wandb login.*trackers\.wandb\.mode=offline"):
        tracker.event(row("replace", 0))


def test_a_row_of_an_unknown_run_is_our_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not among the runs"):
        track(tmp_path, row("elsewhere", 0))
