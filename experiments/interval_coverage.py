"""Do the intervals hold? Every metric of texts on a Zipf world, repeated 200 times.

Claim: the 95% interval within a run contains the truth, which is the mean over 2,000 fresh draws at the same budget, in
90 to 98% of repetitions. Ratio is its mean width over that of the middle 95% of the 2,000 values: 1 where it is as wide
as texts make the figure vary. A part that never varies is passed over; so is one that mostly has no interval.

    python -m experiments.interval_coverage [metric ...]      prints the table and writes outputs/interval_coverage.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.command import run_module
from loops.config import CONFIGS, component
from loops.given import Given
from loops.key import Key
from loops.measuring import Budget, Call, View, measured
from loops.runtime import Runtime
from loops.samples import Samples

REPETITIONS, TRUTHS = 200, 2000
HOLDS = (0.90, 0.98)
ROUNDING = 1e-9
PATH = Path("outputs/interval_coverage.json")
RUNTIME = Runtime(threads=1, device="cpu", dtype="float32", attn_implementation="sdpa")


@dataclass(frozen=True)
class ZipfTexts:
    """Texts whose words are drawn from Zipf frequencies, and a student and a student 0 that are off in known ways."""

    n_texts: int = 60
    n_words: int = 20
    """Words of a text."""
    types: int = 300

    @cached_property
    def words(self) -> np.ndarray:
        """The vocabulary, most frequent first, (types,)."""
        return np.array([f"w{i}" for i in range(self.types)])

    @cached_property
    def frequency(self) -> np.ndarray:
        """Zipf frequencies with exponent 1, (types,)."""
        mass = 1 / np.arange(1, self.types + 1)
        share: np.ndarray = mass / mass.sum()
        return share

    @cached_property
    def embedder(self) -> Any:
        """What turns texts into rows; put together once, which costs more than all of its rows."""
        return component("embedder/hashed_ngrams", dimensions=24)

    @property
    def budget(self) -> Budget:
        """All of the texts, in 20 groups."""
        total = self.n_texts * self.n_words
        return Budget(n_words=total, max_words=self.n_words, n_texts=self.n_texts, groups=20, resamples=1000)

    def draw(self, key: Key, n_texts: int | None = None) -> Samples:
        """Draw texts."""
        kind = key.rng().choice(self.types, size=(n_texts or self.n_texts, self.n_words), p=self.frequency)
        rows = [{"prompt_id": str(i), "completion": " ".join(words)} for i, words in enumerate(self.words[kind])]
        return Samples.of_text(rows)

    def log_probs(self, texts: Samples, key: Key, flat: float) -> dict[str, np.ndarray]:
        """Score texts as a student would that is `flat` of the way to uniform, with a mood for each text."""
        own = (1 - flat) * self.frequency + flat / self.types
        n = len(texts)
        kind = np.array([[int(word[1:]) for word in text.split()] for text in texts.texts()])
        ends = np.array([np.cumsum([len(word) + 1 for word in text.split()]) - 1 for text in texts.texts()])
        mood = key.fold("mood").rng().gamma(4.0, 0.25, size=(n, 1))
        nats = np.log(own)[kind] * mood
        return {
            "document": np.repeat(np.arange(n, dtype=np.int32), self.n_words),
            "token": kind.ravel().astype(np.int32),
            "nats": nats.ravel().astype(np.float32),
            "top_nats": np.maximum(nats, np.log(own[0]) * mood).ravel().astype(np.float32),
            "end": ends.ravel().astype(np.int32),
        }

    def made(self, need: str, texts: Samples, key: Key) -> Any:
        """Return the model pass that a need names, over some texts."""
        if need == "embeddings":
            return {"embeddings": self.embedder.embed(texts, Given({}), RUNTIME)}
        flat = 0.1 if need == "student_0_log_probs" else 0.3
        return self.log_probs(texts, key.fold(need), flat)

    def human(self, needs: Sequence[str]) -> dict[str, Any]:
        """Return what is the same in every repetition: reference texts, passes over them, counts of train text."""
        key = Key.root(0).fold("human")
        reference = self.draw(key)
        train = " ".join(self.draw(key.fold("train"), 500).texts()).split()
        words = dict(zip(*(column.tolist() for column in np.unique(train, return_counts=True)), strict=True))
        buckets = {"words": words, "tokens": {w[1:]: n for w, n in words.items()}}
        given = {"reference": View(reference), "buckets": buckets}
        beside = [need for need in needs if need.startswith("reference_")]
        return given | {need: self.made(need.removeprefix("reference_"), reference, key) for need in beside}


WORLDS = {
    "frechet": ZipfTexts(n_texts=80),  # 25 in the smallest block for 24 dimensions, 4 texts left out
    "mauve": ZipfTexts(n_texts=200),  # 20 buckets
    "repeated_sequences": ZipfTexts(n_texts=300, n_words=10, types=3),  # 8 words that come again, and whole texts
    "self_repetition": ZipfTexts(types=50),  # 300 types hardly repeat 4 words
    "typicality": ZipfTexts(n_texts=270),  # 269 bound the 1% quantile
}
"""Where the plain world does not do."""


def call(metric: Any, world: ZipfTexts, human: Mapping[str, Any], key: Key, budget: Budget) -> Call:
    """Draw a view and what else the metric reads of it."""
    view = world.draw(key.fold("view"))
    own = [need for need in metric.needs if need not in human]
    return Call(metric, View(view), {**human, **{need: world.made(need, view, key) for need in own}}, budget, key)


class Repeated(NamedTuple):
    """One part, measured again and again."""

    values: np.ndarray
    """Of fresh draws, (n_truths,)."""
    low: np.ndarray
    """Of the intervals of other draws, nan where there is none, (n_repetitions,)."""
    high: np.ndarray

    @property
    def truth(self) -> float:
        """The mean over fresh draws."""
        return float(np.mean(self.values))

    @property
    def spread(self) -> float:
        """Width of the middle 95% of the values."""
        low, high = np.quantile(self.values, [0.025, 0.975])
        return float(high - low)

    @property
    def constant(self) -> bool:
        """Whether other texts do not move the figure."""
        return bool(np.ptp(self.values) <= ROUNDING * max(abs(self.truth), 1))

    @property
    def with_interval(self) -> float:
        """Share of repetitions that have an interval."""
        return float(np.mean(np.isfinite(self.low)))

    @property
    def held(self) -> float:
        """Share of the intervals that hold the truth."""
        made = np.isfinite(self.low)
        return float(np.mean((self.low[made] <= self.truth) & (self.truth <= self.high[made])))

    @property
    def ratio(self) -> float:
        """Mean width of the intervals over the spread."""
        return float(np.nanmean(self.high - self.low)) / self.spread

    @property
    def judged(self) -> bool:
        """Whether there is anything to judge."""
        return not self.constant and self.with_interval >= 0.5

    @property
    def holds(self) -> bool:
        """Whether the interval holds as often as the claim wants."""
        return HOLDS[0] <= self.held <= HOLDS[1]

    def row(self) -> dict[str, float]:
        """What is kept of it."""
        named = ("truth", "spread", "with_interval", *(("held", "ratio") if self.judged else ()))
        return {name: getattr(self, name) for name in named}


def coverage(
    metric: Any, world: ZipfTexts, repetitions: int = REPETITIONS, truths: int = TRUTHS
) -> dict[str, Repeated]:
    """Repeat the parts that every draw has: values of fresh draws, and intervals of others.

    Raises:
        ValueError: the metric cannot be measured on this world.
    """
    key, human, alone = Key.root(1), world.human(metric.needs), replace(world.budget, groups=None, resamples=2)
    fresh = [_parts(call(metric, world, human, key.fold("truth", i), alone)) for i in range(truths)]
    again = [_parts(call(metric, world, human, key.fold("repetition", i), world.budget)) for i in range(repetitions)]
    found = {}
    for part in fresh[0]:
        if all(part in each for each in (*fresh, *again)):
            ends = [np.array([each[part].get(end, np.nan) for each in again]) for end in ("low", "high")]
            found[part] = Repeated(np.array([each[part]["value"] for each in fresh]), *ends)
    return found


def judge(found: Mapping[str, Mapping[str, Repeated]]) -> str:
    """Say reproduced when every interval holds in 90 to 98% of repetitions, else contradicted."""
    judged = [part for parts in found.values() for part in parts.values() if part.judged]
    if not judged:
        return "inconclusive"
    return "reproduced" if all(part.holds for part in judged) else "contradicted"


def outside(found: Mapping[str, Mapping[str, Repeated]]) -> list[str]:
    """Name the parts whose intervals hold too seldom or too often."""
    every = [(f"{name}/{part}", each) for name, parts in found.items() for part, each in parts.items()]
    return [name for name, each in every if each.judged and not each.holds]


def world_of(name: str) -> ZipfTexts:
    """Return the world of a metric: the plain one, but where that is too small or has nothing to count."""
    return WORLDS.get(name, ZipfTexts())


def text_metrics() -> list[str]:
    """Return the metrics that read texts or scores of them; graded draws and probes are not in the Zipf world."""
    names = sorted(path.stem for path in (CONFIGS / "metrics").glob("*.yaml"))
    made = {name: component(f"metrics/{name}") for name in names}
    return [
        name for name, metric in made.items() if "text" in metric.kinds and metric.reads not in ("graded", "probes")
    ]


def _parts(one: Call) -> dict[str, Any]:
    result = measured(one)
    if "why" in result:
        raise ValueError(f"{type(one.metric).__name__}: {result['why']}")
    parts: dict[str, Any] = result["parts"]
    return parts


def _covered(name: str) -> tuple[str, dict[str, Repeated]]:
    return name, coverage(component(f"metrics/{name}"), world_of(name))


def _cells(name: str, part: str, each: Repeated) -> list[str]:
    held, ratio = (f"{each.held:.3f}", f"{each.ratio:.2f}") if each.judged else ("", "")
    interval = "never varies" if each.constant else f"{each.with_interval:.0%}"
    return [name, part, f"{each.truth:.4g}", interval, held, ratio]


def main(names: Sequence[str]) -> None:
    """Measure all metrics, or those named, and print."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = dict(pool.map(_covered, names or text_metrics()))
    table = Table("metric", "part", "truth", "has interval", "held", "ratio", box=None)
    for name, parts in found.items():
        for part, each in parts.items():
            table.add_row(*_cells(name, part, each))
    console = Console(width=110)
    console.print((__doc__ or "").split("\n\n")[1])
    console.print(table)
    console.print(f"judgement: {judge(found)}; outside {HOLDS[0]:.0%} to {HOLDS[1]:.0%}: {outside(found) or 'none'}")
    PATH.parent.mkdir(exist_ok=True)
    rows = {name: {part: each.row() for part, each in parts.items()} for name, parts in found.items()}
    PATH.write_text(json.dumps(rows, indent=1))
    console.print(f"written to {PATH}")


if __name__ == "__main__":
    run_module(main)
