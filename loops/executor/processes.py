"""Arms and seeds side by side in worker processes of this machine; events go to the parent, which owns the screen."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
        n_workers = min(self.workers or fit, len(runs))
        # Threads are fixed before Python starts: the workers inherit this environment.
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)), OMP_WAIT_POLICY="PASSIVE")
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        context = multiprocessing.get_context("spawn")
        events, places = context.Queue(), [context.Pipe() for _ in range(n_workers)]
        workers = [
            context.Process(target=_serve, args=(theirs, events, work, number, os.getpid()), daemon=True)
            for number, (_, theirs) in enumerate(places)
        ]
        for worker in workers:
            worker.start()
        try:
            _deal(list(runs), workers, [ours for ours, _ in places], events, emit)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.join()


def _deal(runs: list[Arm], workers: Sequence[BaseProcess], pipes: Sequence[Any], events: Any, emit: Emit) -> None:
    """Give each worker a run, then another whenever it is done; tell of workers that died."""
    waiting = list(runs)
    busy: dict[int, Arm] = {}
    idle = list(range(len(workers)))
    while waiting or busy:
        while waiting and idle:
            number = idle.pop(0)
            busy[number] = waiting.pop(0)
            pipes[number].send(busy[number])
        try:
            number, event = events.get(timeout=0.2)
        except queue.Empty:
            for number in [n for n in busy if not workers[n].is_alive()]:
                run = busy.pop(number)
                code = workers[number].exitcode
                emit(
                    failed(
                        run,
                        RuntimeError(f"its process ended with code {code} (-9: killed, perhaps for memory)"),
                    )
                )
            if waiting and not busy and not idle:
                raise RuntimeError("all worker processes have died") from None
            continue
        if event is None:
            busy.pop(number, None)
            idle.append(number)
        else:
            emit(event)


def _serve(pipe: Any, events: Any, work: Work, number: int, parent: int) -> None:
    """Be a worker: do runs until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent alone answers it
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()

    def emit(event: dict[str, Any]) -> None:
        events.put((number, event))

    while True:
        try:
            run = pipe.recv()
        except EOFError:
            return
        try:
            work(run, emit)
        except Exception as error:
            emit(failed(run, error))
        events.put((number, None))


def _leave_with(parent: int) -> None:
    """End this process when its parent has ended, even by kill -9, so that no orphan holds a lock."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
