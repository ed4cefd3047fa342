"""The spectrum of rows of numbers, by the smaller of the two matrices that have it."""

from __future__ import annotations

import numpy as np

from evals.embeddings import FloatArray


def spectrum(rows: FloatArray) -> FloatArray:
    """Return the eigenvalues of rows' rows / n, ascending, (min(n_texts, dimensions),).

    The n x n matrix rows rows' / n has the same ones and the rest zeros, or the other way round, so the smaller is
    solved. What lies below rounding (eps * max(n, d) of the largest, as in `numpy.linalg.matrix_rank`) is 0.
    """
    n, d = rows.shape
    gram = rows.T @ rows if n > d else rows @ rows.T
    values = np.linalg.eigvalsh(gram / n)
    values[values <= values[-1] * max(n, d) * np.finfo(np.float64).eps] = 0.0
    return np.asarray(values)
