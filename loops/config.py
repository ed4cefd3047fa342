"""Composes configurations with Hydra, and turns its complaints into messages that say what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from loops.build import build
from loops.errors import ConfigError

CONFIGS = Path(__file__).resolve().parent.parent / "configs"


def compose(overrides: Sequence[str]) -> dict[str, Any]:
    """Return the configuration of these overrides as plain values, interpolations resolved.

    Raises:
        ConfigError: an unknown setting or choice, or an override that cannot be read.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(config_dir=str(CONFIGS), version_base="1.3"):
            container = OmegaConf.to_container(hydra_compose("config", list(overrides)), resolve=True)
    except (HydraException, OmegaConfBaseException, ValueError) as error:  # ValueError: `mixer=3`
        raise ConfigError(_explain(str(error), overrides)) from error
    assert isinstance(container, dict)
    return {str(name): value for name, value in container.items()}


def component(place: str, **settings: Any) -> Any:
    """Return a component made from its YAML, such as `component("mixer/accumulate", human_share=0.3)`.

    Raises:
        ConfigError: no such YAML, or a setting is unknown or wrong.
    """
    group, _, name = place.partition("/")
    path = CONFIGS / group / f"{name}.yaml"
    if not name or not path.exists():
        known = sorted(f"{p.parent.name}/{p.stem}" for p in CONFIGS.glob(f"{group}/*.yaml"))
        raise ConfigError(f"component: there is no {place}. {_suggest(place, known or choices())}")
    plural = path.read_text().startswith("# @package") and group != "experiment"
    config = compose([f"{group}=[{name}]" if plural else f"{group}={name}"])
    node = config[group][name] if plural else config[group]
    return build({**node, **settings}, place)


def choices() -> list[str]:
    """Return every choice of every group, as group/name."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in CONFIGS.glob("*/*.yaml"))


def flat(config: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted path of every setting."""
    for name, value in config.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{name}.")


def _explain(message: str, overrides: Sequence[str]) -> str:
    """Say which override is wrong and what was perhaps meant."""
    first = message.strip().splitlines()[0] if message.strip() else "the configuration cannot be composed"
    unknown = re.search(r"Could not override '([^']+)'", message) or re.search(
        r"Key '([^']+)' is not in struct", message
    )
    if unknown:
        return f"{unknown[1]}: unknown setting. {_suggest(unknown[1], _known(overrides, unknown[1]))}"
    choice = re.search(r"Could not (?:find|load) '([^']+)'", message)
    if choice:
        return f"{choice[1]}: there is no such choice. {_suggest(choice[1], choices())}"
    absent = re.search(r"Interpolation key '([^']+)' not found", message)
    if absent:
        return (
            f"{absent[1]}: another setting refers to it, and with these choices it is not there. Choose student, "
            "theory and the like to go with the source; `heirloom list GROUP` shows what refers to what."
        )
    group = re.search(r"Could not override '([^'=]+)=", message)
    if group:
        return f"{group[1]}: unknown setting. {_suggest(group[1], _known(overrides, group[1]))}"
    return first


def _known(overrides: Sequence[str], wrong: str) -> list[str]:
    """Return the settings there are when the wrong override is left out."""
    try:
        return list(flat(compose([override for override in overrides if not override.lstrip("+~").startswith(wrong)])))
    except ConfigError:
        return list(flat(compose([])))


def _suggest(wrong: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong, known, 3)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    group = [name for name in known if name.split("/")[0] == wrong.split("/")[0]]
    return f"Known: {', '.join(group)}." if group else "`heirloom list` shows what there is."
