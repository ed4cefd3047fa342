"""A finished run of the smallest world, made by the command itself."""

from __future__ import annotations

import pydoc_data.topics
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


TINY = {
    "vocab_size": 300,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
}


@pytest.fixture(scope="session")
def tiny_text(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Overrides of a run on a few real texts with a student of 8,000 weights; each call has a folder of its own."""
    file = tmp_path_factory.mktemp("human") / "texts.txt"
    paragraphs = [part for text in pydoc_data.topics.topics.values() for part in text.split("\n\n")]
    file.write_text("\n\n".join(" ".join(part.split()) for part in paragraphs if len(part) > 80))

    def overrides(*own: str) -> list[str]:
        root = tmp_path_factory.mktemp("text")
        sizes = [
            "source.human_tokens=2000",
            "generator.tokens=300",
            "sampled.tokens=300",
            "generator.max_new_tokens=16",
        ]
        sizes += ["sampled.max_new_tokens=16", "trainer.max_steps=2", "trainer.max_length=32", "generations=1"]
        sizes += ["measure.window=32", "measure.stride=16"]
        source = ["source=text", f"source.path={file}", "source.separator='\\n\\n'"]
        place = [f"output_dir={root / 'out'}", f"store={root / 'store'}", "trackers=[]", "executor=inline"]
        shape = [f"student.{name}={value}" for name, value in TINY.items()]
        return ["experiment=demo", "metrics=[]", *source, *shape, *sizes, *place, *own]

    return overrides


@pytest.fixture(scope="session")
def text_run(tiny_text: Callable[..., list[str]]) -> Path:
    """A run that accumulates text over two generations; tests only read it."""
    words = tiny_text("arm=accumulate", "filters=[random]")
    assert command(["run", *words]) == 0
    root = next(Path(word.partition("=")[2]) for word in words if word.startswith("output_dir="))
    return root / "demo" / "accumulate" / "seed_0"
