"""Arms and seeds side by side in worker processes of this machine; events go to the parent, which owns the screen."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from loops.arm import Arm
from loops.executor.failure import failed

Emit = Callable[[dict[str, Any]], None]
Work = Callable[[Arm, Emit], None]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Processes:
    """The number of workers changes no result: threads are a setting of the run, and random numbers have names."""

    workers: int | None
    """Worker processes; null: as many as the cores allow with `runtime.threads` threads each."""

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers: got {self.workers}, want at least 1, or null for as many as fit")

    def run(self, runs: Sequence[Arm], work: Work, emit: Emit) -> None:
        """Do the runs; workers take the next one as they finish, and one that fails leaves the others alone."""
        threads = max(run.runtime.threads for run in runs)
        fit = max(1, len(os.sched_getaffinity(0)) // threads)
        crew = _Crew(work, threads)
        try:
            idle = [crew.hire() for _ in range(min(self.workers or fit, len(runs)))]
            _deal(list(runs), crew, idle, emit)
        finally:
            crew.dismiss()


@dataclass
class _Crew:
    """The workers, each with a pipe of its own: one that is killed while it writes blocks nobody else."""

    work: Work
    threads: int
    processes: dict[Connection, BaseProcess] = field(default_factory=dict)

    def hire(self) -> Connection:
        """Start a worker and return the pipe to it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.work, os.getpid()), daemon=True)
        with _environment(self.threads):
            process.start()
        theirs.close()  # so that the pipe ends when the worker does
        self.processes[ours] = process
        return ours

    def exit_code(self, pipe: Connection) -> int | None:
        """Take a worker off the list that has died, and return what it died with."""
        process = self.processes.pop(pipe)
        process.join()
        return process.exitcode

    def dismiss(self) -> None:
        """End all workers."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.join()


def _deal(waiting: list[Arm], crew: _Crew, idle: list[Connection], emit: Emit) -> None:
    """Give each worker a run, then another whenever it is done; tell of workers that died and replace them."""
    busy: dict[Connection, Arm] = {}
    while waiting or busy:
        while waiting and idle:
            pipe = idle.pop()
            busy[pipe] = waiting.pop(0)
            pipe.send(busy[pipe])
        ready = set(wait(list(busy)))
        for pipe in [pipe for pipe in busy if pipe in ready]:
            try:
                event = pipe.recv()
            except (EOFError, OSError):
                code = crew.exit_code(pipe)
                reason = f"its process ended with code {code} (-9: killed, perhaps for memory)"
                emit(failed(busy.pop(pipe), RuntimeError(reason)))
                idle += [crew.hire()] if waiting else []
                continue
            if event is None:
                del busy[pipe]
                idle.append(pipe)
            else:
                emit(event)


def _serve(pipe: Connection, work: Work, parent: int) -> None:
    """Be a worker: do runs until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent alone answers it
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    while True:
        try:
            run = pipe.recv()
        except EOFError:
            return
        try:
            work(run, pipe.send)
        except Exception as error:
            pipe.send(failed(run, error))
        pipe.send(None)


@contextmanager
def _environment(threads: int) -> Iterator[None]:
    """Set what a worker inherits: threads are fixed before its Python starts. This process keeps its own."""
    ours = {
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _leave_with(parent: int) -> None:
    """End this process when its parent has ended, even by kill -9, so that no orphan holds a lock."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
