"""What embedders share whose weights and library come from outside."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from loops.checkpoint import local_folder, what_it_is
from loops.errors import ConfigError

SETTING = "embedder.model_name_or_path"


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A model by path or hub id, opened with a library that is no dependency of ours."""

    model_name_or_path: str
    """A folder or hub id."""
    revision: str | None
    """Branch, tag or commit of a hub id; null: its main branch."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    needs: ClassVar[tuple[str, ...]] = ()
    not_in_key: ClassVar[tuple[str, ...]] = ("model_name_or_path", "revision")  # `external` gives what stands there
    library: ClassVar[str]
    """Import name; with dashes, the name that pip knows."""

    def external(self) -> dict[str, Any]:
        """Return what the model is: the digest of a folder's files, or the hub id and revision."""
        return what_it_is(self.model_name_or_path, self.revision, SETTING)

    def check_available(self) -> None:
        """Say before anything runs that the library, or the folder, is not there.

        Raises:
            ConfigError: with the command that installs the library.
        """
        if importlib.util.find_spec(self.library) is None:
            name = self.library.replace("_", "-")
            raise ConfigError(
                f"embedder={self.library}: the package {name} is not installed. Run `pip install {name}`, or choose "
                "another embedder."
            )
        self.folder()

    def folder(self) -> Path | None:
        """Return the model's folder; None for a hub id."""
        return local_folder(self.model_name_or_path, SETTING)

    def not_loaded(self, error: Exception) -> ConfigError:
        """Return the error of a model that its library cannot open."""
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return ConfigError(f"{SETTING}: {self.library} cannot load {self.model_name_or_path} ({reason}).")
