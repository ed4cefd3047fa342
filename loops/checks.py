"""Whether the components of a run go together, asked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loops.errors import ConfigError
from loops.replicas import replica_numbers

if TYPE_CHECKING:
    from loops.arm import Arm


def check_together(arm: Arm, built: Mapping[str, Any]) -> None:
    """Refuse components that do not go together.

    Raises:
        ConfigError: which, and what to choose instead.
    """
    _kinds(built)
    _embedder(built)
    _start(arm, built)
    _generators(arm, built)
    _budget(arm, built)
    _answer(built)
    _control(arm, built)
    _controller(arm, built)
    if hasattr(built["executor"], "check_available"):
        built["executor"].check_available()


def _kinds(built: Mapping[str, Any]) -> None:
    """Refuse components that do not take the source's kind of data."""
    kind = built["source"].kinds[0]
    for place, component in built.items():
        if place == "embedder" and not _embeds(built):
            continue
        kinds = getattr(component, "kinds", (kind,))
        if kind not in kinds:
            raise ConfigError(
                f"{place}: {type(component).__name__} takes data of kind {' or '.join(kinds)}, but "
                f"source={type(built['source']).__name__} gives {kind}. Choose another {place.split('.')[0]}."
            )


def _embeds(built: Mapping[str, Any]) -> bool:
    return any(
        getattr(component, "reads", None) == "embeddings" or "embeddings" in getattr(component, "needs", ())
        for component in built.values()
    )


def _embedder(built: Mapping[str, Any]) -> None:
    """Refuse an embedder that could not work before generation 0 is trained, where a metric or filter reads it."""
    embedder, student = built["embedder"], built["student"]
    if not _embeds(built):
        return
    if "student_0" in embedder.needs and "embed" not in student.can:
        raise ConfigError(
            f"embedder: {type(embedder).__name__} reads student 0, but student={type(student).__name__} can "
            f"{', '.join(student.can)}, not embed. Choose another embedder."
        )
    if hasattr(embedder, "check_available"):
        embedder.check_available()


def _start(arm: Arm, built: Mapping[str, Any]) -> None:
    trainer = built["trainer"]
    if arm.loop.adapter != "none" and not getattr(trainer, "trains_adapters", False):
        raise ConfigError(
            f"adapter: got {arm.loop.adapter}, but trainer={type(trainer).__name__} trains whole models. "
            "Use adapter=none."
        )
    if arm.prompts.count is None and built["source"].kinds[0] == "text":
        raise ConfigError("prompts.count: null (all types) is for closed-form worlds; texts need a number.")
    if hasattr(built["student"], "check_length"):
        built["student"].check_length(_longest(arm, built))


def _generators(arm: Arm, built: Mapping[str, Any]) -> None:
    """Refuse to ask for one text many times, and to measure a student by texts that it only edited."""
    if "human_corpus" in built["sampled"].needs:
        raise ConfigError(
            f"sampled: {type(built['sampled']).__name__} edits human text, which says little of the student that does "
            "it. Use generator@sampled=plain."
        )
    for place in ("generator", "sampled"):
        if not getattr(built[place], "is_deterministic", False) or built["source"].kinds[0] != "text":
            continue
        name = type(built[place]).__name__
        if arm.prompts.kind == "empty":
            raise ConfigError(
                f"{place}: {name} with these settings answers equal prompts with equal texts, and empty prompts are "
                "all equal. Use prompts.kind=prefix."
            )
        if getattr(built[place], "draws", 1) > 1:
            raise ConfigError(
                f"{place}.draws: got {built[place].draws}, but {name} with these settings gives a prompt the same text "
                "in each draw. Use 1."
            )


