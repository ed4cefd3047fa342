"""A fork: a run that shares another's generations up to K, and goes its own way after it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loops.arm import Arm
from loops.config import compose
from loops.errors import ConfigError
from loops.plan import NOT_OF_A_RUN, parse
from loops.recorded import FORKED_FROM, made, recorded
from tracking.run_dir import RunDir

OF_THE_WHOLE_RUN = {
    "source": "the human text is read once, before generation 0",
    "student": "every generation trains the same model",
    "data_seed": "the splits are made once, before generation 0",
    "seeds": "a fork has the seed of its trunk, so that both use the same random numbers",
    "splits": "the splits are made once, before generation 0",
    "prompts": "the prompts are made once, before generation 0",
    "runtime": "one run has one kind of arithmetic",
    "generation_0": "generation 0 lies before every fork",
    "generation_0_trainer": "generation 0 lies before every fork",
    "plugins": "they say where the components of the whole run come from",
    "experiment": "a fork keeps its trunk's experiment; give the settings that differ",
    "scale": "a fork keeps its trunk's scale; give the settings that differ",
    "scales": "a fork keeps its trunk's scale; give the settings that differ",
    "arm": "a fork has the arm of its trunk; give the settings that differ",
    "arms": "a fork has the arm of its trunk; give the settings that differ",
}
"""What cannot change on the way, and why."""


def fork(run: RunDir, generation: int, overrides: Sequence[str]) -> Arm:
    """Return a run with the trunk's settings up to `generation`, and with `overrides` after it.

    Raises:
        ConfigError: no name is given, an override belongs to the whole run, or the generation lies outside it.
        RunDirError: the trunk's folder is damaged.
    """
    trunk = recorded(run)
    name = _checked(trunk, overrides)
    settings = _changed(trunk, overrides)
    _check_generation(trunk, generation, settings["generations"])
    place = {key: value for key, value in settings.items() if key in NOT_OF_A_RUN}
    place["store"] = str(Path(place["store"]).resolve())
    source = {"run": f"{trunk.name}/{trunk.arm}/seed_{trunk.seed}", "generation": generation}
    own = {key: value for key, value in settings.items() if key not in NOT_OF_A_RUN}
    # No law describes a run that changes on the way, so the fork draws no theory.
    config = {**own, "theory": None, FORKED_FROM: {**source, "config": dict(trunk.config)}}
    folder = Path(place["output_dir"]) / name / trunk.arm / f"seed_{trunk.seed}"
    kept = _without(trunk.overrides, overrides)
    forked = made(config, name, trunk.arm, trunk.seed, folder, place, (*kept, *overrides))
    _ = trunk.built, forked.built
    return forked


def _checked(trunk: Arm, overrides: Sequence[str]) -> str:
    """Refuse what a fork cannot change; return its name."""
    names = [override for override in parse(overrides) if override.get_key_element() == "name"]
    for override in parse(overrides):
        if override.is_sweep_override():
            raise ConfigError(f"{override.input_line}: a fork is one run. Fork once for each value.")
        top = override.get_key_element().lstrip("+~").split(".")[0].partition("@")[0]
        if top in OF_THE_WHOLE_RUN:
            raise ConfigError(
                f"{override.input_line}: {top} belongs to the whole run ({OF_THE_WHOLE_RUN[top]}), and a fork changes "
                "only what comes after it. Start a run of its own for that."
            )
    if not names:
        raise ConfigError("name: not set. A fork needs a folder of its own: name=NEW.")
    name = str(names[-1].value())
    if name == trunk.name:
        raise ConfigError(f"name: got {name}, which is the trunk's own. A fork needs a folder of its own.")
    return name


def _check_generation(trunk: Arm, generation: int, generations: int) -> None:
    last = trunk.loop.generations
    if not 0 <= generation <= last:
        raise ConfigError(f"--generation: got {generation}, but {trunk.folder} has generations 0 to {last}.")
    if generations <= generation:
        raise ConfigError(
            f"--generation: got {generation}, and the fork ends at generation {generations}: nothing would come after "
            f"it. Fork earlier, or give generations={generation + 1} or more."
        )


def _changed(trunk: Arm, overrides: Sequence[str]) -> dict[str, Any]:
    """Return the trunk's settings with what the overrides change in them.

    Hydra composes twice, without and with the overrides; the difference is applied to what the trunk was written with,
    so that a YAML file which has changed since does not slip in.
    """
    if not trunk.overrides:
        raise ConfigError(
            f"{trunk.folder}: was written before overrides were recorded. Start it again: nothing is computed twice."
        )
    before, after = compose(trunk.overrides), compose([*_without(trunk.overrides, overrides), *overrides])
    there = {**copy.deepcopy(dict(trunk.config)), **trunk.place}
    there.pop(FORKED_FROM, None)
    return patched(there, before, after)


def patched(there: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return `there` with the differences between `before` and `after`; what they share stays as it is there."""
    result = {key: value for key, value in there.items() if key in after or key not in before}
    for key, value in after.items():
        old, mine = before.get(key), there.get(key)
        if (
            isinstance(value, Mapping)
            and isinstance(old, Mapping)
            and isinstance(mine, Mapping)
            and value.get("_target_") == old.get("_target_")
        ):
            result[key] = patched(mine, old, value)
        elif key not in before or value != old:
            result[key] = value
    return result


def _without(trunk: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """Leave out those of the trunk's overrides that the fork's replace: the same key, or one inside a chosen group."""
    replaced = {override.get_key_element().lstrip("+~") for override in parse(overrides)}
    kept = []
    for override in parse(trunk):
        key = override.get_key_element().lstrip("+~")
        if not any(key == other or key.startswith(f"{other}.") for other in replaced):
            kept.append(str(override.input_line))
    return kept
