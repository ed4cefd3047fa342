"""The plan: sweeps x arms x seeds become runs, all composed, built and checked before any of them starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from loops.arm import ONE, SEVERAL, Arm
from loops.config import choices, compose
from loops.errors import ConfigError

NOT_OF_A_RUN = ("arms", "arm", "scales", "seeds", "controls", "headline", "store", "output_dir", "recompute")
"""Settings of the experiment or of the place: a run's own configuration does without them."""

IN_THE_FOLDER = ("arm", "seeds")
"""Settings that a run's folder tells of anyway, so that sweeping over them adds no label."""

SHAPES = {"name": str, "store": str, "output_dir": str, "recompute": bool, "plugins": list}
"""Settings that no component checks."""


def plan(overrides: Sequence[str], multirun: bool = False) -> list[Arm]:
    """Return the runs of an experiment, arms first and seeds within them.

    Raises:
        ConfigError: an override is wrong, an arm or scale does not exist, an override changes what an arm sets, or a
            component refuses its settings.
    """
    combinations = sweep(overrides) if multirun else [([*_checked(overrides)], "")]
    runs: list[Arm] = []
    for user, label in combinations:
        experiment = _scaled(compose(user), user)
        for arm in _arms(experiment):
            runs += _runs(experiment, user, str(arm), label)
    _check_folders(runs)
    for run in runs:
        _ = run.built
    return runs


def sweep(overrides: Sequence[str]) -> list[tuple[list[str], str]]:
    """Return every combination of swept values with the label that it adds to the arm's name."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    parsed = parse(overrides)
    swept = {override.get_key_element() for override in parsed if override.is_sweep_override()} - set(IN_THE_FOLDER)
    combinations = BasicSweeper.split_arguments(parsed, max_batch_size=None)[0]
    labelled = []
    for combination in combinations:
        label = ",".join(part for part in combination if part.partition("=")[0] in swept)
        labelled.append((list(combination), label))
    return labelled


def _checked(overrides: Sequence[str]) -> Sequence[str]:
    for override in parse(overrides):
        if override.is_sweep_override():
            raise ConfigError(f"{override.input_line}: several values are a sweep. Add -m, or quote a list: 'x=[1,2]'.")
    return overrides


def parse(overrides: Sequence[str]) -> list[Any]:
    """Read overrides in Hydra's own grammar.

    Raises:
        ConfigError: one cannot be read.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import OverrideParseException

    try:
        parsed = list(OverridesParser.create().parse_overrides(overrides=list(overrides)))
    except OverrideParseException as error:
        raise ConfigError(f"{error.override}: cannot be read as key=value. {str(error).splitlines()[0]}") from error
    for override in parsed:
        if not override.key_or_group:
            raise ConfigError(f"{override.input_line}: cannot be read as key=value. The key is missing.")
        is_left_out = override.is_delete() and override.key_or_group not in ONE
        chosen = [] if is_left_out or override.is_sweep_override() else override.value()
        if override.key_or_group in (*ONE, "answer", "theory") and not isinstance(chosen, (str, list, dict)):
            names = [choice.partition("/")[2] for choice in choices() if choice.startswith(f"{override.key_or_group}/")]
            raise ConfigError(f"{override.input_line}: want one of {', '.join(names)}.")
        if override.key_or_group in SEVERAL and isinstance(chosen, list) and len(set(map(str, chosen))) < len(chosen):
            raise ConfigError(
                f"{override.input_line}: each choice once. For two of a kind, write a YAML of another name in "
                f"configs/{override.key_or_group}."
            )
    return parsed


