"""What a component is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loops.errors import UndeclaredNeed
from loops.given import NEEDS, Given
from loops.job import Job
from loops.key import Key
from loops.runtime import Runtime


class NeedsHuman:
    needs = ("human",)


def _job(tmp_path: Path, given: dict[str, Any]) -> Job:
    runtime = Runtime(1, "cpu", "float32", "sdpa")
    return Job(tmp_path, {}, {}, {}, {}, given, {}, Key.root(0), runtime, lambda *_: None)


def test_a_component_is_given_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    given = _job(tmp_path, {"human": "train", "auditor": "secret", "reference": "held out"}).given_to(NeedsHuman())
    assert given.human == "train"
    with pytest.raises(UndeclaredNeed, match=r"given\.reference: this component declares human\. Add 'reference' to"):
        _ = given.reference
    with pytest.raises(UndeclaredNeed, match="auditor"):
        _ = given.auditor


def test_a_component_without_needs_is_given_nothing(tmp_path: Path) -> None:
    with pytest.raises(UndeclaredNeed, match="this component declares nothing"):
        _ = _job(tmp_path, {"human": "train"}).given_to(object()).human


def test_an_undeclared_need_reads_as_an_absent_attribute() -> None:
    assert not hasattr(Given({}), "human")


def test_what_is_given_is_frozen() -> None:
    given = Given({"human": np.zeros(1)})
    with pytest.raises(AttributeError, match="what is given is frozen"):
        given.human = 1


def test_no_component_can_need_the_auditor_split() -> None:
    assert "auditor" not in NEEDS