def _budget(arm: Arm, built: Mapping[str, Any]) -> None:
    """Refuse a budget of kept tokens that drawing cannot be held to."""
    if arm.loop.budget == "drawn" or not built["mixer"].reads_drawn:
        return
    generator = built["generator"]
    if not hasattr(generator, "draws") or getattr(generator, "is_deterministic", False):
        raise ConfigError(
            f"budget: got kept, which draws again where filters drop, but generator={type(generator).__name__} with "
            "these settings has one text to give for each prompt. Use budget=drawn."
        )
    if getattr(generator, "tokens", None) is None:
        raise ConfigError(
            "generator.tokens: null, but budget=kept draws until the filters have kept so many tokens. "
            "Give a number, or use budget=drawn."
        )
    if arm.prompts.count is None:
        raise ConfigError("prompts.count: null (all types) has no draws to count; budget=kept needs a number.")
    if arm.loop.max_draws < generator.draws:
        raise ConfigError(
            f"max_draws: got {arm.loop.max_draws}, but the first round alone draws generator.draws={generator.draws}. "
            "Raise max_draws, or lower generator.draws."
        )


def _answer(built: Mapping[str, Any]) -> None:
    """Refuse filters that judge answers where nothing says which part of a text is one."""
    if "text" not in built["source"].kinds or "answer" in built:
        return
    for place, component in built.items():
        if place.startswith("filters.") and "graded" in getattr(component, "needs", ()):
            raise ConfigError(
                f"{place}: {type(component).__name__} judges answers, and answer=null does not say where in a text one "
                "stands. Choose one: answer=pattern takes the whole text or what a regular expression finds."
            )


def _longest(arm: Arm, built: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens that each setting asks a student to hold at once."""
    prefix = arm.prompts.tokens if arm.prompts.kind == "prefix" else 0
    lengths = {"measure.window": arm.measure.window}
    for place in ("trainer", "generation_0_trainer"):
        if hasattr(built.get(place), "max_length"):
            lengths[f"{place}.max_length"] = built[place].max_length
    for place in ("generator", "sampled"):
        if hasattr(built[place], "window"):
            lengths[f"{place}.window"] = built[place].window
        if hasattr(built[place], "max_new_tokens"):
            lengths[f"{place}.max_new_tokens"] = prefix + built[place].max_new_tokens
    return lengths


def _control(arm: Arm, built: Mapping[str, Any]) -> None:
    """Refuse a control that would be the arm which it controls."""
    if arm.loop.random_filter and not arm.nodes("filters"):
        raise ConfigError("random_filter: there are no filters whose share of rows could be kept at random.")
    if arm.loop.random_filter and arm.prompts.count is None:
        raise ConfigError(
            "random_filter: of infinitely many draws (prompts.count=null) rows at random are all of them."
        )
    if arm.loop.teacher == "generation_0" and not built["mixer"].reads_drawn:
        raise ConfigError("teacher=generation_0: this mixer reads nothing that is drawn, so nobody writes.")


def _controller(arm: Arm, built: Mapping[str, Any]) -> None:
    """Refuse a controller whose measure nobody takes, or whose setting the arm does not read."""
    controller, name = built["controller"], type(built["controller"]).__name__
    if not hasattr(controller, "measure"):
        return
    metric = built.get(f"metrics.{controller.metric}")
    if metric is None or controller.view not in metric.views:
        there = ", ".join(f"{view}/{each}" for each in arm.nodes("metrics") for view in built[f"metrics.{each}"].views)
        raise ConfigError(f"controller.measure: got {controller.measure}, but this run measures {there}.")
    if len(replica_numbers(getattr(built["source"], "replicas", 1))) > 1:
        raise ConfigError(f"controller={name}: decides for a whole run. Use one replica, and several seeds.")
    mixer = built["mixer"]
    if "mixer.human_share" in getattr(controller, "changes", ()) and (
        mixer.human_share is None or mixer.schedule != "constant" or not mixer.reads_drawn
    ):
        raise ConfigError(
            f"controller={name}: sets mixer.human_share, so the mixer wants a constant human_share below 1, such as "
            "mixer=fresh_share."
        )
    for bound in ("least_share", "greatest_share"):
        _share_of_mixer(name, mixer, bound, getattr(controller, bound, None))


def _share_of_mixer(name: str, mixer: Any, bound: str, share: float | None) -> None:
    """Refuse a share that the controller may set and the mixer does not take."""
    try:
        _ = mixer if share is None else replace(mixer, human_share=share)
    except ValueError as error:
        raise ConfigError(
            f"controller={name}: may set mixer.human_share to {share:g}, which the mixer refuses. {error}. Set "
            f"controller.{bound} to what it takes, such as 0.01."
        ) from error
