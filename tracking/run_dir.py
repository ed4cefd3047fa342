"""The run folder `outputs/<name>/<arm>/seed_<s>/`: what it holds, and how it is written without tearing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracking.files import RunDirError, json_lines, parse_object, read_lines, read_text, write_atomically
from tracking.rows import Row
from tracking.settings import EXTENDS_A_RUN, differences, differing_keys, may_differ, parse_config, plain

__all__ = ["EXTENDS_A_RUN", "RunDir", "RunDirError", "differing_keys", "find_runs"]

_SHOWN_KEYS = 12


@dataclass(frozen=True, slots=True)
class RunDir:
    """One run's folder; every write is whole or absent, every damaged file is named with its line."""

    path: Path

    @property
    def name(self) -> str:
        """The experiment's name, two folders up."""
        return self.path.resolve().parent.parent.name

    @property
    def arm(self) -> str:
        """The arm, one folder up."""
        return self.path.resolve().parent.name

    @property
    def seed(self) -> int:
        """The seed in the folder's own name."""
        own = self.path.resolve().name
        try:
            return int(own.removeprefix("seed_"))
        except ValueError as error:
            raise RunDirError(f"{self.path}: the folder is called {own!r}, want seed_<number>.") from error

    @property
    def config_path(self) -> Path:
        """Settings of the run as YAML."""
        return self.path / "config.yaml"

    @property
    def provenance_path(self) -> Path:
        """Versions, digests and the command."""
        return self.path / "provenance.json"

    @property
    def history_path(self) -> Path:
        """One row per generation; the truth that trackers mirror."""
        return self.path / "history.jsonl"

    @property
    def stages_path(self) -> Path:
        """One line per stage with its key, digest, seconds and state."""
        return self.path / "stages.jsonl"

    @property
    def auditor_path(self) -> Path:
        """Rows measured on the auditor split, which only the report reads."""
        return self.path / "auditor.jsonl"

    def write_config(self, text: str, resolved: Mapping[str, Any]) -> None:
        """Write `config.yaml`, once it is sure that the text reads back as the resolved settings."""
        lost = differing_keys(plain(resolved), parse_config(text, self.config_path))
        if lost:
            raise RunDirError(f"{self.config_path}: the text would not read back as the settings: {'; '.join(lost)}.")
        write_atomically(self.config_path, text)

    def read_config(self) -> dict[str, Any]:
        """Read the settings that the folder was written with."""
        return parse_config(read_text(self.config_path), self.config_path)

    def check_config(self, new: Mapping[str, Any], allowed: Sequence[str] = EXTENDS_A_RUN) -> None:
        """Refuse a folder written with other settings; pass where there is none yet.

        Keys under the `allowed` prefixes may differ, and `generations` may grow.
        """
        if not self.config_path.exists():
            return
        found = differences(self.read_config(), plain(new))
        refused = [difference for difference in found if not may_differ(difference, allowed)]
        if not refused:
            return
        shown = "\n".join(f"  {difference.sentence()}" for difference in refused[:_SHOWN_KEYS])
        more = len(refused) - _SHOWN_KEYS
        if more > 0:
            shown += f"\n  and {more} more"
        raise RunDirError(
            f"{self.path}: this folder was written with other settings:\n{shown}\n"
            f"Keep both with name={_free_name(self.path)}, or set these back. "
            f"Only {', '.join(allowed)} may differ, and generations may grow."
        )

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Write `provenance.json`."""
        text = json.dumps(provenance, indent=2, ensure_ascii=False)
        write_atomically(self.provenance_path, text + "\n")

    def read_provenance(self) -> dict[str, Any]:
        """Read `provenance.json`."""
        return parse_object(read_text(self.provenance_path), str(self.provenance_path))

    def rewrite_history(self, rows: Iterable[Row]) -> None:
        """Replace `history.jsonl` by these rows, in this order."""
        write_atomically(self.history_path, json_lines(rows, self.history_path))

    def read_history(self) -> list[dict[str, Any]]:
        """Read the rows of all generations written so far."""
        return read_lines(self.history_path)

    def rewrite_stages(self, stages: Iterable[Mapping[str, Any]]) -> None:
        """Replace `stages.jsonl` by the stages done so far, in this order."""
        write_atomically(self.stages_path, json_lines(stages, self.stages_path))

    def read_stages(self) -> list[dict[str, Any]]:
        """Read the stages in the order in which they ended."""
        return read_lines(self.stages_path)

    def rewrite_auditor(self, rows: Iterable[Row]) -> None:
        """Replace `auditor.jsonl` by these rows."""
        write_atomically(self.auditor_path, json_lines(rows, self.auditor_path))

    def read_auditor(self) -> list[dict[str, Any]]:
        """Read the auditor's rows; none where the run has no auditor split."""
        return read_lines(self.auditor_path) if self.auditor_path.exists() else []


def find_runs(root: Path) -> list[RunDir]:
    """Find the runs in a run folder, an arm's folder, an experiment's folder or a folder of experiments.

    Raises:
        RunDirError: no run is there.
    """
    if (root / "config.yaml").exists():
        return [RunDir(root)]
    found = {
        config.parent
        for depth in ("", "*/", "*/*/")
        for config in root.glob(f"{depth}seed_*/config.yaml")
        if "store" not in config.relative_to(root).parts
    }
    if not found:
        state = "holds no run" if root.is_dir() else "is not a folder"
        raise RunDirError(
            f"{root}: {state}. Want outputs/<name>, outputs/<name>/<arm> or outputs/<name>/<arm>/seed_<s> "
            "of a run that was started; `heirloom list` shows what there is."
        )
    return [RunDir(path) for path in sorted(found, key=lambda path: (path.parent, RunDir(path).seed))]


def _free_name(run: Path) -> str:
    """Propose an experiment name whose folder is not there yet."""
    experiment = run.resolve().parent.parent
    number = 2
    while experiment.with_name(f"{experiment.name}_{number}").exists():
        number += 1
    return f"{experiment.name}_{number}"
