"""One run's settings and components."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loops.arm import Arm
from loops.errors import ConfigError
from loops.key import Key
from loops.plan import plan


def _arm(*overrides: str) -> Arm:
    return plan(["experiment=urn", "scale=smoke", "arm=replace", *overrides])[0]


def test_components_are_built_once_and_named_by_group_and_name() -> None:
    arm = _arm("filters=[random]", "filters.random.keep_share=0.5")
    assert arm.built["filters.random"].keep_share == 0.5
    assert arm.built["metrics.known_truth"] is arm.built["metrics.known_truth"]
    assert {"source", "student", "generator", "sampled", "mixer", "trainer"} <= set(arm.built)


def test_the_data_key_is_the_same_for_all_seeds_and_the_runs_key_is_not() -> None:
    runs = plan(["experiment=urn", "arm=replace", "seeds=[0,1]"])
    assert runs[0].data_key == runs[1].data_key == Key.root(0).fold("data")
    assert runs[0].key != runs[1].key
    assert _arm("data_seed=1").data_key != runs[0].data_key


def test_no_random_number_of_the_data_is_one_of_the_run() -> None:
    assert _arm().data_key != _arm().key


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generation_0": "trian"}, 'generation_0: got "trian"'),
        ({"start": "last"}, 'start: got "last"'),
        ({"adapter": "continue"}, "adapter=continue needs a start that carries an adapter; start=base carries none"),
        ({"adapter": "fresh", "start": "previous"}, "adapter=fresh needs a start that carries no adapter"),
        ({"adapter": "fresh", "start": "generation_0"}, "student 0 carries that of generation 0"),
        ({"generations": -2}, "generations: got -2, want 0 or more"),
        ({"generations": 2.5}, r"generations: got 2\.5"),
        ({"data_seed": "x"}, 'data_seed: got "x"'),
    ],
)
def test_pairs_that_make_no_sense_are_refused_with_the_reason(settings: dict[str, Any], message: str) -> None:
    arm = _arm()
    with pytest.raises(ConfigError, match=message):
        _ = replace(arm, config={**arm.config, **settings}).loop


def test_student_0_as_it_came_may_get_a_fresh_adapter() -> None:
    arm = _arm()
    policy = {"adapter": "fresh", "start": "generation_0", "generation_0": "base"}
    assert replace(arm, config={**arm.config, **policy}).loop.adapter == "fresh"


def test_text_needs_a_number_of_prompts() -> None:
    with pytest.raises(ConfigError, match=r"prompts\.count: null \(all types\) is for closed-form worlds"):
        plan(["prompts.count=null"])


def test_a_component_for_another_kind_of_data_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"trainer: Counts takes data of kind array, but source=StdlibDocs gives text"
    ):
        plan(["trainer=counts"])


def test_a_fork_has_its_trunks_settings_up_to_where_it_leaves_it() -> None:
    trunk, arm = _arm(), _arm("generator.temperature=0.5")
    fork = replace(arm, name="fork", trunk=trunk, fork_generation=2)
    assert fork.at(2).built["generator"].temperature == 1.0
    assert fork.at(2).name == "fork"
    assert fork.at(3).built["generator"].temperature == 0.5
    assert arm.at(0) is arm


def test_an_unknown_component_setting_is_refused_with_a_suggestion() -> None:
    with pytest.raises(
        ConfigError, match=r"generator\.temprature: unknown setting\. Did you mean generator\.temperature"
    ):
        _arm("+generator.temprature=0.5")
