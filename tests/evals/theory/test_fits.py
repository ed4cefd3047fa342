"""Which fit a student is."""

from __future__ import annotations

import numpy as np

from evals.theory.fits import by_generation, n_fits

FITS = np.array([10.0, 20.0, 30.0])


def test_with_a_human_sample_student_g_is_fit_g_plus_1() -> None:
    assert n_fits(2, "train") == 3
    assert by_generation(FITS, 0.0, 2, "train").tolist() == [10, 20, 30]


def test_from_the_truth_student_g_is_fit_g() -> None:
    assert n_fits(2, "base") == 2
    assert by_generation(FITS, 0.0, 2, "base").tolist() == [0, 10, 20]
    assert n_fits(0, "base") == 1
    assert by_generation(FITS[:1], 0.0, 0, "base").tolist() == [0]
