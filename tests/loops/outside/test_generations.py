from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loops.errors import ConfigError, DataError
from loops.outside.generations import Generation, find_generations


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_generations_are_found_by_number_not_by_name(here: Path) -> None:
    touch(here, "gen_0.jsonl", "gen_10.jsonl", "gen_2.jsonl", "gen_x.jsonl", "gen_2.jsonl.bak", "other_3.jsonl")
    found = find_generations(["gen_{g}.jsonl"])
    assert found == [Generation("main", g, Path(f"gen_{g}.jsonl")) for g in (0, 2, 10)]


def test_arms_have_names_and_patterns_of_their_own(here: Path) -> None:
    touch(here, "a/0/t=1.txt", "a/1/t=1.txt", "b/it_05.txt")
    found = find_generations(["cold=a/{g}/t=1.txt", "hot=b/it_{g}.txt"])
    assert [(each.arm, each.number) for each in found] == [("cold", 0), ("cold", 1), ("hot", 5)]
    assert [each.arm for each in find_generations(["a/{g}/t=1.txt"])] == ["main", "main"]


def test_a_number_that_stands_twice_is_the_same(here: Path) -> None:
    touch(here, "1/gen_1.txt", "1/gen_2.txt", "2/gen_2.txt")
    found = find_generations(["{g}/gen_{g}.txt"])
    assert [str(each.path) for each in found] == ["1/gen_1.txt", "2/gen_2.txt"]


def test_signs_of_a_pattern_are_meant_as_they_stand(here: Path) -> None:
    touch(here, "gen[a]+1.txt", "gena1.txt")
    assert [str(each.path) for each in find_generations(["gen[a]+{g}.txt"])] == ["gen[a]+1.txt"]


@pytest.mark.parametrize(
    ("patterns", "kind", "message"),
    [
        (["gen.jsonl"], ConfigError, "--from: gen.jsonl has no {g}, where a generation's number stands"),
        (["gone_{g}.jsonl"], DataError, "--from: no file matches gone_{g}.jsonl with a number for {g} (seen from"),
        (["gen_{g}.txt", "gen_{g}.txt"], ConfigError, "are both arm 'main'. Name them: NAME=pattern"),
        (["gen_{g}.txt"], DataError, "--from: gen_01.txt and gen_1.txt are both generation 1. Move one away."),
    ],
)
def test_what_cannot_be_told_apart_or_found_is_refused(
    here: Path, patterns: list[str], kind: Any, message: str
) -> None:
    touch(here, "gen_01.txt", "gen_0.txt")
    if len(patterns) == 1:
        touch(here, "gen_1.txt")
    with pytest.raises(kind) as refused:
        find_generations(patterns)
    assert message in str(refused.value)
