"""Figures of speed and size, each beside what a user would pick instead: `make bench`, writes outputs/bench.json.

Every row is measured in this one run. Wall-clock figures of a shared machine move by a third from run to run;
ratios of things measured side by side move less.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

Row = dict[str, Any]
MODEL_PASSES = ("log_probs", "parameters", "cut", "embed", "grade")
EVALUATING = (*MODEL_PASSES, "short_share", "metric", "filter_cost")
TICK = 0.2
"""Seconds between two looks at the memory in use."""
HEIRLOOM = Path(sys.executable).parent / "heirloom"


def row(name: str, ours: float, goal: str, ok: bool, unit: str, detail: str, theirs: float | None = None) -> Row:
    """Make one row; `ratio` is ours over theirs where there is something to compare with."""
    ratio = None if theirs is None else ours / theirs
    values = {"ours": ours, "theirs": theirs, "ratio": ratio}
    rounded = {key: None if value is None else round(value, 3) for key, value in values.items()}
    return {"name": name, **rounded, "goal": goal, "ok": ok, "unit": unit, "detail": detail}


def timed(command: Sequence[str], folder: Path) -> tuple[float, float, float]:
    """Run a command; return its seconds, the seconds until a row was on the screen, and its peak memory in GiB."""
    begin = time.perf_counter()
    first = float("nan")
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    peaks = [0.0]
    watch = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
    watch.start()
    for line in process.stdout:
        if first != first and "  train" in line:
            first = time.perf_counter() - begin
    if process.wait():
        raise RuntimeError(f"{' '.join(command)} ended with code {process.returncode}")
    return time.perf_counter() - begin, first, max(peaks)


def _watch(process: subprocess.Popen[str], peaks: list[float]) -> None:
    """Note the memory of a process and its children until it ends."""
    while process.poll() is None:
        peaks.append(_memory_of_tree(process.pid))
        time.sleep(TICK)


def _memory_of_tree(pid: int) -> float:
    """Return the memory of a process and its children, in GiB, shared pages counted once for each."""
    total = 0
    waiting = [pid]
    while waiting:
        number = waiting.pop()
        try:
            total += int(Path(f"/proc/{number}/statm").read_text().split()[1]) * resource.getpagesize()
            waiting += [int(child) for child in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 2**30


def bench_demo(folder: Path) -> list[Row]:
    """The demo from an empty store, then again."""
    command = [str(HEIRLOOM), "run", "experiment=demo", f"output_dir={folder}/out", f"store={folder}/store"]
    seconds, first, peak = timed(command, folder)
    metrics, passes = evaluating_shares(_stages(folder))
    again, _, _ = timed(command, folder)
    recomputed = sum(stage["state"] == "computed" for stage in _stages(folder))
    return [
        row("demo, wall time", seconds, "<= 360", seconds <= 360, "s", "heirloom run experiment=demo, empty store"),
        row("demo, first row on the screen", first, "<= 60", first <= 60, "s", "same run"),
        row("demo, peak memory", peak, "< 3", peak < 3, "GiB", "parent and workers"),
        row("default metrics of the demo", metrics, "<= 0.1", metrics <= 0.1, "share of the seconds of all stages",
            f"same run; the model passes that they share take {passes:.1%} more"),
        row("demo again", again, "<= 10", again <= 10, "s", f"{recomputed} stages recomputed"),
    ]  # fmt: skip


def _stages(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in folder.glob("out/demo/*/*/stages.jsonl") for line in path.open()]


def evaluating_shares(stages: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return how much of the seconds of all stages metrics take, and how much the model passes that they read.

    A stage that arms share counts once, where it was computed; one that was found in the store took no time.
    """
    computed = {stage["key"]: stage for stage in stages if stage["state"] == "computed"}.values()
    total = sum(stage["seconds"] for stage in computed)
    metrics, passes = (
        sum(stage["seconds"] for stage in computed if stage["stage"] in some) for some in (("metric",), MODEL_PASSES)
    )
    return metrics / total, passes / total


