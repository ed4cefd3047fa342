"""A finished run of the smallest world, made by the command itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from loops.cli import command


@dataclass(frozen=True)
class Urn:
    """Where a run of `experiment=urn scale=smoke` lies."""

    root: Path

    @property
    def place(self) -> list[str]:
        """The overrides that put runs and store here."""
        return [f"output_dir={self.root / 'out'}", f"store={self.store}"]

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def experiment(self) -> Path:
        return self.root / "out" / "urn_smoke"

    def run(self, arm: str) -> Path:
        """The folder of an arm's only seed."""
        return self.experiment / arm / "seed_0"


def start(root: Path, *overrides: str) -> Urn:
    urn = Urn(root)
    words = ["run", "experiment=urn", "scale=smoke", "trackers=[]", *urn.place, *overrides]
    assert command(words) == 0
    return urn


@pytest.fixture(scope="session")
def urn(tmp_path_factory: pytest.TempPathFactory) -> Urn:
    """Three arms, four generations; tests only read it."""
    return start(tmp_path_factory.mktemp("urn"))


@pytest.fixture
def new_urn(tmp_path: Path) -> Callable[..., Urn]:
    """Start a run that a test may change."""
    return lambda *overrides: start(tmp_path, *overrides)
