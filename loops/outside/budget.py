"""How much of each file is measured: the same number of words, of texts cut alike, on all sides."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from evals.documents import Documents
from evals.words import words
from loops.errors import DataError
from loops.key import Key
from loops.measuring import View
from loops.outside.text_file import Row, TextFile, samples_of

MOST_WORDS = 100_000
"""Words of a side that are measured unless more are asked for: five times what a run takes, in half a minute."""
LONGEST_CUT, SHORTEST_CUT = 1_000, 10
"""Words between which the cut is chosen: a longer one would leave few texts, a shorter one few n-grams."""
LENGTHS_FROM = 1_000
"""Texts of a side whose lengths decide on the cut."""
ALIKE = 0.05
"""Shares of texts shorter than the cut may differ by this much; then the cut makes texts alike."""
OF_ONE_KIND = 2.0
"""Middle texts of two sides that differ by more than this factor are perhaps not the same kind of text."""
LEFT_BEHIND = 0.1
"""A file with less than this share of the words of the middle one does not lower the budget of all others."""


@dataclass(frozen=True, eq=False)
class Pile:
    """The texts of one side in random order."""

    file: TextFile
    rows: Sequence[tuple[int, Row]]
    """With their places in the file."""
    n_blank: int = 0
    """Texts of white space alone, which were left out."""

    @classmethod
    def of(cls, file: TextFile, key: Key) -> Pile:
        """Read a file and shuffle it.

        Raises:
            DataError: it holds no text.
        """
        rows = list(enumerate(file.rows()))
        full = [(place, row) for place, row in rows if row.text.strip()]
        if not full:
            raise DataError(f"{file.path}: none of its {len(rows):,} texts ({file.found}) holds a word.")
        order = key.rng().permutation(len(full))
        return cls(file, [full[place] for place in order], len(rows) - len(full))

    def halves(self) -> tuple[Pile, Pile]:
        """Deal the texts out in two halves."""
        return Pile(self.file, self.rows[::2]), Pile(self.file, self.rows[1::2])

    def length_limit_share(self) -> float:
        """Return the share of texts that their writer did not end: `length` in the column finish_reason."""
        return sum(row.finish_reason == "length" for _, row in self.rows) / len(self.rows)

    def cut(self) -> Iterator[tuple[tuple[int, Row], list[str]]]:
        """Yield rows with their words."""
        return ((row, words(row[1].text)) for row in self.rows)

    def lengths(self) -> np.ndarray:
        """Return the lengths of some texts in words, (n_texts,)."""
        return np.array([len(found) for _, found in islice(self.cut(), LENGTHS_FROM)])

    def view(self, n_words: int, max_words: int, n_texts: int) -> View:
        """Take texts until there are this many words, each text counted up to the cut, and this many texts."""
        rows: list[tuple[int, Row]] = []

        def taken() -> Iterator[list[str]]:
            n = 0
            for row, found in self.cut():
                if n >= n_words and len(rows) >= n_texts:
                    return
                rows.append(row)
                n += min(len(found), max_words)
                yield found

        cut = Documents.of(taken())
        return View(samples_of(rows), cut)

    def whole_texts(self, n_words: int, n_texts: int) -> View:
        """Take texts until their words, each text counted whole, are this many, and this many texts."""
        return self.view(n_words, sys.maxsize, n_texts)


class Cut(NamedTuple):
    """Where texts are cut."""

    max_words: int
    note: str
    """What is wrong with it, if anything."""


def in_step(sizes: Mapping[str, float]) -> list[str]:
    """Name the files that have a say in what is common to all: not one that has collapsed to next to nothing."""
    least = LEFT_BEHIND * float(np.median(list(sizes.values())))
    return [name for name, size in sizes.items() if size >= least]


def kinds_note(lengths: Mapping[str, np.ndarray]) -> str:
    """Say when one side's middle text is far longer than another's, as stories are than paragraphs."""
    middle = {name: float(np.median(each)) for name, each in lengths.items()}
    if max(middle.values()) <= OF_ONE_KIND * min(middle.values()):
        return ""
    said = ", ".join(f"{size:,.0f} words in {name}" for name, size in middle.items())
    return f"The middle text has {said}: are these the same kind of text? --separator and --column say what a text is."


def choose_cut(lengths: Mapping[str, np.ndarray], asked: int | None) -> Cut:
    """Choose the longest cut, up to the middle text of the side with the shortest ones, at which all sides are alike.

    Alike means that the shares of texts shorter than the cut differ by at most `ALIKE` (measurement rule 9). Where
    that holds at no cut of `SHORTEST_CUT` words or more, it is the middle text, and a note says that it does not hold.
    """
    top = min(LONGEST_CUT, *(int(np.median(each)) for each in lengths.values()))
    cuts = np.arange(1, top + 1)
    shares = np.array([np.searchsorted(np.sort(each), cuts) / len(each) for each in lengths.values()])
    alike = int(cuts[np.ptp(shares, axis=0) <= ALIKE].max())  # no text is shorter than 1 word
    if asked is None and alike >= min(SHORTEST_CUT, top):
        return Cut(alike, "")
    cut = asked or top
    short = {name: float(np.mean(each < cut)) for name, each in lengths.items()}
    if max(short.values()) - min(short.values()) <= ALIKE:
        return Cut(cut, "")
    said = ", ".join(f"{share:.0%} of {name}" for name, share in short.items())
    advice = f" --cut {alike} makes them alike." if alike >= SHORTEST_CUT else ""
    return Cut(cut, f"Texts under {cut} words are {said}: the figures differ by length too.{advice}")
