"""Runs as jobs of a Slurm cluster, through the library `submitit`; events come back through files."""

from __future__ import annotations

import importlib.util
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from loops.arm import Arm
from loops.errors import ConfigError
from loops.executor.crew import environment, one_by_one
from loops.executor.failure import failed

Emit = Callable[[dict[str, Any]], None]
Work = Callable[[Arm, Emit], None]
SECONDS_BETWEEN_LOOKS = 0.3
FOLDER = "submitit"
"""Below the experiment's folder: what was submitted, and what each job wrote to its standard output and error."""


@dataclass(frozen=True, slots=True)
class Submitit:
    """One job a run; a job that is preempted or out of time is queued again, and goes on where it left off.

    Jobs and the parent meet in files alone, so store and output folder must lie where every node sees them, on a file
    system whose locks hold between nodes; without such locks shared stages are computed more than once. The parent
    stays alive while jobs run. Ctrl-C cancels them; if it is killed they go on, and the same command finds what they
    finish.
    """

    cluster: Literal["slurm", "local"]
    """slurm: jobs of the cluster that this machine can submit to; local: processes of this machine, to try it out."""
    workers: int | None
    """Jobs submitted at one time; null: all at once, as one array."""
    timeout_min: int
    """Minutes that a job may take before it is queued again."""
    max_num_timeout: int
    """How often a job that ran out of time is queued again."""
    parameters: Mapping[str, Any]
    """What else jobs ask for, in submitit's names: mem_gb, gpus_per_node, slurm_partition, slurm_account, ..."""

    def __post_init__(self) -> None:
        for name in ("workers", "timeout_min"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: got {value}, want at least 1" + (", or null for all" * (name == "workers")))
        if self.max_num_timeout < 0:
            raise ValueError(f"max_num_timeout: got {self.max_num_timeout}, want 0 or more")

    def check_available(self) -> None:
        """Refuse, before anything starts, a machine from which nothing can be submitted.

        Raises:
            ConfigError: the package is not installed, or Slurm's commands are not there.
        """
        if importlib.util.find_spec("submitit") is None:
            raise ConfigError(
                "executor=submitit: the package submitit is not installed. Run `pip install submitit`, or choose "
                "executor=processes."
            )
        if self.cluster == "slurm" and shutil.which("srun") is None:
            raise ConfigError(
                "executor.cluster: got slurm, but the command srun is not on this machine. Start from a node that can "
                "submit jobs, or choose executor=processes."
            )

    def at_once(self, runs: Sequence[Arm]) -> int:
        """Return how many runs are under way at one time, if the cluster has room for them."""
        return min(len(runs), self.workers or len(runs))

    def run(self, runs: Sequence[Arm], work: Work, emit: Emit) -> None:
        """Submit the runs and pass on what they tell; one that fails leaves the others alone."""
        folder = (runs[0].folder.parent.parent / FOLDER).resolve()
        threads = max(run.runtime.threads for run in runs)
        executor = self._executor(folder, runs[0].name, threads)
        waiting, busy = list(runs), list[_Job]()
        try:
            while waiting or busy:
                free = len(waiting) if self.workers is None else self.workers - len(busy)
                if free and waiting:
                    with environment(threads):
                        busy += _submitted(executor, waiting[:free], work, folder)
                    del waiting[:free]
                busy = [job for job in busy if not job.has_ended(emit)]
                time.sleep(SECONDS_BETWEEN_LOOKS if busy else 0)
        finally:
            for job in busy:
                job.handle.cancel(check=False)

    def _executor(self, folder: Path, name: str, threads: int) -> Any:
        from submitit import AutoExecutor

        own = {f"{self.cluster}_max_num_timeout": self.max_num_timeout}
        executor = AutoExecutor(folder=folder, cluster=self.cluster, **own)
        asked = {"name": name, "timeout_min": self.timeout_min, "cpus_per_task": threads, **self.parameters}
        try:
            executor.update_parameters(**asked)
        except (NameError, ValueError, AssertionError) as error:  # submitit's own for names and types
            raise ConfigError(f"executor.parameters: {str(error).splitlines()[0].rstrip('.')}.") from error
        return executor


@dataclass(frozen=True)
class _Task:
    """What a job does, sent to it by pickle."""

    run: Arm
    work: Work
    events: Path

    def __call__(self) -> None:
        with self.events.open("a", encoding="utf-8") as file:

            def write(event: dict[str, Any] | None) -> None:
                file.write(json.dumps(event) + "\n")
                file.flush()

            one_by_one([self.run], self.work, failed, write)
            write(None)  # the last word: the job may go

    def checkpoint(self) -> Any:
        """Return what is queued again when the job is preempted or out of time: the same, since stages are kept."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


@dataclass
class _Job:
    """A job in the parent's eyes."""

    run: Arm
    handle: Any
    events: Path
    read: int = field(default=0)
    """Bytes of its events that were passed on."""

    def has_ended(self, emit: Emit) -> bool:
        """Pass on what is new, and say whether nothing more will come."""
        if self._pass_on(emit):
            return self._forget()
        if not self.handle.done():
            return False
        error = self.handle.exception()  # waits for files that come late
        if not self._pass_on(emit):
            emit(failed(self.run, RuntimeError(f"its job {self.handle.job_id} died: {error}")))
        return self._forget()

    def _pass_on(self, emit: Emit) -> bool:
        """Return whether the last word was there."""
        for event in self._new():
            if event is None:
                return True
            emit(event)
        return False

    def _new(self) -> Iterator[dict[str, Any] | None]:
        if not self.events.exists():
            return
        with self.events.open("rb") as file:
            file.seek(self.read)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]  # the rest of a line is still being written
        self.read += len(whole)
        for line in whole.splitlines():
            yield json.loads(line)

    def _forget(self) -> bool:
        self.events.unlink(missing_ok=True)
        return True


def _submitted(executor: Any, runs: Sequence[Arm], work: Work, folder: Path) -> list[_Job]:
    # A job of a command that was killed may still write, so no two jobs share a file.
    tasks = [_Task(run, work, folder / f"{uuid4().hex}.events") for run in runs]
    with executor.batch():
        handles = [executor.submit(task) for task in tasks]
    return [_Job(task.run, handle, task.events) for task, handle in zip(tasks, handles, strict=True)]
