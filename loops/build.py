"""The one place that turns YAML into objects: a dotted path and settings become a frozen dataclass."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from loops.code_digest import OURS, code_digest, versions
from loops.errors import ConfigError

TARGET = "_target_"
T = TypeVar("T")


def build(node: Mapping[str, Any], where: str, plugins: Sequence[str] = ()) -> Any:
    """Return the component that a YAML node names, with its settings checked.

    Raises:
        ConfigError: the target lies outside our packages and `plugins`, a setting is unknown (with a suggestion) or
            absent, or a value has the wrong type or is refused by the component.
    """
    target = node.get(TARGET)
    if not isinstance(target, str) or "." not in target:
        raise ConfigError(f"{where}.{TARGET}: got {target!r}, want the dotted path of a component.")
    if target.split(".")[0] not in (*OURS, *plugins):
        raise ConfigError(
            f"{where}.{TARGET}: {target} is neither in {', '.join(OURS)} nor in a listed plugin. "
            f"To allow it: plugins=[{target.split('.')[0]}]."
        )
    module, _, name = target.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ConfigError(f"{where}.{TARGET}: {target} cannot be imported ({error}).") from error
    return settings(kind, {key: value for key, value in node.items() if key != TARGET}, where)


def settings(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """Return the frozen dataclass `kind` made from plain values: unknown names first, then types.

    Raises:
        ConfigError: see `build`.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: got {json.dumps(values)}, want settings with names.")
    fields = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, 1)
            hint = f"Did you mean {_path(where, near[0])}?" if near else f"Known: {', '.join(fields) or 'none'}."
            raise ConfigError(f"{_path(where, name)}: unknown setting. {hint}")
    absent = [name for name in fields if name not in values]
    if absent:
        raise ConfigError(f"{_path(where, absent[0])}: not set, and it has no default.")
    for name, value in values.items():
        if value == "???":
            raise ConfigError(f"{_path(where, name)}: not set, and it has no default. Give {_path(where, name)}=...")
    return _validated(kind, values, where)


def _validated(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    from pydantic import ValidationError

    try:
        made: T = _adapter(cast(Any, kind)).validate_json(json.dumps(dict(values)), strict=True)
        return made
    except ValidationError as error:
        first = error.errors()[0]
        either = sum(each["loc"][:1] == first["loc"][:1] for each in error.errors()) > 1  # int | None: one error each
        place = ".".join(str(part) for part in first["loc"][: 1 if either else None])
        message = first["msg"].removeprefix("Value error, ")
        got = "" if first["type"] == "value_error" else f"got {json.dumps(first['input'])}; "
        named = _path(where, place) if place else where
        raise ConfigError(f"{named}: {got}{_lower(message)}." if named else f"{got}{_lower(message)}.") from error


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def identity(node: Mapping[str, Any], component: Any) -> dict[str, Any]:
    """Return what a component adds to the key of a stage: target, settings, code, and what it reads from outside.

    A component may name settings that are not part of what it is (`not_in_key`: paths, worker counts) and give the
    digests of files that it reads and the versions of system libraries that it calls (`external()`).
    """
    module = type(component).__module__
    skipped = getattr(component, "not_in_key", ())
    return {
        "target": node[TARGET],
        "settings": {name: value for name, value in node.items() if name != TARGET and name not in skipped},
        "code": code_digest(module),
        "external": _external(component),
    }


_EXTERNAL: dict[str, Mapping[str, str]] = {}


def _external(component: Any) -> Mapping[str, str]:
    """Digest what a component reads from outside, once a process: a checkpoint can hold gigabytes."""
    if not hasattr(component, "external"):
        return {}
    name = f"{type(component).__module__}.{component!r}"  # settings may be mappings, which have no hash
    if name not in _EXTERNAL:
        _EXTERNAL[name] = component.external()
    return _EXTERNAL[name]


def library_versions(components: Sequence[Any]) -> dict[str, str]:
    """Return the versions of the third-party distributions that components import."""
    found: dict[str, str] = {}
    for component in components:
        found |= versions(type(component).__module__)
    return found


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _lower(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
