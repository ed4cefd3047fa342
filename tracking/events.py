"""What a worker tells its parent while it works: one small plain dict per event."""

from typing import Literal, Required, TypedDict

from tracking.rows import Row

EventKind = Literal["run_started", "stage_started", "progress", "stage_done", "row", "run_done", "warning", "log"]


class Event(TypedDict, total=False):
    """One event; only `kind` is always there. It crosses process borders, so it holds plain values only.

    run_started and run_done carry arm and seed; stage_started, progress and stage_done add generation and
    stage; row carries the history row; warning and log carry a message.
    """

    kind: Required[EventKind]
    arm: str
    seed: int
    generation: int
    stage: str
    done: int
    """Units finished so far in this stage, not since the last event."""
    total: int | None
    """Units that the stage will take; None where it cannot be known."""
    unit: str
    """What is counted, in the plural: "texts", "training steps", "tokens"."""
    row: Row
    message: str
    seconds: float
    state: Literal["computed", "found"]
    """Whether the stage was computed now or found in the store."""
