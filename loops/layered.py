"""A store on top of another: reads from both, writes to its own, so that the one below stays as it is."""

from __future__ import annotations

from pathlib import Path

from loops.store import Entry, Store


class Layered(Store):
    """Finished stages of `below` are found here too; what is done anew stays in `root`."""

    def __init__(self, root: Path, below: Store) -> None:
        super().__init__(root)
        self.below = below

    def find(self, stage: str, key: str) -> Entry | None:
        """Return a finished stage from either store, or None."""
        return super().find(stage, key) or self.below.find(stage, key)
