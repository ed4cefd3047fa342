from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.cli import command
from loops.samples import Samples
from loops.verify import differing_share


def manifest_of(urn: Any, stage: str, generation: int) -> Path:
    lines = (urn.run("replace") / "stages.jsonl").read_text().splitlines()
    found = [s for s in map(json.loads, lines) if s["name"] == stage and s["generation"] == generation]
    return Path(urn.store / found[0]["stage"] / found[0]["key"] / "manifest.json")


def test_stages_run_again_come_out_equal(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(urn.store.rglob("*"))
    assert command(["verify", str(urn.run("replace")), "--stages", "draw,train"]) == 0
    # Students 0 to 3, and the draws of each: those of the loop are those that were measured.
    assert "8 of 8 stages equal (100.0%)" in capsys.readouterr().out
    assert sorted(urn.store.rglob("*")) == before


def test_a_shared_stage_is_run_once_for_all_arms(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["verify", str(urn.experiment), "--stages", "train", "--generation", "0"]) == 0
    assert "1 of 1 stages equal" in capsys.readouterr().out


def test_a_recorded_digest_that_does_not_come_out_again_is_exit_code_3(
    new_urn: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    urn = new_urn("arm=replace")
    path = manifest_of(urn, "train", 2)
    manifest = json.loads(path.read_text())
    manifest["ref"]["digest"] = "0" * 32
    path.write_text(json.dumps(manifest))
    assert command(["verify", str(urn.run("replace")), "--stages", "train"]) == 3
    shown = capsys.readouterr().out
    assert "3 of 4 stages equal (75.0%)" in shown
    assert "machine and libraries are the same" in shown


def test_an_unknown_stage_is_refused_with_those_there_are(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["verify", str(urn.run("replace")), "--stages", "trian"]) == 2
    message = capsys.readouterr().err
    assert "has no stage 'trian'; it has account" in message


def test_a_generation_outside_the_run_is_refused(urn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["verify", str(urn.run("replace")), "--generation", "9"]) == 2
    assert "no such stage in generation 9" in capsys.readouterr().err


def rows(*values: int) -> Samples:
    return Samples.of_arrays(np.array(values)[:, None], np.zeros(len(values)))


def test_the_differing_share_counts_places() -> None:
    assert differing_share(rows(1, 2, 3, 4), rows(1, 2, 3, 4)) == 0
    assert differing_share(rows(1, 2, 3, 4), rows(1, 9, 3, 8)) == 0.5
    assert differing_share(rows(1, 2, 3, 4), rows(1, 2, 3)) == 0.25  # a row is absent


def test_the_differing_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        differing_share(rows(), rows())
