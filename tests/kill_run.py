"""Kill a run at random moments, restart it each time, and compare it with one that was left alone.

    python tests/kill_run.py experiment=urn
    python tests/kill_run.py --kills 20 --seed 1 experiment=demo scale=smoke

Moments are uniform over the time that the run left alone takes. Each is counted from where the kill before it fell: the
clock goes on when a restarted run begins a stage that is new. Exit code 0: all digests are equal; 1: they are not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-c", "from loops.cli import main; main()", "run"]
TICK = 0.01
CONTENT = (".npz", ".safetensors", ".arrow")


@dataclass(frozen=True)
class Place:
    """Where one of the two runs writes."""

    root: Path

    @property
    def store(self) -> Path:
        """The store of this run alone."""
        return self.root / "store"

    def command(self, overrides: Sequence[str]) -> list[str]:
        """Return the command that begins this run, and goes on with it."""
        return [*COMMAND, *overrides, f"output_dir={self.root / 'outputs'}", f"store={self.store}"]

    def begun(self) -> int:
        """Count the stages begun so far; each has a lock of its own."""
        return len(list((self.store / "locks").glob("*")))

    def resumed(self, since: float) -> bool:
        """Return whether an interrupted stage is being worked on again: its spec is written anew."""
        specs = (self.store / "work").glob("*/spec.json")
        return any(path.stat().st_mtime > since for path in specs if path.exists())

    def under_way(self) -> str:
        """Say which stages were under way, and how far they had come."""
        found = []
        for work in sorted((self.store / "work").glob("*")):
            spec = work / "spec.json"
            shards = len(list(work.glob("shard-*.arrow")))
            try:
                name = json.loads(spec.read_text())["stage"]
            except (OSError, ValueError):
                name = "a stage just begun"
            found.append(name + (f" ({shards} shards)" if shards else ""))
        return ", ".join(found) or "between stages"

    def digests(self) -> dict[tuple[str, int, str], str]:
        """Return the digest of every stage by run, generation and name."""
        found = {}
        for path in sorted((self.root / "outputs").glob("*/*/*/stages.jsonl")):
            run = path.parent.relative_to(self.root / "outputs").as_posix()
            for stage in map(json.loads, path.read_text().splitlines()):
                found[run, stage["generation"], f"{stage['name']} {stage['key']}"] = stage["digest"]
        return found

    def contents(self) -> dict[str, Any]:
        """Return the checksums of the texts, references and weights of every stage."""
        found = {}
        for path in sorted(self.store.glob("*/*/manifest.json")):
            files = json.loads(path.read_text())["files"]
            content = {name: checksum for name, checksum in files.items() if name.endswith(CONTENT)}
            found[path.parent.relative_to(self.store).as_posix()] = content
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, kill and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="+", metavar="key=value")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--folder", type=Path, help="where both runs are written and kept; default: a folder that goes")
    options = parser.parse_args(arguments)
    if options.folder is not None:
        return compare(options.overrides, options.kills, options.seed, options.folder)
    with tempfile.TemporaryDirectory() as folder:
        return compare(options.overrides, options.kills, options.seed, Path(folder))


def compare(overrides: Sequence[str], kills: int, seed: int, folder: Path) -> int:
    """Do the run twice, once with kills; return the exit code."""
    alone, killed = Place(folder / "alone"), Place(folder / "killed")
    before = time.monotonic()
    finish(alone, overrides)
    seconds = time.monotonic() - before
    print(f"left alone: {seconds:.1f} s, {len(alone.digests())} stages", flush=True)
    rng = random.Random(seed)
    moments = sorted(rng.uniform(0, seconds) for _ in range(kills))
    fell: Counter[str] = Counter()
    last = 0.0
    for number, moment in enumerate(moments, 1):
        where = kill_after(killed, overrides, moment - last, fresh=number == 1)
        last = moment
        fell[where.partition(" (")[0]] += 1
        print(f"kill {number:2} at {moment:6.2f} s: {where}", flush=True)
    finish(killed, overrides)
    print("fell in: " + ", ".join(f"{name} {count}" for name, count in fell.most_common()))
    differ = [name for name, digest in alone.digests().items() if killed.digests().get(name) != digest]
    same = not differ and alone.digests().keys() == killed.digests().keys() and alone.contents() == killed.contents()
    left = killed.under_way()
    print(f"{len(differ)} of {len(alone.digests())} digests differ; contents are {'equal' if same else 'NOT equal'}")
    for name in differ[:10]:
        print("  ", *name)
    if left != "between stages":
        print(f"work was left behind: {left}")
    return 0 if same and left == "between stages" else 1


def finish(place: Place, overrides: Sequence[str]) -> None:
    """Let a run end."""
    done = subprocess.run(
        place.command(overrides), cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"the run ended with exit code {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def kill_after(place: Place, overrides: Sequence[str], seconds: float, fresh: bool) -> str:
    """Start or restart a run, kill it and all its processes after a time, and say where that fell."""
    begun, started = place.begun(), time.time()
    group = subprocess.Popen(
        place.command(overrides),
        cwd=ROOT,
        env=_environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not fresh and group.poll() is None and place.begun() == begun and not place.resumed(started):
        time.sleep(TICK)
    end = time.monotonic() + seconds
    while group.poll() is None and time.monotonic() < end:
        time.sleep(min(TICK, max(0.0, end - time.monotonic())))
    if group.poll() is not None:
        return "the run had ended"
    os.killpg(group.pid, signal.SIGKILL)
    group.wait()
    return place.under_way()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


if __name__ == "__main__":
    sys.exit(main())
