"""Rows of numbers, one per text: what measures check of them, and distances between them in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_CELLS = 4_000_000  # numbers of a block of pairs held at once, 32 MB
_ROUNDING = 1e-12  # of the squared lengths: embeddings of one text, read beside other texts, differ by less


def checked(where: str, rows: npt.ArrayLike, least: int) -> FloatArray:
    """Return the rows in double precision, (n_texts, dimensions), or say what is wrong with them.

    Raises:
        ValueError: not two axes, no dimensions, fewer than `least` rows, or a number that is not finite.
    """
    found = np.asarray(rows, dtype=np.float64)
    if found.ndim != 2 or not found.shape[1]:
        raise ValueError(f"{where}: got embeddings of shape {found.shape}, want (n_texts, dimensions).")
    if len(found) < least:
        raise ValueError(f"{where}: got {len(found)} texts, want {least} or more. Embed more texts.")
    if not np.all(np.isfinite(found)):
        bad = int(np.sum(~np.isfinite(found).all(axis=1)))
        raise ValueError(f"{where}: {bad} of {len(found)} rows hold a number that is not finite.")
    return found


def checked_pair(
    where: str, rows: npt.ArrayLike, reference: npt.ArrayLike, least: int
) -> tuple[FloatArray, FloatArray]:
    """Return the rows of a view and of the reference, or say what is wrong with them.

    Raises:
        ValueError: see `checked`; or they have different dimensions, so they lie in different spaces.
    """
    view, human = checked(where, rows, least), checked(f"{where}: reference", reference, least)
    if view.shape[1] != human.shape[1]:
        raise ValueError(
            f"{where}: the view has {view.shape[1]} dimensions and the reference {human.shape[1]}. "
            "Embed both with one embedder."
        )
    return view, human


def unit_rows(where: str, rows: FloatArray) -> FloatArray:
    """Return each row divided by its length.

    Raises:
        ValueError: a row of zeros, which has no direction: a text of which the embedder knows no token.
    """
    lengths = np.sqrt(_squares(rows))[:, None]
    if not np.all(lengths > 0):
        raise ValueError(
            f"{where}: {int(np.sum(lengths == 0))} of {len(rows)} rows are zeros, which have no direction: texts of "
            "which the embedder knows no token. Leave them out, or choose another embedder."
        )
    return np.asarray(rows / lengths)


def blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Yield consecutive rows, as many at a time as make a block of pairs with all columns that fits in memory."""
    size = max(1, _CELLS // n_columns)
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def squared_distances(rows: FloatArray, others: FloatArray) -> FloatArray:
    """Return squared Euclidean distances, (n_rows, n_others); 0 where two rows differ by rounding alone.

    |x|^2 + |y|^2 - 2 x.y is fast but leaves noise of either sign between equal rows; whoever asks which of two
    distances is smaller would be answered by it, and collapsed text is full of equal rows.
    """
    squares, other_squares = _squares(rows), _squares(others)
    distances = rows @ others.T
    distances *= -2
    distances += squares[:, None]
    distances += other_squares
    noise = _ROUNDING * (squares.max() + other_squares.max())
    distances[distances < noise] = 0.0
    return np.asarray(distances)


def _squares(rows: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->i", rows, rows))
