from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import loops.commands.run
from loops.cli import STOPPED, command, main

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["experiment=urn", "source.replicas=3", "source.types=5", "prompts.count=5", "generations=1", "trackers=[]"]


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    return [f"output_dir={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one message of a command that a user can put right."""
    assert command(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert captured.err.startswith(f"heirloom {words[0]}: ")
    return captured.err.removeprefix(f"heirloom {words[0]}: ")


def test_an_unknown_verb_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["rum"])
    assert left.value.code == 2
    message = capsys.readouterr().err
    assert "invalid choice: 'rum'" in message
    verbs = ("run", "list", "preview", "status", "report", "fork", "verify", "export", "gc", "doctor")
    for verb in (*verbs, "metrics", "filter"):
        assert verb in message


def test_every_verb_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert "Show the stages of a run" in shown
    assert "Go another way after generation K" in shown


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.smothing=1", "trainer.smothing: unknown setting. Did you mean trainer.smoothing"),
        ("mixer=replac", "mixer/replac: there is no such choice. Did you mean mixer/replace"),
        ("generations=many", 'generations: got "many"; input should be a valid integer.'),
        ("source.types=1.5", "source.types: got 1.5; input should be a valid integer"),
        ("arm=nobody", "arm: got nobody, this experiment has replace, accumulate, human_only."),
        ("arm=replace,accumulate", "several values are a sweep. Add -m, or quote a list"),
        ("scale=huge", "scale: got huge, this experiment has smoke, small, full."),
        ("mixer=mix", "mixer=mix: arm 'replace' sets mixer=replace itself."),
        ("seeds=[0,0]", "seeds: got [0, 0], want each seed once."),
        ("generations", "generations: cannot be read as key=value."),
        ("source=text", "source.types: another setting refers to it, and with these choices it is not there."),
        ("filters=[length]", "filters.length: Length takes data of kind text, but source=Zipf gives array."),
    ],
)
def test_a_wrong_setting_gets_one_clean_message(
    override: str, message: str, place: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert message in refused(["run", "experiment=urn", *place, override], capsys)
    assert not list(tmp_path.iterdir())  # refused before anything starts


def test_the_arm_that_a_message_proposes_works(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(["run", *SMALL, *place, "mixer=mix"], capsys)
    proposed = message.partition("instead: '")[2].partition("'.")[0]
    assert command(["run", *SMALL, *place, proposed, "arm=mine"]) == 0


def test_settings_may_stand_on_both_sides_of_an_option(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "experiment=urn", *place, "--plan", "scale=smoke", "arm=replace"]) == 0
    assert "generations 0 to 3" in capsys.readouterr().out
    with pytest.raises(SystemExit) as left:
        command(["run", "experiment=urn", "--plan", "scale=smoke", "--plam"])
    assert left.value.code == 2
    assert "unrecognized arguments: --plam" in capsys.readouterr().err


def test_a_folder_of_other_settings_is_refused_with_the_keys_and_a_free_name(
    place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", *SMALL, *place, "arm=replace"]
    assert command(words) == 0
    capsys.readouterr()
    message = refused([*words, "trainer.smoothing=0.5"], capsys)
    assert "trainer.smoothing: 0.0 there, 0.5 now" in message
    assert "name=urn_2" in message
    assert command([*words, "trainer.smoothing=0.5", "name=urn_2"]) == 0


def test_ctrl_c_says_how_to_go_on(
    place: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(loops.commands.run, "run", interrupted)
    assert command(["run", *SMALL, *place]) == 130
    assert capsys.readouterr().err.strip() == STOPPED
    monkeypatch.undo()
    assert command(["run", *SMALL, *place]) == 0


def test_a_full_disk_is_told_without_a_traceback(
    place: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(options: object) -> int:
        raise OSError(28, "No space left on device", "outputs/store")

    monkeypatch.setattr(loops.commands.run, "run", full)
    assert "Free some space; the same command goes on." in refused(["run", *SMALL, *place], capsys)


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(options: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(loops.commands.run, "run", broken)
    with pytest.raises(ZeroDivisionError):
        command(["run"])


def test_importing_the_run_module_and_the_command_brings_no_torch() -> None:
    code = (
        "import json, sys; import loops.run, loops.cli; loops.cli._parser(); "
        "heavy = [m for m in ('torch', 'transformers', 'trl', 'peft', 'datasets', 'wandb') if m in sys.modules]; "
        "print(json.dumps(heavy))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert json.loads(done.stdout) == []
