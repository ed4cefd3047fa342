"""What differs between the settings of a folder and those of the run that wants to write there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from tracking.files import RunDirError

EXTENDS_A_RUN = ("metrics", "tasks", "trackers", "executor", "keep")
"""Settings that may change in a folder that is already written: they add to a run and alter none of it."""


class KeyDifference(NamedTuple):
    """A setting with two values."""

    key: str
    old: Any
    new: Any

    def sentence(self) -> str:
        """Say both values, in the words of a person who looks at the folder."""
        return f"{self.key}: {_value_text(self.old)} there, {_value_text(self.new)} now"


class _NotSet:
    """Marks a key that one side does not have, since null is a value of its own."""


_NOT_SET = _NotSet()


def differing_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List the dotted keys whose values differ, each with both values."""
    return [difference.sentence() for difference in differences(old, new)]


def parse_config(text: str, path: Path) -> dict[str, Any]:
    """Read YAML settings as plain values.

    OmegaConf reads 1e-4 as a number, where YAML 1.1 would read text.
    """
    try:
        settings = OmegaConf.to_container(OmegaConf.create(text), resolve=True)
    except (YAMLError, OmegaConfBaseException) as error:
        raise RunDirError(f"{path}: not YAML that Hydra reads: {error}") from error
    if not isinstance(settings, dict):
        raise RunDirError(f"{path}: got {type(settings).__name__}, want settings as `key: value`.")
    return {str(key): value for key, value in settings.items()}


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give settings the form in which they come back from a file: a tuple is a list there."""
    copied: dict[str, Any] = json.loads(json.dumps(settings, default=str))
    return copied


def differences(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> Iterator[KeyDifference]:
    """Walk both settings and yield each leaf that differs, old keys first."""
    for key in dict.fromkeys([*old, *new]):
        left, right = old.get(key, _NOT_SET), new.get(key, _NOT_SET)
        dotted = f"{prefix}{key}"
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            yield from differences(left, right, f"{dotted}.")
        elif left != right:
            yield KeyDifference(dotted, left, right)


def may_differ(difference: KeyDifference, allowed: Sequence[str]) -> bool:
    """Tell whether a difference extends a run: a key under an allowed prefix, or more generations."""
    if any(difference.key == prefix or difference.key.startswith(f"{prefix}.") for prefix in allowed):
        return True
    both = (difference.old, difference.new)
    is_count = all(isinstance(value, int) for value in both)
    return difference.key == "generations" and is_count and bool(difference.new >= difference.old)


def _value_text(value: Any) -> str:
    return "not set" if value is _NOT_SET else json.dumps(value, ensure_ascii=False, default=str)
