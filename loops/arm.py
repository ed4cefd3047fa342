"""One run: an arm with a seed, its settings checked and its components built before anything starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from loops.build import build, settings
from loops.checks import check_together
from loops.errors import ConfigError
from loops.key import Key
from loops.runtime import Runtime

ONE = ("source", "student", "generator", "mixer", "trainer", "embedder", "controller")
SEVERAL = ("filters", "metrics", "trackers")
KEEP = ("all", "ends", "last")


@dataclass(frozen=True, slots=True)
class Prompts:
    """What students are prompted with, for the loop and for measuring."""

    kind: Literal["empty", "prefix"]
    """empty: from the beginning-of-text token; prefix: the first tokens of human train texts."""
    count: int | None
    """How many; null: all types of a closed-form world with their probabilities as weights (infinitely many draws)."""
    tokens: int
    """Length of a prefix, in tokens."""


@dataclass(frozen=True, slots=True)
class Splits:
    """How human texts are split, by origin."""

    reference: float
    """Share of characters for metrics and controllers."""
    auditor: float
    """Share of characters that only the report's last check reads."""
    ngram: int
    """Reference and auditor texts that share a word n-gram of this length with train are dropped."""
    jaccard: float
    """So are those whose sets of word 3-grams overlap with a train text's by at least this."""

    def __post_init__(self) -> None:
        if self.reference <= 0 or self.auditor < 0 or self.reference + self.auditor > 0.5:
            raise ValueError(
                f"got reference {self.reference} and auditor {self.auditor}, want the first above 0, the second at "
                "least 0, and together at most 0.5"
            )
        if self.ngram < 1 or not 0 < self.jaccard <= 1:
            raise ValueError(f"got ngram {self.ngram}, jaccard {self.jaccard}, want ngram >= 1, jaccard in (0, 1]")


@dataclass(frozen=True, slots=True)
class Measure:
    """Budgets and intervals, the same for all views."""

    n_words: int | None
    """N: words of a view that is measured; null: all, for closed-form worlds with equal sizes."""
    max_words: int
    """L: words at which a text is cut."""
    n_texts: int
    """Texts of a view that are embedded, or scored token by token."""
    subsets: int
    """Random subsets that what a filter kept is compared with; 0: filters are not measured."""
    groups: int | None
    """How many times the texts are measured again for an interval: groups of the jackknife; null: no intervals of what
    is not a mean over documents."""
    resamples: int
    """Resamples of the bootstrap over documents."""
    window: int
    """Tokens that a model pass sees at once."""
    stride: int
    """Tokens by which the window moves over a longer text."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What the fold over generations does."""

    generations: int
    """The last generation; a run has one row more, for generation 0."""
    generation_0: Literal["train", "base"]
    """Student 0 is trained on human data alone, or is the checkpoint as it came."""
    start: Literal["base", "generation_0", "previous"]
    """What each later student starts from."""
    teacher: Literal["self", "generation_0"]
    """Who writes: student g-1, or student 0 in every generation (the control `one_shot`)."""
    random_filter: bool
    """Keep as many rows at random as the filters left of what was drawn (the control of that name)."""
    adapter: Literal["none", "fresh", "continue", "merge"]
    """none: full weights; fresh: a new adapter; continue: the start's; merge: the start's merged, then a new one."""
    budget: Literal["drawn", "kept"]
    """What `generator.tokens` counts: tokens that are drawn, or tokens that the filters keep of them."""
    max_draws: int
    """With budget=kept: most completions of one prompt; a run that is still short when they are used up stops."""
    data_seed: int
    """Which split of the human data."""

    def __post_init__(self) -> None:
        if self.generations < 0:
            raise ValueError(f"generations: got {self.generations}, want 0 or more")
        if self.max_draws < 1:
            raise ValueError(f"max_draws: got {self.max_draws}, want at least 1")
        if self.adapter in ("continue", "merge") and self.start == "base":
            raise ValueError(f"adapter={self.adapter} needs a start that carries an adapter; start=base carries none")
        if self.adapter == "fresh" and self.start == "previous":
            raise ValueError(
                "adapter=fresh needs a start that carries no adapter; start=previous carries that of the generation "
                "before. Use adapter=continue or adapter=merge"
            )
        if self.adapter == "fresh" and self.start == "generation_0" and self.generation_0 == "train":
            raise ValueError(
                "adapter=fresh needs a start that carries no adapter; student 0 carries that of generation 0. "
                "Use adapter=merge, or generation_0=base"
            )


