"""Work shared out among processes of this machine: one that fails or dies is told of and leaves the others alone."""

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
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Emit = Callable[[Any], None]
Work = Callable[[Item, Emit], None]
"""Does one item and emits what it learns; like items and `Failed`, it is sent to other processes by pickle."""
Failed = Callable[[Item, BaseException], Any]
"""What is emitted of an item whose work raised, or whose process died."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def side_by_side(
    items: Sequence[Item], work: Work[Item], failed: Failed[Item], workers: int, threads: int, emit: Emit
) -> None:
    """Do the items in at most `workers` processes of `threads` threads each; a worker that is done takes the next."""
    crew = _Crew(work, failed, threads)
    try:
        idle = [crew.hire() for _ in range(min(workers, len(items)))]
        _deal(list(items), crew, idle, emit)
    finally:
        crew.dismiss()


def one_by_one(items: Sequence[Item], work: Work[Item], failed: Failed[Item], emit: Emit) -> None:
    """Do the items in this process."""
    for item in items:
        try:
            work(item, emit)
        except Exception as error:
            emit(failed(item, error))


def workers_that_fit(threads: int) -> int:
    """Return how many processes of `threads` threads the cores allow."""
    return max(1, len(os.sched_getaffinity(0)) // threads)


@contextmanager
def environment(threads: int) -> Iterator[None]:
    """Set what a worker that is started here inherits: its threads are fixed before its Python starts."""
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


@dataclass
class _Crew(Generic[Item]):
    """The workers, each with a pipe of its own: one that is killed while it writes blocks nobody else."""

    work: Work[Item]
    failed: Failed[Item]
    threads: int
    processes: dict[Connection, BaseProcess] = field(default_factory=dict)

    def hire(self) -> Connection:
        """Start a worker and return the pipe to it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.work, self.failed, os.getpid()), daemon=True)
        with environment(self.threads):
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


def _deal(waiting: list[Item], crew: _Crew[Item], idle: list[Connection], emit: Emit) -> None:
    """Give each worker an item, then another whenever it is done; tell of workers that died and replace them."""
    busy: dict[Connection, Item] = {}
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
                emit(crew.failed(busy.pop(pipe), RuntimeError(reason)))
                idle += [crew.hire()] if waiting else []
                continue
            if event is None:
                del busy[pipe]
                idle.append(pipe)
            else:
                emit(event)


def _serve(pipe: Connection, work: Work[Item], failed: Failed[Item], parent: int) -> None:
    """Be a worker: do items until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent alone answers it
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        one_by_one([item], work, failed, pipe.send)
        pipe.send(None)


def _leave_with(parent: int) -> None:
    """End this process when its parent has ended, even by kill -9, so that no orphan holds a lock."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
