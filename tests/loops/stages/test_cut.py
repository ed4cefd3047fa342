"""Cutting: as many texts as asked for, each alike, and none in two cuts of one split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evals.words import words
from loops.job import Job
from loops.key import Key
from loops.ref import Ref
from loops.rows import Rows
from loops.runtime import Runtime
from loops.samples import Samples
from loops.stages.cut import run

TEXTS = [f"text {i} holds seven words in all" for i in range(20)]


def cut(rows: object, folder: Path, runtime: Runtime, seed: int = 0, **settings: int) -> Samples:
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(
        work=folder,
        components={},
        nodes={},
        inputs={"rows": rows},
        refs={},
        given={},
        settings={"n_texts": 5, "max_words": 4, "skip": 0, **settings},
        key=Key.root(seed),
        runtime=runtime,
        progress=lambda done, total, unit: None,
    )
    output = run(job)
    samples = Samples.open(folder)
    assert (output.kind, output.digest) == ("samples", samples.digest)
    return samples


def human() -> Samples:
    return Samples.of_text([{"completion": text, "prompt_id": f"p{i}", "draw": i} for i, text in enumerate(TEXTS)])


def test_as_many_texts_as_asked_for_are_cut_at_as_many_words(tmp_path: Path, runtime: Runtime) -> None:
    texts = cut(human(), tmp_path, runtime).texts()
    assert len(set(texts)) == 5
    assert all(words(text) == words(f"text {words(text)[1]} holds seven") for text in texts)


def test_what_is_cut_does_not_end_by_itself_and_what_is_whole_ends_as_before(tmp_path: Path, runtime: Runtime) -> None:
    rows = Samples.of_text(
        [{"completion": text, "finish_reason": "stop"} for text in ("one two", "one two, three", "one two three four")]
    )
    found = {row.completion: row.finish_reason for row in cut(rows, tmp_path, runtime).text_rows()}
    assert found == {"one two": "stop", "one two, three": "stop", "one two three four": "stop"}
    shorter = {row.completion: row.finish_reason for row in cut(rows, tmp_path / "3", runtime, max_words=3).text_rows()}
    assert shorter == {"one two": "stop", "one two,": "length", "one two three": "length"}


def test_where_a_text_came_from_is_kept(tmp_path: Path, runtime: Runtime) -> None:
    whole = {row.id: row for row in human().text_rows()}
    for row in cut(human(), tmp_path, runtime).text_rows():
        (parent,) = row.parents
        assert (row.prompt_id, row.draw) == (whole[parent].prompt_id, whole[parent].draw)
        assert whole[parent].completion.startswith(row.completion)


def test_texts_without_words_are_passed_over(tmp_path: Path, runtime: Runtime) -> None:
    rows = Samples.of_text([{"completion": text} for text in ("", " \n", "word", "\t", "again")])
    assert sorted(cut(rows, tmp_path, runtime).texts()) == ["again", "word"]


def test_another_cut_goes_on_where_the_first_ended_and_shares_no_text(tmp_path: Path, runtime: Runtime) -> None:
    first = cut(human(), tmp_path / "first", runtime, n_texts=8)
    other = cut(human(), tmp_path / "other", runtime, n_texts=8, skip=8)
    rest = cut(human(), tmp_path / "rest", runtime, n_texts=8, skip=16)
    assert [len(each) for each in (first, other, rest)] == [8, 8, 4]
    assert len({*first.texts(), *other.texts(), *rest.texts()}) == 20
    assert len(cut(human(), tmp_path / "none", runtime, n_texts=8, skip=20)) == 0


def test_the_key_decides_which_texts_are_taken(tmp_path: Path, runtime: Runtime) -> None:
    one, again, other = (
        cut(human(), tmp_path / name, runtime, seed).texts() for name, seed in (("1", 1), ("again", 1), ("2", 2))
    )
    assert one == again
    assert set(one) != set(other)


@pytest.mark.parametrize("places", [[3, 4, 5], [5, 3]])
def test_references_to_rows_are_read_as_the_rows(places: list[int], tmp_path: Path, runtime: Runtime) -> None:
    rows = Rows.all_of(human(), Ref("read", "key", "digest", "samples")).select(np.array(places))
    assert sorted(cut(rows, tmp_path, runtime, max_words=9).texts()) == sorted(TEXTS[place] for place in places)
