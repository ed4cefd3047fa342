"""Drawing completions one by one, with a model that says what it was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loops.errors import ConfigError
from loops.generator.plain import Plain
from loops.given import Given
from loops.key import Key
from loops.model import Sampling
from loops.run import component
from loops.samples import Samples

KEY = Key.root(0).fold("draw", 1)
PROMPTS = Samples.of_text([{"prompt_id": f"p{i}", "completion": ""} for i in range(5)])


class Echo:
    """Writes its prompt's id and the number of the draw, and says that this took 10 tokens."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, Sampling, Key]] = []

    def sample(
        self, prompts: Samples, draw: int, sampling: Sampling, key: Key, generation: int, written_by: str
    ) -> Samples:
        self.asked.append((draw, sampling, key))
        rows = [
            {
                "prompt_id": row.prompt_id,
                "draw": draw,
                "completion": f"{row.prompt_id}/{draw}",
                "n_tokens": 10,
                "generation": generation,
                "written_by": written_by,
            }
            for row in prompts.text_rows()
        ]
        return Samples.of_text(rows)


def _plain(**settings: Any) -> Plain:
    made: Plain = component("generator/plain", **settings)
    return made


def _all(generator: Plain, prompts: Samples = PROMPTS, model: Any = None) -> list[Samples]:
    shards: list[Samples] = []
    while True:
        tokens = sum(int(shard.numbers("n_tokens").sum()) for shard in shards)
        shard = generator.shard(len(shards), tokens, model or Echo(), prompts, Given({}), KEY, 1, "0")
        if shard is None:
            return shards
        shards.append(shard)


def test_every_prompt_is_drawn_from_once_for_each_draw() -> None:
    shards = _all(_plain(draws=2, batch_size=2))
    assert [shard.texts() for shard in shards] == [
        ["p0/0", "p1/0"], ["p2/0", "p3/0"], ["p4/0"], ["p0/1", "p1/1"], ["p2/1", "p3/1"], ["p4/1"],
    ]  # fmt: skip


def test_the_batch_size_changes_no_text() -> None:
    texts = [
        [text for shard in _all(_plain(draws=3, batch_size=size)) for text in shard.texts()] for size in (1, 4, 99)
    ]
    assert texts[0] == texts[1] == texts[2]


def test_a_budget_of_tokens_ends_drawing_at_the_shard_that_reaches_it() -> None:
    assert len(_all(_plain(tokens=40, batch_size=2))) == 2  # 20 tokens a shard
    assert len(_all(_plain(tokens=41, batch_size=2))) == 3
    assert len(_all(_plain(tokens=1000, batch_size=2))) == 3  # the prompts are used up first


def test_a_later_shard_can_be_drawn_without_those_before() -> None:
    generator = _plain(draws=2, batch_size=2)
    alone = generator.shard(4, 80, Echo(), PROMPTS, Given({}), KEY, 1, "0")
    assert alone is not None
    assert alone.texts() == _all(generator)[4].texts()


def test_the_model_is_handed_every_sampling_setting_and_the_key() -> None:
    model = Echo()
    _all(_plain(temperature=0.8, top_k=5, top_p=0.9, max_new_tokens=7, repetition_penalty=1.5), model=model)
    assert model.asked == [(0, Sampling(7, 0, 0.8, 5, 0.9, 1.5, "static", 128), KEY)]


def test_a_world_is_drawn_in_one_shard_for_each_draw() -> None:
    class World(Echo):
        def sample(self, prompts: Samples, draw: int, *_: Any) -> Samples:
            return Samples.of_arrays(np.full((len(prompts), 1), draw), prompts.numbers("replica"))

    prompts = Samples.of_arrays(np.zeros((500, 1), int), np.repeat([0, 1], 250))
    generator = _plain(draws=2)
    assert generator.shard(1, 500, World(), prompts, Given({}), KEY, 1, "0").values().sum() == 500  # type: ignore[union-attr]
    assert generator.shard(2, 1000, World(), prompts, Given({}), KEY, 1, "0") is None


def test_the_librarys_own_default_of_50_tokens_is_not_ours() -> None:
    assert (_plain().top_k, _plain().top_p, _plain().temperature) == (0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": 0}, "want draws >= 1 and tokens >= 1"),
        ({"tokens": 0}, "want draws >= 1 and tokens >= 1"),
        ({"temperature": 0.0}, "want temperature > 0"),
        ({"top_p": 1.5}, r"top_p in \(0, 1\]"),
        ({"top_k": -1}, "top_k >= 0"),
        ({"max_new_tokens": 0}, "want at least 1"),
        ({"temperature": "hot"}, 'temperature: got "hot"'),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _plain(**settings)


def test_settings_are_frozen() -> None:
    assert replace(_plain(), draws=3).draws == 3
    with pytest.raises(AttributeError):
        _plain().draws = 2  # type: ignore[misc]
