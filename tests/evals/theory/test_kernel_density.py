"""What theory expects of kernel densities."""

from __future__ import annotations

import pytest

from evals.theory.kernel_density import KernelChain


def test_curves_of_kernels_are_of_the_density_and_of_its_mean() -> None:
    curves = KernelChain(3, 2, 1.0, "replace").curves(1)
    assert curves["student/gaussian_moments/variance"][0] == pytest.approx([3 / 2, 7 / 4])
    assert curves["student/gaussian_moments/variance"][1] == "v <- (1 - 1/n) v + h^2"
    # Of 3 dimensions: 1/2 each, then half of a variance of 3/2 more.
    assert curves["student/gaussian_moments/mean_error"][0] == pytest.approx([3 / 2, 3 * (1 / 2 + 3 / 4)])
