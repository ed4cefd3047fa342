"""What the tests of the measures share: real texts and a real tokenizer, where they are."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def _path(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"needs the real data {name} in {DATA}, which is not here")
    return DATA / name


def _text(name: str) -> str:
    path = _path(f"text/{name}")
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


@pytest.fixture(scope="session")
def tokenizer_file() -> Path:
    """The tokenizer of a small pretrained model: 512 tokens, with bytes to fall back on."""
    return _path("models/stories260k-hf/tokenizer.json")
