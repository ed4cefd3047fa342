"""The urn's judgement holds on a real run, and falls when the arms' labels are swapped."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.oracles import compare, judge, laws
from experiments.urn import draw
from loops.run import Results, run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("urn")
    places = (f"output_dir={folder}/out", f"store={folder}/store")
    return run("experiment=urn", "generations=4", "source.replicas=100", *places)


def test_the_urn_follows_theory_and_swapped_arms_do_not(results: Results) -> None:
    expected = laws(results.runs)
    assert judge(compare(results.rows(), expected)) == "reproduced"
    swapped = {"replace": expected["accumulate"], "accumulate": expected["replace"]}
    assert judge(compare(results.rows(), swapped)) == "contradicted"
    assert judge([]) == "inconclusive"


def test_the_figure_holds_each_arm_and_the_same_data_give_the_same_bytes(results: Results, tmp_path: Path) -> None:
    comparisons = compare(results.rows(), laws(results.runs))
    draw(comparisons, tmp_path / "a.svg")
    draw(comparisons, tmp_path / "b.svg")
    content = (tmp_path / "a.svg").read_text()
    assert content == (tmp_path / "b.svg").read_text()
    assert content.count("<!-- generation -->") == 3
