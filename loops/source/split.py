"""The split into train, reference and auditor: by origin, without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loops.errors import DataError
from loops.key import Key
from loops.source.overlap import WordStream, is_near, share_in_train, shares_ngram

DROPPED, TRAIN, REFERENCE, AUDITOR = 0, 1, 2, 3
NAMES = {TRAIN: "train", REFERENCE: "reference", AUDITOR: "auditor"}
LOGGED_N = 8
"""The n-grams whose remaining overlap is logged."""


@dataclass(frozen=True, eq=False)
class Split:
    """Where each text goes, and what was dropped on the way."""

    where: np.ndarray  # (n_texts,) int8: DROPPED, TRAIN, REFERENCE or AUDITOR
    log: dict[str, float]
    """Counts and characters of each split, drops by cause, shares of held-out 8-grams that train has too."""


def assign(
    texts: Sequence[str],
    origins: Sequence[str],
    reference_share: float,
    auditor_share: float,
    key: Key,
    ngram: int = 13,
    jaccard: float = 0.5,
) -> Split:
    """Split texts by origin into train, reference and auditor, and drop from the last two what train has too.

    First, texts that repeat an earlier one up to white space are dropped. Then whole origins are dealt out so
    that the shares, in characters, come near those asked for. Then a held-out text goes if it shares a word
    n-gram with a train text or is as near to one as `jaccard`: what is left can be smaller than its share.

    Source: Brown et al. 2020 (arXiv 2005.14165), appendix C, for the 13-gram rule.

    Raises:
        ValueError: shares that do not leave train the larger half.
        DataError: too few origins, or a split in which no text is left.
    """
    if reference_share <= 0 or auditor_share < 0 or reference_share + auditor_share > 0.5:
        raise ValueError(
            f"split: got reference_share {reference_share} and auditor_share {auditor_share}, want the first "
            "above 0, the second at least 0 and together at most 0.5."
        )
    shares = {REFERENCE: reference_share} | ({AUDITOR: auditor_share} if auditor_share else {})
    first = _first_of_each(texts)
    where = np.where(first, _deal(texts, origins, first, shares, key), DROPPED).astype(np.int8)
    stream = WordStream.of(texts)
    train, held = where == TRAIN, where > TRAIN
    by_ngram = held & shares_ngram(stream, train, ngram)
    by_jaccard = is_near(stream, train, held & ~by_ngram, jaccard)
    where[by_ngram | by_jaccard] = DROPPED
    log = {
        "dropped/exact_duplicate": float((~first).sum()),
        f"dropped/shared_{ngram}_gram": float(by_ngram.sum()),
        "dropped/jaccard": float(by_jaccard.sum()),
    }
    return Split(where, log | _counts(texts, where, shares, stream))


def overlaps(train: Sequence[str], other: Sequence[str], ngram: int = 13, jaccard: float = 0.5) -> list[int]:
    """Return which of the `other` texts have too much in common with train, by the rule of `assign`.

    For splits that the user gave: there an overlap is the user's to mend.
    """
    stream = WordStream.of([*train, *other])
    is_train = np.arange(stream.n_texts) < len(train)
    found = ~is_train & shares_ngram(stream, is_train, ngram)
    found |= is_near(stream, is_train, ~is_train & ~found, jaccard)
    known = {_normalised(text) for text in train}
    equal = [index for index, text in enumerate(other) if _normalised(text) in known]
    return sorted({*(np.flatnonzero(found) - len(train)).tolist(), *equal})


def _normalised(text: str) -> str:
    return " ".join(text.split())


def _first_of_each(texts: Sequence[str]) -> np.ndarray:
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(_normalised(text), index) == index for index, text in enumerate(texts)], bool)


def _deal(
    texts: Sequence[str], origins: Sequence[str], first: np.ndarray, shares: dict[int, float], key: Key
) -> np.ndarray:
    """Give each origin to a split, in an order drawn with the key, (n_texts,) int8."""
    size: dict[str, int] = {}
    for text, origin, counts in zip(texts, origins, first, strict=True):
        if counts:
            size[origin] = size.get(origin, 0) + len(text)
    if len(size) <= len(shares):
        raise DataError(
            f"split: the source has {len(size)} origin{'s' * (len(size) != 1)} (modules, articles, stories) "
            f"and each belongs to one split, so at least {len(shares) + 1} are needed. Use more data, a "
            "separator that cuts it into documents, or give reference and auditor as data of their own."
        )
    # Each origin's place depends on its own name alone, so data added later moves little.
    waiting = sorted(size, key=lambda origin: key.fold("split", origin).digest)
    wanted = _wanted(list(size.values()), shares)
    to: dict[str, int] = {}
    for split in shares:
        taken = _fill(waiting, size, wanted[split])
        to |= dict.fromkeys(taken, split)
        waiting = [origin for origin in waiting if origin not in taken]
    return np.array([to.get(origin, TRAIN) for origin in origins], np.int8)


def _wanted(sizes: list[int], shares: dict[int, float]) -> dict[int, float]:
    """Return the characters of each held-out split: its share of all, within half of what is not huge."""
    total = sum(sizes)
    small = sum(size for size in sizes if size / 2 <= max(shares.values()) * total)
    scale = min(1.0, small / 2 / (total * sum(shares.values())))
    return {split: share * total * scale for split, share in shares.items()}


def _fill(waiting: list[str], size: dict[str, int], wanted: float) -> set[str]:
    """Take origins in order, passing over each that overshoots by more than is lacking without it."""
    taken: set[str] = set()
    filled = 0
    for origin in waiting:
        if filled + size[origin] / 2 <= wanted:
            taken.add(origin)
            filled += size[origin]
    return taken or {min(waiting, key=lambda origin: size[origin])}


def _counts(texts: Sequence[str], where: np.ndarray, shares: dict[int, float], stream: WordStream) -> dict[str, float]:
    length = np.array([len(text) for text in texts])
    log: dict[str, float] = {"texts": float(len(texts)), "chars": float(length.sum())}
    for split in (TRAIN, *shares):
        inside = where == split
        if not inside.any():
            raise DataError(
                f"split: no text is left for {NAMES[split]} of {len(texts)}: train has the same passages. "
                "Use more data, or a source with less repetition."
            )
        log[f"{NAMES[split]}/texts"] = float(inside.sum())
        log[f"{NAMES[split]}/chars"] = float(length[inside].sum())
        share = None if split == TRAIN else share_in_train(stream, where == TRAIN, inside, LOGGED_N)
        if share is not None:
            log[f"{NAMES[split]}/share_of_{LOGGED_N}_grams_in_train"] = share
    return log
