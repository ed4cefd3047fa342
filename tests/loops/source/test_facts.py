"""The world of facts: who is said how often, in which words, and what a guess would get."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.probing import TRAIN_COUNT
from loops.run import component
from loops.source.document import to_samples, wholes
from loops.source.facts import HELD_OUT, SPLITS, WORDINGS, Facts
from loops.source.split import overlaps
from loops.source.zipf import zipf


def _source(**settings: Any) -> Facts:
    sizes = {"entities": 40, "values": 5, "texts": 3000, "held_out": 200}
    made: Facts = component("source/facts", **{**sizes, **settings})
    return made


@pytest.fixture(scope="module")
def source() -> Facts:
    return _source()


def _texts(source: Facts, split: str) -> list[str]:
    return [document.text for document in source.read(split)]


def test_no_two_entities_or_values_share_a_word(source: Facts) -> None:
    world = source.world()
    words = [word for name in world.names for word in name.split()] + [word for each in world.values for word in each]
    assert len(words) == 2 * 40 + 3 * 5
    assert len(set(words)) == len(words)


def test_a_text_says_one_fact_truly(source: Facts) -> None:
    world, relations = source.world(), list(WORDINGS)
    for split in SPLITS:
        for document in source.read(split):
            _, name, relation = document.origin.split("/")
            entity, place = world.names.index(name), relations.index(relation)
            value = world.values[place][world.answer[entity, place]]
            said = {f"{wording.format(name=name)} {value}." for wording in WORDINGS[relation]}
            assert document.text in said


def test_entities_are_said_by_zipf_law(source: Facts) -> None:
    # A count of a binomial; four standard errors.
    counts, expected = source.train_counts().sum(axis=1), 3000 * zipf(40, 1.0)
    assert counts.sum() == 3000
    assert np.all(np.abs(counts - expected) < 4 * np.sqrt(expected))
    level = _source(exponent=0.0).train_counts().sum(axis=1)
    assert np.all(np.abs(level - 75) < 4 * np.sqrt(75))


def test_train_counts_are_those_of_the_texts(source: Facts) -> None:
    world, said = source.world(), Counter(document.origin for document in source.read("train"))
    for (entity, relation), count in np.ndenumerate(source.train_counts()):
        assert said[f"train/{world.names[entity]}/{list(WORDINGS)[relation]}"] == count


def test_a_guess_that_ignores_the_name_is_right_as_often_among_rare_entities_as_among_common_ones(
    source: Facts,
) -> None:
    answer = source.world().answer
    for first in range(0, 40, 5):
        for relation in range(3):
            assert sorted(answer[first : first + 5, relation].tolist()) == [0, 1, 2, 3, 4]


def test_held_out_text_says_no_fact_in_a_wording_of_train_or_of_the_other_split(source: Facts) -> None:
    texts = {split: set(_texts(source, split)) for split in SPLITS}
    for one, other in combinations(SPLITS, 2):
        assert not texts[one] & texts[other]
    for split in SPLITS:  # yet every wording occurs in every split
        starts = {wording.split("{name}")[0] for wordings in WORDINGS.values() for wording in wordings}
        assert all(any(text.startswith(start) for text in texts[split]) for start in starts if start)


def test_splits_pass_the_rule_for_splits_that_a_user_gives() -> None:
    # With few values many texts differ in nothing but the name.
    for source in (_source(), _source(values=2)):
        train, _ = wholes(to_samples(source.read("train")))
        for split in HELD_OUT:
            held_out, _ = wholes(to_samples(source.read(split)))
            assert overlaps(train, held_out) == []


def test_the_same_settings_make_the_same_texts_and_another_seed_another_world(source: Facts) -> None:
    assert _texts(_source(), "train") == _texts(source, "train")
    assert not set(_source(world_seed=1).world().names) & set(source.world().names)


def test_probes_ask_each_fact_in_reference_wording_with_every_value_once(source: Facts) -> None:
    world, rows = source.world(), source.probes()
    assert len(rows) == 40 * 3 * 5
    scores = [dict(row) for row in rows.column("scores").to_pylist()]
    counts = source.train_counts()
    first = next(rows.text_rows())
    assert first.prompt_id == f"{world.names[0]}#home"
    assert first.prompt == world.statement(0, 0, HELD_OUT["reference"])
    assert {row.completion for row in rows.select(np.arange(5)).text_rows()} == {f" {v}." for v in world.values[0]}
    assert [score[TRAIN_COUNT] for score in scores[::5]] == counts.ravel().tolist()
    assert [sum(score["correct"] for score in scores[i : i + 5]) for i in range(0, len(rows), 5)] == [1.0] * 120
    asked = {row.prompt + row.completion for row, s in zip(rows.text_rows(), scores, strict=True) if s["correct"]}
    assert set(_texts(source, "reference")) <= asked
    assert not asked & set(_texts(source, "train"))


def test_a_text_is_true_false_or_says_no_fact(source: Facts) -> None:
    world = source.world()
    right = world.answer[3, 1]
    values, statement = world.values[1], f"The employer of {world.names[3]} is"
    texts = {
        f"{statement} {values[right]}.": True,
        f"{world.names[3]} works for {values[right]}.": True,
        f"{statement} {values[(right + 1) % 5]}.": False,
        f"{statement} {world.values[0][0]}.": None,  # a town employs nobody
        f"{statement} {values[right]}": None,
        f"The employer of Nobody Here is {values[right]}.": None,
        "": None,
    }
    assert source.are_true(list(texts)) == list(texts.values())
    for split in SPLITS:
        assert set(source.are_true(_texts(source, split))) == {True}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"entities": 0}, "got entities 0, values 5"),
        ({"values": 1}, "values 1, .* want 2 or more values"),
        ({"exponent": -1.0}, r"exponent -1\.0"),
        ({"texts": 0}, "texts 0"),
        ({"held_out": 0}, "held_out 0"),
        ({"entities": 20_000}, r"their names take 40,015 different words, want at most 37,815"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _source(**settings)
