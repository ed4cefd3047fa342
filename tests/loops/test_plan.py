"""From overrides to runs, all checked before any of them starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from loops.errors import ConfigError
from loops.plan import plan, sweep

URN = ("experiment=urn", "scale=smoke")


def test_arms_come_first_and_seeds_within_them() -> None:
    runs = plan([*URN, "seeds=[0,7]"])
    assert [(run.arm, run.seed) for run in runs] == [
        ("replace", 0), ("replace", 7), ("accumulate", 0), ("accumulate", 7), ("human_only", 0), ("human_only", 7),
    ]  # fmt: skip


def test_a_run_folder_says_name_scale_arm_and_seed() -> None:
    assert plan([*URN, "output_dir=o"])[0].folder == Path("o/urn_smoke/replace/seed_0")
    assert plan(["experiment=urn", "name=mine", "output_dir=o"])[0].folder == Path("o/mine/replace/seed_0")


def test_an_experiment_without_arms_has_one_called_main() -> None:
    (run,) = plan(["source=zipf", "student=categorical", "trainer=counts", "metrics=[known_truth]"])
    assert run.arm == "main"


def test_one_arm_of_several_can_be_asked_for() -> None:
    assert [run.arm for run in plan([*URN, "arm=accumulate"])] == ["accumulate"]
    assert [run.arm for run in plan([*URN, "arm=[replace,human_only]"])] == ["replace", "human_only"]
    with pytest.raises(ConfigError, match=r"arm: got none_such, this experiment has replace, accumulate, human_only"):
        plan([*URN, "arm=none_such"])


def test_a_scale_is_a_list_of_overrides_and_what_the_user_gives_goes_before_it() -> None:
    assert plan(URN)[0].config["source"]["replicas"] == 10
    assert plan([*URN, "source.replicas=3"])[0].config["source"]["replicas"] == 3
    assert plan(["experiment=urn"])[0].config["source"]["replicas"] == 300


def test_a_scale_may_say_which_arms_there_are_and_what_they_set() -> None:
    few_arms = """+scales.few=["arm=[accumulate]","arms.accumulate=['mixer=accumulate','mixer.size=7']"]"""
    (few,) = plan(["experiment=urn", "scale=few", few_arms])
    assert (few.arm, few.config["mixer"]["size"]) == ("accumulate", 7)
    (mine,) = plan(["experiment=urn", "scale=few", few_arms, "arm=human_only"])
    assert mine.arm == "human_only", "what the user gives goes before it"


def test_an_arm_sets_what_makes_it_this_arm() -> None:
    windows = {run.arm: (run.config["mixer"]["human_share"], run.config["mixer"]["window"]) for run in plan(URN)}
    assert windows == {"replace": (0.0, 1), "accumulate": (None, None), "human_only": (1.0, 0)}


def test_an_override_of_what_an_arm_sets_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        ConfigError, match=r"mixer=mix: arm 'replace' sets mixer=replace itself.*\+arms\.mine=\[\"mixer=mix\"\]"
    ):
        plan([*URN, "mixer=mix"])


def test_an_arm_can_be_added() -> None:
    runs = plan([*URN, '+arms.half=["mixer=accumulate","mixer.human_share=0.5"]'])
    assert [run.arm for run in runs] == ["replace", "accumulate", "human_only", "half"]
    assert runs[-1].built["mixer"].human_share == 0.5


def test_swept_values_join_the_arms_name() -> None:
    runs = plan([*URN, "arm=accumulate", "mixer.human_share=0.1,0.3"], multirun=True)
    assert [run.arm for run in runs] == ["accumulate,mixer.human_share=0.1", "accumulate,mixer.human_share=0.3"]
    assert [run.built["mixer"].human_share for run in runs] == [0.1, 0.3]
    assert sweep(["a=1,2", "b=3"]) == [(["a=1", "b=3"], "a=1"), (["a=2", "b=3"], "a=2")]


def test_a_sweep_over_arms_and_seeds_names_runs_as_lists_of_both_do() -> None:
    swept = plan([*URN, "arm=replace,accumulate", "seeds=[0],[1]"], multirun=True)
    listed = plan([*URN, "arm=[replace,accumulate]", "seeds=[0,1]"])
    assert [run.folder for run in swept] == [run.folder for run in listed]


def test_several_values_without_a_sweep_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"generations=1,2: several values are a sweep\. Add -m, or quote a list"):
        plan([*URN, "generations=1,2"])


def test_runs_that_would_share_a_folder_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"outputs/n/replace,name=n/seed_0: two runs of this plan would write here"):
        plan(["experiment=urn", "arm=replace", "name=n,n"], multirun=True)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["scale=huge"], "scale: got huge, this experiment has smoke, small, full"),
        (["seeds=[0,0]"], r"seeds: got \[0, 0\], want each seed once"),
        (["seeds=3"], "seeds: got 3, want a list of whole numbers"),
        (["seeds=[]"], r"seeds: got \[\], want a list of whole numbers"),
        (["generatoins=3"], r"generatoins: unknown setting\. Did you mean generations"),
        (["source.drows=3"], r"source\.drows: unknown setting\. Did you mean source\.draws"),
        (["source=zpif"], r"source/zpif: there is no such choice\. Did you mean source/zipf"),
        (["generations=-1"], "generations: got -1, want 0 or more"),
        (["generations=many"], 'generations: got "many"'),
        (["metrics=[known_truth]", "metrics.known_truth.x=1"], r"metrics\.known_truth\.x: unknown setting"),
        (["=3"], "=3: cannot be read as key=value. The key is missing"),
        (["filters=[random"], r"filters=\[random: cannot be read as key=value"),
        (["filters=[random,random]"], r"filters=\[random,random\]: each choice once"),
        (["student=3"], "student=3: want one of bigram, categorical, checkpoint"),
        (["~student"], "~student: want one of bigram, categorical"),
        (["+foo=1"], r"foo: unknown setting\. Known: adapter, answer, arm, "),
        (["plugins=os"], "plugins: got 'os', want a list"),
        (["arms=3"], "arms: got 3, want names with lists of overrides"),
        (["theory=3"], "theory=3: want one of bigram, fresh_share, gaussian, "),
        (["measure=null"], "measure: got null, want settings with names"),
        (["source.replicas=null"], r"source\.replicas: got null"),
        (["source.draws=null"], r"theory\.draws: got null"),
        (["student=checkpoint"], r"student\.model_name_or_path: not set"),
        (["filters=[length]"], r"filters\.length: Length takes data of kind text, but source=Zipf gives array"),
        (["adapter=fresh"], "adapter: got fresh, but trainer=Counts trains whole models"),
        (["adapter=merge"], "adapter=merge needs a start that carries an adapter; start=base carries none"),
        (["generator.temperature=0"], "want temperature > 0"),
    ],
)
def test_a_mistake_is_one_message_before_anything_starts(overrides: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        plan([*URN, f"output_dir={tmp_path}", *overrides])
    assert not list(tmp_path.iterdir())


def test_the_last_arms_mistake_stops_the_first() -> None:
    with pytest.raises(ConfigError, match=r"mixer: human_share: got 3\.0, want a share"):
        plan([*URN, '+arms.late=["mixer=accumulate","mixer.human_share=3"]'])


def test_arms_may_share_a_list_of_overrides_by_nesting_it() -> None:
    runs = plan(['+arms.a=[["mixer=replace",["seeds=[3]"]],"generations=1"]', "arm=a"])
    assert [(run.arm, run.seed, run.loop.generations) for run in runs] == [("a", 3, 1)]
    assert runs[0].built["mixer"].window == 1