@dataclass(frozen=True)
class Arm:
    """A composed configuration for one arm and one seed."""

    name: str
    arm: str
    seed: int
    folder: Path
    """The run folder."""
    config: Mapping[str, Any]
    """Plain values, resolved: all that makes this run what it is."""
    place: Mapping[str, Any]
    """Settings of the experiment and of the place, such as where the store lies."""
    trunk: Arm | None = None
    """What this run was forked from; its settings hold up to `fork_generation`."""
    fork_generation: int = -1
    overrides: tuple[str, ...] = ()
    """What composed `config`, in Hydra's grammar and in order: scale, arm, then what the user gave."""

    def at(self, generation: int) -> Arm:
        """Return the settings that hold in a generation."""
        if self.trunk is None or generation > self.fork_generation:
            return self
        before = self.trunk.at(generation)
        return replace(before, name=self.name, arm=self.arm, folder=self.folder, place=self.place)

    @cached_property
    def loop(self) -> Loop:
        """The settings of the fold."""
        return settings(Loop, {name: self.config[name] for name in Loop.__dataclass_fields__}, "")

    @cached_property
    def prompts(self) -> Prompts:
        """The settings of the prompts."""
        return settings(Prompts, self.config["prompts"], "prompts")

    @cached_property
    def splits(self) -> Splits:
        """The settings of the splits."""
        return settings(Splits, self.config["splits"], "splits")

    @cached_property
    def measure(self) -> Measure:
        """The settings of measuring."""
        return settings(Measure, self.config["measure"], "measure")

    @cached_property
    def runtime(self) -> Runtime:
        """Where the arithmetic happens."""
        return settings(Runtime, self.config["runtime"], "runtime")

    @property
    def keep(self) -> str:
        """Which generations' weights stay in the store.

        Raises:
            ConfigError: it is none of all, ends and last.
        """
        keep = str(self.config["keep"])
        if keep not in KEEP:
            raise ConfigError(f"keep: got {keep!r}, want one of {', '.join(KEEP)}.")
        return keep

    @property
    def key(self) -> Key:
        """The root of this run's random numbers."""
        return Key.root(self.seed)

    @property
    def data_key(self) -> Key:
        """The root of what all arms and seeds share."""
        return Key.root(self.loop.data_seed).fold("data")

    def changed(self, settings: Mapping[str, float]) -> Arm:
        """Return this run with other values of components' settings, by their path, such as `mixer.human_share`."""
        config = dict(self.config)
        for path, value in settings.items():
            group, _, name = path.partition(".")
            config[group] = {**config[group], name: value}
        return replace(self, config=config)

    @property
    def plugins(self) -> tuple[str, ...]:
        """Packages besides ours that components may come from."""
        return tuple(self.config["plugins"])

    def node(self, group: str) -> Mapping[str, Any]:
        """Return the YAML node of a group of which one is chosen.

        Raises:
            ConfigError: none is chosen.
        """
        node = self.config.get(group)
        if not isinstance(node, Mapping):
            raise ConfigError(f"{group}: got {json.dumps(node)}, want one of its choices; `heirloom list` shows them.")
        return node

    def nodes(self, group: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the YAML nodes of a group of which several are chosen, in order."""
        return self.config.get(group) or {}

    @cached_property
    def built(self) -> dict[str, Any]:
        """Every component, built and checked against the others.

        Raises:
            ConfigError: a setting is wrong, or components do not go together.
        """
        built = {group: build(self.node(group), group, self.plugins) for group in (*ONE, "sampled", "executor")}
        for group in SEVERAL:
            for name, node in self.nodes(group).items():
                built[f"{group}.{name}"] = build(node, f"{group}.{name}", self.plugins)
        if self.config.get("generation_0_trainer") is not None:
            built["generation_0_trainer"] = build(
                self.node("generation_0_trainer"), "generation_0_trainer", self.plugins
            )
        for group in ("answer", "theory"):
            if self.config.get(group) is not None:
                built[group] = build(self.node(group), group, self.plugins)
        _ = (self.loop, self.prompts, self.splits, self.measure, self.runtime, self.keep)
        check_together(self, built)
        return built
