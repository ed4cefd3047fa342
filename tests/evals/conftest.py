"""What the tests of the measures share: real texts, where they are."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

TEXT = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "text"


def _text(name: str) -> str:
    path = TEXT / name
    if not path.exists():
        pytest.skip(f"needs the real text {name} in {TEXT}, which is not here")
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")


@pytest.fixture(scope="session")
def tinystories() -> str:
    """200 kB of stories with their case kept."""
    return _text("tinystories_200k_cased.txt")


@pytest.fixture(scope="session")
def wikitext() -> list[str]:
    """The lines of the WikiText-2 valid split that hold text; one line is one paragraph."""
    return [line for line in _text("wikitext2/wiki.valid.raw.txt.gz").splitlines() if line.strip()]
