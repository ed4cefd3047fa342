"""Which prompts a shard of beam search serves, with a model that says what it was asked."""

from __future__ import annotations

from typing import Any

import pytest

from loops.errors import ConfigError
from loops.generator.beam import Beam
from loops.given import Given
from loops.key import Key
from loops.model import BeamSearch
from loops.plan import plan
from loops.run import component
from loops.samples import Samples

PROMPTS = Samples.of_text([{"prompt_id": f"p{i}", "prompt": f"{i}", "completion": ""} for i in range(5)])
KEY = Key.root(0)


class Echo:
    """Writes its prompt's id, and says that this took 10 tokens."""

    def __init__(self) -> None:
        self.asked: list[BeamSearch] = []

    def beam_search(self, prompts: Samples, search: BeamSearch, generation: int, written_by: str) -> Samples:
        self.asked.append(search)
        return Samples.of_text([{"completion": row.prompt_id, "n_tokens": 10} for row in prompts.text_rows()])


def _beam(**settings: Any) -> Beam:
    made: Beam = component("generator/beam", **settings)
    return made


def _shard(generator: Beam, index: int, tokens: int = 0, model: Any = None) -> list[str] | None:
    shard = generator.shard(index, tokens, model or Echo(), PROMPTS, Given({}), KEY, 1, "0")
    return None if shard is None else shard.texts()


def test_every_prompt_is_answered_once_in_order_and_each_shard_can_be_made_alone() -> None:
    generator = _beam(batch_size=2)
    assert [_shard(generator, i) for i in (3, 2, 1, 0)] == [None, ["p4"], ["p2", "p3"], ["p0", "p1"]]


def test_a_budget_of_tokens_ends_it_at_the_shard_that_reaches_it() -> None:
    generator = _beam(batch_size=2, tokens=20)
    assert _shard(generator, 1, tokens=19) == ["p2", "p3"]
    assert _shard(generator, 1, tokens=20) is None


def test_the_model_is_handed_the_settings_of_the_search_and_no_others() -> None:
    model = Echo()
    _shard(_beam(num_beams=3, max_new_tokens=9, min_new_tokens=4, length_penalty=0.5, tokens=7), 0, model=model)
    assert model.asked == [BeamSearch(9, 4, 3, 0.5, False, 1.0, 32)]


def test_the_defaults_are_those_of_shumailov_et_al() -> None:
    beam = _beam()
    assert (beam.num_beams, beam.min_new_tokens, beam.max_new_tokens, beam.repetition_penalty) == (5, 64, 64, 1.0)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["generator=beam"], "generator: Beam with these settings answers equal prompts with equal texts"),
        (["generator.top_k=1"], "generator: Plain .* empty prompts are all equal. Use prompts.kind=prefix"),
        (["generator@sampled=beam"], "sampled: Beam"),
        (["generator.top_k=1", "generator.draws=2", "prompts.kind=prefix"], "generator.draws: got 2, but Plain"),
        (
            ["generator=beam", "budget=kept", "prompts.kind=prefix"],
            "budget: got kept, .* generator=Beam .* budget=drawn",
        ),
    ],
)
def test_one_text_is_not_asked_for_many_times(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _ = plan(["experiment=demo", "arm=replace", *overrides])[0].built


def test_prefixes_can_be_answered_by_beams_and_greedily() -> None:
    for overrides in (["generator=beam"], ["generator.top_k=1"]):
        assert plan(
            ["experiment=demo", "arm=replace", "prompts.kind=prefix", "generator.max_new_tokens=64", *overrides]
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"tokens": 0}, "tokens: got 0, want at least 1"), ({"num_beams": 1}, "num_beams: got 1, want 2 or more")],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _beam(**settings)
