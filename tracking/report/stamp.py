"""Knowing a report that would be drawn just as it is: most of a report's time goes into its panels."""

import hashlib
import sys
from importlib.metadata import version
from pathlib import Path

from tracking.report.data import ReportData

_OURS = Path(__file__).resolve().parent.parent
_OPENING = 1000
"""Characters of a page in which its stamp stands."""


def stamp_of(data: ReportData) -> str:
    """Name all that a page follows from: its data, the files of `tracking`, and the versions that draw it."""
    state = hashlib.blake2b(repr(data).encode("utf-8", "surrogatepass"), digest_size=16)
    state.update(repr((sys.version_info[:2], version("matplotlib"), version("jinja2"))).encode())
    for path in sorted(_OURS.rglob("*")):
        if path.suffix in (".py", ".j2", ".css"):
            state.update(path.read_bytes())
    return state.hexdigest()


def bears(path: Path, stamp: str) -> bool:
    """Say whether the page at a path bears this stamp; a page that somebody drew without one bears none."""
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return f'name="stamp" content="{stamp}"' in file.read(_OPENING)
