"""Which metrics and filters are used on files: chosen by what each declares that it reads, with the loop's settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loops.arm import Measure
from loops.build import build, settings
from loops.config import CONFIGS, compose
from loops.errors import ConfigError
from loops.plan import parse
from loops.runtime import Runtime

READ_OF_FILES = ("words", "ngrams", "embeddings")
OF_HUMAN_TEXT = ("reference", "reference_embeddings", "buckets")
GIVEN_BY_FILES = ("embeddings", *OF_HUMAN_TEXT)
"""Of what a metric can need, all that texts alone give; buckets are then of words, not of tokens."""
BESIDE_METRICS = ("embedder", "runtime", "measure.groups", "measure.resamples", "measure.n_texts")
"""Settings that measuring files reads besides those of the metrics themselves."""


@dataclass(frozen=True)
class Chosen:
    """The metrics, and all that they are measured with."""

    metrics: Mapping[str, Any]
    """Those that files are enough for."""
    refused: Mapping[str, str]
    """The others, and why."""
    embedder: Any
    measure: Measure
    runtime: Runtime
    settings: Mapping[str, Any]
    """The settings of the metrics and the embedder as plain values."""

    def without(self, names: Sequence[str], why: str) -> Chosen:
        """Refuse some metrics after all."""
        metrics = {name: metric for name, metric in self.metrics.items() if name not in names}
        return replace(self, metrics=metrics, refused={**self.refused, **dict.fromkeys(names, why)})

    def by_reason(self) -> dict[str, list[str]]:
        """Return the refused metrics by the reason."""
        reasons: dict[str, list[str]] = {}
        for name, why in self.refused.items():
            reasons.setdefault(why, []).append(name)
        return reasons


def choose_metrics(names: Sequence[str] | None, overrides: Sequence[str], has_human: bool) -> Chosen:
    """Build the metrics that are asked for; None: every metric of text, of which those that need a model are refused.

    Raises:
        ConfigError: an unknown metric or setting.
    """
    asked = list(names) if names is not None else sorted(path.stem for path in (CONFIGS / "metrics").glob("*.yaml"))
    config = compose([f"metrics=[{','.join(asked)}]", *expanded("metrics", asked, overrides, BESIDE_METRICS)])
    nodes = config["metrics"] or {}
    built = {name: build(node, f"metrics.{name}") for name, node in nodes.items()}
    if names is None:
        built = {name: metric for name, metric in built.items() if "text" in metric.kinds}
    refused = {name: why for name, metric in built.items() if (why := why_not(metric, has_human))}
    return Chosen(
        metrics={name: metric for name, metric in built.items() if name not in refused},
        refused=refused,
        embedder=build(config["embedder"], "embedder"),
        measure=settings(Measure, config["measure"], "measure"),
        runtime=settings(Runtime, config["runtime"], "runtime"),
        settings={"metrics": {name: nodes[name] for name in built}, "embedder": config["embedder"]},
    )


def why_not(metric: Any, has_human: bool) -> str | None:
    """Say why texts alone are not enough for a metric; None: they are."""
    if "text" not in metric.kinds:
        return f"reads {' and '.join(metric.kinds)} of closed-form worlds, not texts"
    foreign = [need for need in metric.needs if need not in GIVEN_BY_FILES]
    if metric.reads not in READ_OF_FILES and metric.reads not in foreign:
        foreign = [metric.reads, *foreign]
    if foreign:
        return f"needs {' and '.join(foreign)}, which a run has and a file has not"
    if not has_human and any(need in metric.needs for need in OF_HUMAN_TEXT):
        return "compares with human text, give --reference"
    return None


def choose_filters(names: Sequence[str], overrides: Sequence[str]) -> dict[str, Any]:
    """Build the filters that are asked for, in order.

    Raises:
        ConfigError: an unknown filter or setting, or one that needs more than the texts.
    """
    if len(set(names)) < len(names) or not names:
        raise ConfigError(f"--filters: got {','.join(names) or 'none'}, want one or more, each once.")
    config = compose([f"filters=[{','.join(names)}]", *expanded("filters", names, overrides, ())])
    built = {name: build(node, f"filters.{name}") for name, node in config["filters"].items()}
    for name, judge in built.items():
        if "text" not in judge.kinds:
            raise ConfigError(f"--filters: {name} judges {' and '.join(judge.kinds)}, not texts.")
        if judge.needs:
            raise ConfigError(
                f"--filters: {name} needs {' and '.join(judge.needs)}, which a run has and a file has not. "
                f"Use it in an experiment: heirloom run filters=[{name}]."
            )
    return built


def expanded(group: str, names: Sequence[str], overrides: Sequence[str], beside: Sequence[str]) -> list[str]:
    """Write `hill.n=[1,2]` as `metrics.hill.n=[1,2]`, and let through what else is read.

    Raises:
        ConfigError: a setting of something else, which nothing here would read.
    """
    lines = []
    for override in parse(overrides):
        key, line = str(override.key_or_group), str(override.input_line)
        if override.is_sweep_override():
            raise ConfigError(f"{line}: several values, want one; a list stands in brackets: {key}=[1,2].")
        first, is_plain = key.partition(".")[0], line.startswith(key)  # not +, ++ or ~
        if is_plain and first in names:
            lines.append(f"{group}.{line}")
        elif is_plain and (key in beside or key.startswith((f"{group}.", *(f"{name}." for name in beside)))):
            lines.append(line)
        else:
            near = difflib.get_close_matches(first, [*names, *beside], 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join([*names, *beside])}."
            raise ConfigError(f"{line}: is a setting of nothing that is used here. {hint}")
    return lines
