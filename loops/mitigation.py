"""What each mitigation changed: logged beside the measures, and a run stops where one changed nothing.

A component is a mitigation if it has the class variable `changes`, which names what it changes: `texts`, `weights` or
`tokens`. Other components, such as a filter of length, are free to change nothing. What is logged is a share:

- a filter: of the weight of the rows that it judged, what lies elsewhere after its verdicts (`moved`);
- a generator: of all that is drawn, by the score `changed` that each text carries: the number of its changed tokens
  (`changes = "tokens"`), or 1 or 0 for the whole text;
- a trainer: `changed_share` of the log that it returns.

The control `random_filter` logs what its filters would have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import StageError
from loops.ref import Ref
from loops.rows import Rows
from loops.samples import Samples
from loops.verdicts import Verdicts

if TYPE_CHECKING:
    from loops.observe import Views

CHANGED = "changed"
"""The score by which a text says how many of its tokens a generator changed, or whether it changed the text."""
CHANGED_SHARE = "changed_share"
"""What a trainer's log calls the share of tokens, texts or weights that it changed."""
NOTHING = 1e-12
"""Shares up to this are rounding of weights that were all multiplied by the same factor."""


def mitigations(arm: Arm, engine: Engine, views: Views, training: Mapping[str, float]) -> dict[str, float]:
    """Return `mitigation/<name>/changed_share`, in [0, 1], for each mitigation of this generation.

    Beside it stands what a filter says of itself (`Verdicts.figures`), such as `mitigation/detector/auroc`.

    `training` holds what the student's training logged, as the history names it. Generation 0 has nothing to mitigate,
    so a share of 0 is allowed there; also where a mitigation has done its work: once a policy answers all prompts
    correctly, an oracle has nothing left to reject.

    Raises:
        StageError: a mitigation has changed nothing in this generation nor in one before.
    """
    row: dict[str, float] = {}
    for place, figures in _figures(arm, engine, views, training):
        share = figures[CHANGED_SHARE]
        if share > NOTHING:
            engine.mitigated.add(place)
        elif engine.generation and place not in engine.mitigated:
            raise StageError(
                f"generation {engine.generation}, arm {arm.arm}: {place} is a mitigation and changed 0 of the "
                f"{arm.built[place].changes} that it was given, so that its arm would be one without it. Make its "
                "settings stricter, or leave it out."
            )
        row |= {f"mitigation/{place.removeprefix('filters.')}/{name}": value for name, value in figures.items()}
    return row


def moved(before: np.ndarray, after: np.ndarray) -> float:
    """Return the share of weight that lies on other rows than before; in [0, 1].

    Half the sum over rows of |after / total after - before / total before|. Where rows of equal weight are only dropped
    it is the share dropped; a factor that is the same for all rows moves nothing; 1: nothing is left.

    Raises:
        ValueError: there was no weight before.
    """
    if not before.sum() > 0:
        raise ValueError(f"moved: {len(before)} rows have a total weight of {before.sum():g}, want more than 0.")
    if not after.sum() > 0:
        return 1.0
    return float(np.abs(after / after.sum() - before / before.sum()).sum() / 2)


def _figures(
    arm: Arm, engine: Engine, views: Views, training: Mapping[str, float]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield where each mitigation stands in the configuration, the share that it changed, and what else it says."""
    if views.drawn is not None:
        if hasattr(arm.built["generator"], "changes") and _is_there(engine, views.drawn):
            changed = _of_draws(engine.open(views.drawn), arm.built["generator"].changes)
            yield "generator", {CHANGED_SHARE: changed}
        before = views.drawn
        for name, after in zip(arm.nodes("filters"), views.verdicts, strict=True):
            if hasattr(arm.built[f"filters.{name}"], "changes") and _is_there(engine, before, after):
                yield f"filters.{name}", _of_verdicts(engine, before, after)
            before = after
    trainer = "generation_0_trainer" if engine.generation == 0 and "generation_0_trainer" in arm.built else "trainer"
    if training and hasattr(arm.built[trainer], "changes"):
        yield trainer, {CHANGED_SHARE: training[f"training/{CHANGED_SHARE}"]}


def _is_there(engine: Engine, *refs: Ref) -> bool:
    """Say whether stages have left these rows: a plan walks over stand-ins."""
    return all(isinstance(engine.open(ref), Samples | Rows) for ref in refs)


def _of_draws(drawn: Samples | Rows, unit: str) -> float:
    samples = drawn.samples() if isinstance(drawn, Rows) else drawn
    changed = sum(dict(scores)[CHANGED] for scores in samples.column("scores").to_pylist())
    return float(changed / (samples.written_tokens().sum() if unit == "tokens" else len(samples)))


def _of_verdicts(engine: Engine, before: Ref, after: Ref) -> dict[str, float]:
    judged, verdicts = engine.open(before), Verdicts.open(engine.store.entry(after).folder)
    rows = judged if isinstance(judged, Rows) else Rows.all_of(judged, before)
    weight = rows.weight
    if rows.parts[0].kind != "text":
        weight = weight * rows.each(lambda part: part.numbers("weight"))
    return {CHANGED_SHARE: moved(weight, weight * verdicts.weight * verdicts.kept), **verdicts.figures}
