"""What every generator that samples shares: its settings, and which prompts a shard serves."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from loops.config import compose
from loops.errors import ConfigError
from loops.generator.sampler import Sampler, shard_place
from loops.model import Sampling
from loops.run import component
from loops.samples import Samples

GENERATORS = ("plain", "best_of_n")


@pytest.mark.parametrize("name", GENERATORS)
def test_a_model_is_handed_the_sampling_settings_and_no_others(name: str) -> None:
    own = {"max_new_tokens": 7, "min_new_tokens": 2, "temperature": 0.5, "top_k": 3, "top_p": 0.9}
    own |= {"repetition_penalty": 1.1}
    generator: Sampler = component(f"generator/{name}", decoder="generate", batch_size=4, draws=2, tokens=50, **own)
    assert type(generator.sampling()) is Sampling
    assert asdict(generator.sampling()) == {**own, "decoder": "generate", "batch_size": 4}


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("group", ["generator", "sampled"])
def test_every_sampling_setting_is_overridden_under_the_group_itself(name: str, group: str) -> None:
    chosen = "generator" if group == "generator" else "generator@sampled"
    values = {field.name: 1 for field in fields(Sampling) if field.type == "int"} | {"temperature": 0.8, "tokens": 9}
    node = compose([f"{chosen}={name}", *(f"{group}.{key}={value}" for key, value in values.items())])[group]
    assert {key: node[key] for key in values} == values


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize(
    ("settings", "message"),
    [({"tokens": 0}, "want draws >= 1 and tokens >= 1"), ({"temperature": -1.0}, "want temperature > 0")],
)
def test_what_makes_no_sense_is_refused_for_every_generator(
    name: str, settings: dict[str, float], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        component(f"generator/{name}", **settings)


def test_shards_go_through_the_prompts_draw_by_draw() -> None:
    # 5 prompts, 2 a shard: 3 shards a draw, the last of one prompt.
    assert [shard_place(index, 5, 2, 2) for index in range(7)] == [
        (0, range(2)), (0, range(2, 4)), (0, range(4, 5)), (1, range(2)), (1, range(2, 4)), (1, range(4, 5)), None,
    ]  # fmt: skip


def test_no_prompts_give_no_shard() -> None:
    assert shard_place(0, 0, 1, 1) is None


def test_the_budget_ends_drawing_where_the_shards_before_have_reached_it() -> None:
    prompts = Samples.of_text([{"prompt_id": str(i), "completion": ""} for i in range(3)])
    generator: Sampler = component("generator/plain", tokens=10, batch_size=2)
    assert generator.piece(1, 10, prompts) is None
    place = generator.piece(1, 9, prompts)
    assert place is not None
    draw, piece = place
    assert (draw, [row.prompt_id for row in piece.text_rows()]) == (0, ["2"])