def bench_urn(folder: Path) -> list[Row]:
    """The urn from a cold start."""
    command = [str(HEIRLOOM), "run", "experiment=urn", f"output_dir={folder}/out", f"store={folder}/store"]
    seconds, _, _ = timed(command, folder)
    return [row("urn, wall time", seconds, "<= 15", seconds <= 15, "s", "heirloom run experiment=urn, empty store")]


def bench_overhead(folder: Path) -> list[Row]:
    """What the loop itself costs in a run of the demo: all but drawing, training and evaluating."""
    # Imports are not the loop's. They come where a run needs them first, since garbage collection is slower after them.
    code = f"""
import time
from loops.plan import plan
from loops.run import work
run = plan(["experiment=demo", "scale=small", "arm=replace", "seeds=[0]", "output_dir={folder}/out",
            "store={folder}/store", "trackers=[]"])[0]
importing = 0.0
def emit(event):
    global importing
    if event["kind"] == "stage_started" and event["stage"] == "base":
        begin = time.perf_counter()
        import datasets, peft, torch
        from transformers import AutoTokenizer, LlamaForCausalLM, Trainer
        from trl.trainer.sft_trainer import SFTTrainer
        importing = time.perf_counter() - begin
begin = time.perf_counter()
work(run, emit)
print(time.perf_counter() - begin - importing)
"""
    wall = float(_python(code).splitlines()[-1])
    lines = [json.loads(line) for path in folder.glob("out/demo_small/*/*/stages.jsonl") for line in path.open()]
    stages = {line["key"]: line for line in lines if line["state"] == "computed"}.values()
    working = sum(line["seconds"] for line in stages if line["stage"] in ("draw", "train", "base", *EVALUATING))
    share = 1 - working / wall
    return [row("overhead of the loop, demo at scale=small", share, "<= 0.05", share <= 0.05, "share of wall time",
                f"arm replace: {wall:.0f} s, of which {working:.0f} s drawing, training, evaluating")]  # fmt: skip


