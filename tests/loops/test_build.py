"""From YAML to objects."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from loops.build import build, identity, library_versions
from loops.errors import ConfigError
from loops.filters.length import Length
from loops.run import component

LENGTH = {"_target_": "loops.filters.length.Length", "min_words": 3, "max_words": None, "drop_cut": False}
PLUGIN = """
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

@dataclass(frozen=True)
class Mine:
    path: str
    sizes: dict[str, int]
    not_in_key: ClassVar = ("path",)

    def external(self) -> dict[str, str]:
        return {"content": Path(self.path).read_text()}
"""


def test_a_node_becomes_its_component() -> None:
    assert build(LENGTH, "filters.length") == Length(3, None, False)


def test_an_unknown_setting_is_named_with_what_was_perhaps_meant() -> None:
    with pytest.raises(
        ConfigError, match=r"filters\.length\.min_word: unknown setting\. Did you mean filters\.length\.m"
    ):
        build({**LENGTH, "min_word": 3}, "filters.length")
    with pytest.raises(ConfigError, match=r"zzz: unknown setting\. Known: min_words, max_words, drop_cut"):
        build({**LENGTH, "zzz": 3}, "filters.length")


def test_an_absent_setting_is_named() -> None:
    node = {name: value for name, value in LENGTH.items() if name != "drop_cut"}
    with pytest.raises(ConfigError, match=r"filters\.length\.drop_cut: not set, and it has no default"):
        build(node, "filters.length")
    with pytest.raises(ConfigError, match=r"min_words: not set.*Give filters\.length\.min_words=\.\.\."):
        build({**LENGTH, "min_words": "???"}, "filters.length")


@pytest.mark.parametrize(
    ("value", "message"),
    [("3", 'got "3"; input should be a valid integer'), (3.0, "valid integer"), (True, "valid integer")],
)
def test_a_wrong_type_is_refused_and_nothing_is_guessed(value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"filters\.length\.min_words: .*{message}"):
        build({**LENGTH, "min_words": value}, "filters.length")


def test_what_a_component_refuses_is_said_in_its_own_words() -> None:
    with pytest.raises(ConfigError, match=r"filters\.length: got min_words -1 and max_words None"):
        build({**LENGTH, "min_words": -1}, "filters.length")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "os.system",
            r"os\.system is neither in loops, evals, .* nor in a listed plugin\. To allow it: plugins=\[os\]",
        ),
        ("loops.filters.lenght.Length", "cannot be imported"),
        ("loops.filters.length.Lenght", "cannot be imported"),
        (None, "got None, want the dotted path of a component"),
        ("Length", "got 'Length', want the dotted path"),
    ],
)
def test_a_target_that_is_not_ours_or_not_there_is_refused(target: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"filters\.length\._target_: .*{message}"):
        build({**LENGTH, "_target_": target}, "filters.length")


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    (tmp_path / "my_plugin.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "my_plugin", raising=False)
    (tmp_path / "data").write_text("one")
    return {"_target_": "my_plugin.Mine", "path": str(tmp_path / "data"), "sizes": {"a": 1}}


def test_a_listed_plugin_is_built(plugin: dict[str, Any]) -> None:
    assert build(plugin, "source", ["my_plugin"]).sizes == {"a": 1}
    with pytest.raises(ConfigError, match="To allow it"):
        build(plugin, "source")


def test_what_a_component_reads_is_in_its_identity_and_where_it_lies_is_not(plugin: dict[str, Any]) -> None:
    found = identity(plugin, build(plugin, "source", ["my_plugin"]))
    assert found["settings"] == {"sizes": {"a": 1}}
    assert found["external"] == {"content": "one"}
    assert found["target"] == "my_plugin.Mine"


def test_the_library_behind_a_codec_is_in_the_metrics_identity() -> None:
    settings = {"codec": "gzip", "level": 9, "window_log": 15, "max_words": 100}
    node = {"_target_": "evals.metrics.compression.Compression", **settings}
    assert identity(node, build(node, "metrics.compression"))["external"] == {"gzip": zlib.ZLIB_RUNTIME_VERSION}


def test_versions_are_of_what_the_components_import() -> None:
    assert set(library_versions([Length(3, None, False)])) >= {"numpy", "pyarrow"}
    assert "torch" not in library_versions([Length(3, None, False)])


def test_a_component_is_made_from_its_yaml_in_python() -> None:
    assert component("filters/length", min_words=7).min_words == 7
    assert component("mixer/accumulate", human_share=0.3).human_share == 0.3
    with pytest.raises(ConfigError, match=r"there is no mixer/acumulate\. Did you mean mixer/accumulate"):
        component("mixer/acumulate")
    with pytest.raises(ConfigError, match=r"human_shar: unknown setting"):
        component("mixer/accumulate", human_shar=0.3)
