"""What sweeping costs beside the stages that it is made of: a cold grid, three forks, two workers beside one.

On an idle machine, one row each, in 1 to 4 minutes: python -m experiments.bench grid (or fork, or workers)
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from experiments.bench import Row, row
from loops.arm import Arm
from loops.fork import fork
from loops.plan import plan
from loops.run import execute
from tracking.run_dir import RunDir

TEXT = (
    "experiment=demo", "arm=[replace,accumulate,human_only]", "filters=[]", "metrics=[perplexity]",
    "source.human_tokens=20000", "generator.tokens=10000", "sampled.tokens=10000", "trainer.max_steps=20",
    "measure.n_texts=300",
)  # fmt: skip
"""A text student whose generation takes some 4 seconds of one core, nearly all of it in four stages."""
FORK_AT, LAST = 2, 4
FORKS = {"accumulate": "mixer=accumulate", "cold": "generator.temperature=0.8", "colder": "generator.temperature=0.6"}
MOST = 1.05
"""Times the seconds of its stages that a sweep may take."""
SPEED = 1.7


def grid(folder: Path) -> list[Row]:
    """Three arms, three seeds and four generations on one worker, beside what their distinct stages took."""
    import_libraries()
    seconds, runs = _cold(folder, "executor=inline", "seeds=[0,1,2]", f"generations={LAST}")
    stages = [stage for run in runs for stage in RunDir(run.folder).read_stages()]
    distinct = {stage["key"]: stage["seconds"] for stage in stages}
    computed = sum(stage["state"] == "computed" for stage in stages)
    alone = sum(distinct.values())
    detail = f"{computed} stages computed, {len(distinct)} are distinct, asked for {len(stages)} times"
    ok = seconds <= MOST * alone and computed == len(distinct)
    name = f"cold grid of 3 arms x 3 seeds x {LAST} generations, one worker"
    return [row(name, seconds, f"<= {MOST} x its distinct stages", ok, "s", detail, alone)]


def forks(folder: Path) -> list[Row]:
    """Three arms forked at generation 2, beside what the trunk says that as many stages take."""
    import_libraries()
    _, runs = _cold(folder, "executor=inline", "arm=replace", "seeds=[0]", f"generations={LAST}")
    trunk = RunDir(runs[0].folder)
    taken: dict[str, list[float]] = defaultdict(list)
    for stage in trunk.read_stages():
        if stage["generation"] > FORK_AT and stage["state"] == "computed":
            taken["draw" if stage["stage"] == "draw" else stage["name"]].append(stage["seconds"])
    arms = [fork(trunk, FORK_AT, [f"name=fork_{name}", sets]) for name, sets in FORKS.items()]
    seconds = _seconds(arms)
    new = [s for arm in arms for s in RunDir(arm.folder).read_stages() if s["state"] == "computed"]
    names = ["draw" if stage["stage"] == "draw" else stage["name"] for stage in new]
    counted = sum(sum(taken[name]) / len(taken[name]) for name in names if name in taken)
    early = sum(stage["generation"] <= FORK_AT for stage in new)
    detail = f"{len(new)} stages computed, {early} of them before the fork; the trunk took {_total(trunk):.1f} s"
    ok = seconds <= 1.1 * counted and early == 0
    name = f"3 arms forked at generation {FORK_AT} of {LAST}, one worker"
    return [row(name, seconds, "<= 1.1 x what as many stages of the trunk took", ok, "s", detail, counted)]


def workers(folder: Path) -> list[Row]:
    """Three arms and four seeds on two workers and on one, each a process of one thread, imports included."""
    settings = "seeds=[0,1,2,3]", "generations=2", "executor=processes"
    two, _ = _cold(folder / "two", *settings, "executor.workers=2")
    one, _ = _cold(folder / "one", *settings, "executor.workers=1")
    detail = f"3 arms x 4 seeds x 2 generations: one worker {one:.1f} s, two {two:.1f} s"
    return [row("two workers beside one", one / two, f">= {SPEED}", one / two >= SPEED, "times as fast", detail)]


def import_libraries() -> None:
    """Import what stages need before the clock starts: in one process it is no part of a sweep's cost."""
    import datasets  # noqa: F401
    import peft  # noqa: F401
    from transformers import AutoTokenizer, LlamaForCausalLM, Trainer  # noqa: F401
    from trl.trainer.sft_trainer import SFTTrainer  # noqa: F401


def _cold(folder: Path, *overrides: str) -> tuple[float, list[Arm]]:
    """Do the runs with an empty store; return their seconds."""
    runs = plan([*TEXT, *overrides, f"output_dir={folder}/out", f"store={folder}/store"])
    return _seconds(runs), runs


def _seconds(runs: Sequence[Arm]) -> float:
    begin = time.perf_counter()
    execute(runs, "python -m experiments.bench", trackers=False)
    return time.perf_counter() - begin


def _total(run: RunDir) -> float:
    return sum(float(stage["seconds"]) for stage in run.read_stages() if stage["state"] == "computed")


ROWS = {"grid": grid, "fork": forks, "workers": workers}


if __name__ == "__main__":
    print(json.dumps(ROWS[sys.argv[1]](Path(sys.argv[2]))))  # noqa: T201