def bench_rows(folder: Path) -> list[Row]:
    """A million rows through a filter."""
    code = f"""
import resource, time, pathlib
from loops.filters.exact_duplicate import ExactDuplicate
from loops.given import Given
from loops.key import Key
from loops.samples import Samples
from loops.shards import ShardWriter
folder = pathlib.Path({str(folder)!r}) / "million"; folder.mkdir(exist_ok=True)
writer = ShardWriter(folder)
for shard in range(100):
    writer.write(Samples.of_text([{{"completion": f"text {{(shard * 10000 + i) % 900000}}" + " word" * 40}}
                                  for i in range(10000)]).table)
begin = time.perf_counter()
judge = ExactDuplicate(normalise="white_space")
kept = sum(int(v.kept.sum()) for v in judge.judge(Samples.open(folder).shards(), Given({{}}), Key.root(0)))
assert kept == 900000, kept
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""
    seconds, peak = map(float, _python(code).split()[-2:])
    return [row("a million rows through exact_duplicate, peak memory", peak, "< 1", peak < 1, "GiB",
                f"{seconds:.1f} s after writing the shards in the same process")]  # fmt: skip


def bench_import(_: Path) -> list[Row]:
    """Import of the front door."""
    code = "import time; t = time.perf_counter(); import loops.run, sys; print(time.perf_counter() - t)\n"
    code += "assert 'torch' not in sys.modules"
    seconds = min(float(_python(code)) for _ in range(5))
    return [row("import loops.run", seconds, "< 1", seconds < 1, "s", "best of 5, without torch")]


def bench_sft(_: Path) -> list[Row]:
    """Training against a bare loop."""
    from experiments.bench_models import bench_sft

    rows: list[Row] = bench_sft()
    return rows


def bench_drawing(_: Path) -> list[Row]:
    """Drawing against model.generate."""
    from experiments.bench_models import bench_drawing

    rows: list[Row] = bench_drawing()
    return rows


def bench_files(folder: Path) -> list[Row]:
    """The default metrics on files of texts of 100 words, some of their words and all, and how their time grows."""
    files = {n_texts: _zipf_texts(folder, n_texts) for n_texts in (25_000, 100_000)}
    rows = []
    for name, words in (("100,000 of their words (the default)", {}), ("all of their words", {"--words": 100})):
        seconds, peaks = {}, {}
        for n_texts, path in files.items():
            options = [word for option, each in words.items() for word in (option, str(each * n_texts))]
            seconds[n_texts], _, peaks[n_texts] = timed([str(HEIRLOOM), "metrics", str(path), *options], folder)
        growth, most, peak = seconds[100_000] / seconds[25_000], seconds[100_000], peaks[100_000]
        rows += [
            row(f"default metrics of 100,000 texts of 100 words, {name}", most, "<= 60", most <= 60, "s",
                "heirloom metrics FILE, two processes; compression takes 100,000 words, self_bleu and vendi 500 texts"),
            row("the same, peak memory", peak, "< 4", peak < 4, "GiB", "parent and workers"),
            row("the same, over 25,000 texts", growth, "<= 4.5", growth <= 4.5, "times the seconds",
                f"25,000 texts: {seconds[25_000]:.1f} s"),
        ]  # fmt: skip
    return rows


def _zipf_texts(folder: Path, n_texts: int) -> Path:
    """Write texts of 100 words with Zipf frequencies."""
    words = np.array([f"w{i}" for i in range(20_000)])
    frequency = 1 / np.arange(1, len(words) + 1)
    path = folder / f"texts_{n_texts}.jsonl"
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        for _ in range(n_texts // 5_000):
            drawn = rng.choice(words, size=(5_000, 100), p=frequency / frequency.sum())
            file.writelines(json.dumps({"text": " ".join(row)}) + "\n" for row in drawn)
    return path


def bench_metrics(_: Path) -> list[Row]:
    """Metrics beside the packages that a user would pick instead, in an environment that holds both."""
    python = Path(".venv-oracle/bin/python")
    if not python.exists():
        raise RuntimeError(f"{python} is not there. Run `make oracle-env`.")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [str(python), "-m", "experiments.bench_metrics"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    rows: list[Row] = json.loads(done.stdout)
    return rows


def bench_grid(folder: Path) -> list[Row]:
    """A cold grid on one worker, beside its distinct stages."""
    return _sweeps("grid", folder)


def bench_fork(folder: Path) -> list[Row]:
    """Three forks, beside what as many stages of their trunk took."""
    return _sweeps("fork", folder)


def bench_workers(folder: Path) -> list[Row]:
    """Two workers beside one."""
    return _sweeps("workers", folder)


def _sweeps(name: str, folder: Path) -> list[Row]:
    """Measure in a Python of its own, whose threads are fixed before it starts."""
    command = [sys.executable, "-m", "experiments.bench_sweeps", name, str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def _python(code: str) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


BENCHES: dict[str, Callable[[Path], list[Row]]] = {
    "import": bench_import,
    "urn": bench_urn,
    "rows": bench_rows,
    "metrics": bench_metrics,
    "files": bench_files,
    "sft": bench_sft,
    "drawing": bench_drawing,
    "overhead": bench_overhead,
    "grid": bench_grid,
    "fork": bench_fork,
    "workers": bench_workers,
    "demo": bench_demo,
}


def main(names: Sequence[str]) -> None:
    """Measure all, or those named, and write outputs/bench.json."""
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: list[Row] = []
    for name in names or BENCHES:
        folder = Path(tempfile.mkdtemp(prefix=f"heirloom_bench_{name}_"))
        rows += BENCHES[name](folder)
        shutil.rmtree(folder)
    table = Table("name", "ours", "theirs", "ratio", "goal", "ok", "unit", "detail")
    for measured in rows:
        table.add_row(*("" if value is None else str(value) for value in measured.values()))
    Console().print(table)
    path = Path("outputs/bench.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=1))
    Console().print(f"written to {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
