"""How a run that failed is told of: as an event, in one message where the user can put it right."""

from __future__ import annotations

import errno
import traceback
from typing import Any

from loops.arm import Arm
from loops.errors import HeirloomError


def failed(run: Arm, error: BaseException) -> dict[str, Any]:
    """Return the event; errors that are not the user's carry their traceback."""
    code, message = 1, "".join(traceback.format_exception(error))
    if isinstance(error, HeirloomError):
        code, message = error.exit_code, str(error)
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        code = 2
        message = (
            f"{error.filename or run.place['store']}: the disk is full. Free some space; the same command goes on."
        )
    return {"kind": "run_failed", "arm": run.arm, "seed": run.seed, "message": message, "code": code}