def _runs(experiment: Mapping[str, Any], user: Sequence[str], arm: str, label: str) -> list[Arm]:
    """Compose one arm: the experiment, then its scale, then the arm, then what the user gave."""
    arm_sets = list(override_lines((experiment.get("arms") or {}).get(arm, [])))
    scale_sets = _scale(experiment)
    names = {override.get_key_element(): override.input_line for override in parse(user)}
    for override in parse(arm_sets):
        if override.get_key_element() in names:
            raise ConfigError(
                f"{names[override.get_key_element()]}: arm {arm!r} sets {override.input_line} itself. "
                f"Give an arm of your own instead: '+arms.mine=[\"{names[override.get_key_element()]}\"]'."
            )
    taken = {override.get_key_element() for override in parse([*arm_sets, *user])}
    scale_left = [line for line in scale_sets if parse([line])[0].get_key_element() not in taken]
    overrides = (*scale_left, *arm_sets, *user)
    config = compose(overrides)
    _check_names(config)
    name = config["name"] if config["scale"] is None else f"{config['name']}_{config['scale']}"
    own = {key: value for key, value in config.items() if key not in NOT_OF_A_RUN}
    full_name = ",".join(part for part in (arm, label) if part)
    places = {key: config.get(key) for key in NOT_OF_A_RUN}
    return [
        Arm(
            name=name,
            arm=full_name,
            seed=int(seed),
            folder=Path(config["output_dir"]) / name / full_name / f"seed_{seed}",
            config=own,
            place=places,
            overrides=overrides,
        )
        for seed in _seeds(config)
    ]


def override_lines(overrides: Sequence[Any]) -> Iterator[str]:
    """Yield an arm's overrides; a list within the list is read in its place, so that arms can share it by an anchor."""
    for line in overrides:
        if isinstance(line, list):
            yield from override_lines(line)
        else:
            yield str(line)


def _check_names(config: Mapping[str, Any]) -> None:
    """Refuse what `+name=value` added and nothing reads, and settings of the wrong shape."""
    known = _known_names()
    for name in config:
        if name not in known:
            raise ConfigError(f"{name}: unknown setting. Known: {', '.join(sorted(known))}.")
    for name, kind in SHAPES.items():
        if not isinstance(config[name], kind):
            raise ConfigError(f"{name}: got {config[name]!r}, want a {kind.__name__}.")


@cache
def _known_names() -> frozenset[str]:
    groups = {choice.partition("/")[0] for choice in choices()}
    return frozenset({*compose([]), *groups, "generation_0_trainer"} - {"models", "experiment"})


def _arms(experiment: Mapping[str, Any]) -> list[str]:
    """Return the arms that are asked for; an experiment without arms has one, called main."""
    for name in ("arms", "scales"):
        if not isinstance(experiment.get(name) or {}, dict):
            raise ConfigError(f"{name}: got {experiment[name]!r}, want names with lists of overrides.")
    there = [str(arm) for arm in experiment.get("arms") or {}] or ["main"]
    asked = experiment["arm"]
    chosen = there if asked is None else [asked] if isinstance(asked, str) else list(asked)
    for arm in chosen:
        if arm not in there:
            raise ConfigError(f"arm: got {arm}, this experiment has {', '.join(there)}.")
    return chosen


def _scale(experiment: Mapping[str, Any]) -> list[str]:
    scale = experiment["scale"]
    if scale is None:
        return []
    if scale not in (experiment["scales"] or {}):
        known = ", ".join(experiment["scales"] or {}) or "none; choose an experiment that has scales"
        raise ConfigError(f"scale: got {scale}, this experiment has {known}.")
    return [str(line) for line in experiment["scales"][scale]]


def _scaled(experiment: dict[str, Any], user: Sequence[str]) -> dict[str, Any]:
    """Let a scale say which arms there are and what they set; all else that it sets is composed with each arm."""
    lines = [line for line in _scale(experiment) if parse([line])[0].get_key_element().split(".")[0] in ("arm", "arms")]
    return compose([*lines, *user]) if lines else experiment


def _seeds(config: Mapping[str, Any]) -> list[int]:
    seeds = config["seeds"]
    if not isinstance(seeds, list) or not seeds or not all(isinstance(seed, int) for seed in seeds):
        raise ConfigError(f"seeds: got {seeds!r}, want a list of whole numbers, such as 'seeds=[0,1,2]'.")
    if len(set(seeds)) < len(seeds):
        raise ConfigError(f"seeds: got {seeds}, want each seed once.")
    return seeds


def _check_folders(runs: Sequence[Arm]) -> None:
    folders: dict[Path, Arm] = {}
    for run in runs:
        if run.folder in folders:
            raise ConfigError(f"{run.folder}: two runs of this plan would write here. Sweep over settings that differ.")
        folders[run.folder] = run
