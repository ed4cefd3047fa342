"""What is taken of each file and of human text, so that all are measured on equal terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loops.arm import Measure
from loops.errors import ConfigError, DataError
from loops.measuring import Budget, View
from loops.outside.budget import MOST_WORDS, Pile, choose_cut, in_step, kinds_note

HUMAN = "human text"
"""The side that is measured as if it were a file: one half of the texts of the reference."""
REFERENCE = "reference"
"""The other half, with which metrics of two samples compare every side."""

KEPT = 0.5
"""Share of a file's words that are left by the cut, below which a note says so."""
LENGTH_LIMIT_ALARM = 0.5
"""Share of texts cut at the length limit above which a note says so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user sets; None: found from the files."""

    words: int | None
    cut: int | None
    texts: int | None
    seed: int
    workers: int | None


@dataclass(frozen=True)
class Sides:
    """The views, and the budget that holds for all of them."""

    measured: Mapping[str, View]
    """By file, and human text last."""
    reference: View | None
    budget: Budget
    notes: Sequence[str]
    """What a reader has to know of it."""

    @property
    def n_words(self) -> int:
        """Words of each side that are measured."""
        assert self.budget.n_words is not None, self.budget
        return self.budget.n_words


def take_sides(files: Mapping[str, Pile], human: Pile | None, limits: Limits, measure: Measure) -> Sides:
    """Fix N, L and the number of texts, and take that much of each side.

    Raises:
        DataError: human text is a single text, which has no halves.
        ConfigError: more words are asked for than any side holds.
    """
    halves = _halves(human) if human is not None else {}
    piles = {**files, **{name: half for name, half in halves.items() if name == HUMAN}}
    lengths = {name: pile.lengths() for name, pile in files.items()}
    lengths |= {HUMAN: human.lengths()} if human is not None else {}
    heard = in_step({name: float(lengths[name].mean()) * len(pile.rows) for name, pile in files.items()})
    heard += [name for name in piles if name == HUMAN]
    cut = choose_cut({name: lengths[name] for name in heard}, limits.cut)
    most, most_texts = limits.words or MOST_WORDS, limits.texts or measure.n_texts
    views = {name: pile.view(most, cut.max_words, most_texts) for name, pile in piles.items()}
    reference = halves[REFERENCE].whole_texts(most, most_texts) if halves else None
    held = {name: int(np.minimum(views[name].words().sizes, cut.max_words).sum()) for name in heard}
    n_words = limits.words or min(most, *held.values())
    if n_words > max(held.values()):
        said = ", ".join(f"{name} holds {size:,}" for name, size in held.items())
        raise ConfigError(f"--words: got {n_words:,}; with texts cut at {cut.max_words:,} words, {said}.")
    whole = [name for name in heard if held[name] <= n_words and len(views[name].samples) == len(piles[name].rows)]
    texts_held = [len(views[name].samples) for name in heard] + ([len(reference.samples)] if reference else [])
    n_texts = limits.texts or min(most_texts, *texts_held)
    budget = Budget(n_words, cut.max_words, n_texts, measure.groups, measure.resamples)
    notes = [
        _words_note(n_words, whole) if limits.words is None else "",
        cut.note,
        _loss_note(cut.max_words, {name: lengths[name] for name in heard}) if limits.cut is None else "",
        kinds_note({name: lengths[name] for name in heard}),
        _named("Too small to have a say in the sizes", [name for name in views if name not in heard]),
        *_warnings(files, views, measure.groups),
    ]
    return Sides(views, reference, budget, [note for note in notes if note])


def _halves(human: Pile) -> dict[str, Pile]:
    if len(human.rows) < 2:
        raise DataError(f"--reference: {human.file.path} holds a single text; it is read in halves, so want 2 or more.")
    return dict(zip((HUMAN, REFERENCE), human.halves(), strict=True))


def _warnings(files: Mapping[str, Pile], views: Mapping[str, View], groups: int | None) -> Iterator[str]:
    """Say of which files there is too little for intervals, and which were not ended by their writer."""
    yield _named(
        f"Fewer texts than the {groups} groups of the jackknife (measure.groups), so without an interval",
        [name for name, view in views.items() if groups is not None and len(view.samples) < groups],
    )
    yield _named(
        f"Over {LENGTH_LIMIT_ALARM:.0%} of the texts were cut at their writer's length limit (finish_reason)",
        [name for name, pile in files.items() if pile.length_limit_share() > LENGTH_LIMIT_ALARM],
    )


def _words_note(n_words: int, whole: Sequence[str]) -> str:
    """Say what bounds the number of words: the files that are measured whole, or we do."""
    if not whole:
        return f"The files hold more than the {n_words:,} words that are measured: --words takes more."
    half = "one half of " if whole[0] == HUMAN else ""
    return f"{n_words:,} words are all that {half}{whole[0]} holds, texts cut alike."


def _loss_note(max_words: int, lengths: Mapping[str, np.ndarray]) -> str:
    """Say of which files little is left."""
    left = {name: np.minimum(each, max_words).sum() / each.sum() for name, each in lengths.items()}
    said = ", ".join(f"{share:.1%} of {name}" for name, share in left.items() if share < KEPT)
    advice = "--cut takes more of each text, --separator and --column say what a text is"
    return f"Cut at {max_words:,} words the texts keep {said}: {advice}." if said else ""


def _named(what: str, names: Sequence[str]) -> str:
    return f"{what}: {', '.join(names)}." if names else ""
