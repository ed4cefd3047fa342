"""MMD by hand, as scikit-learn's kernels have it, and unbiased."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

import evals.embeddings
from evals.metrics.mmd import MMD, Kernel, mmd


def test_polynomial_by_hand() -> None:
    # (xy + 1)^3 in one dimension: own pairs (0, 1) and (1, 2) give 1 and 27; across 1, 1, 8, 27.
    assert mmd([[0.0], [1.0]], [[1.0], [2.0]], Kernel.POLYNOMIAL) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_rbf_by_hand_is_below_0_by_right() -> None:
    # The human pair is 2 apart, so s = 2 and k = exp(-d^2 / 8): own pairs at 4 and 2, across 0, 2, 4 and 2.
    own, across = math.exp(-2) + math.exp(-0.5), 1 + 2 * math.exp(-0.5) + math.exp(-2)
    assert mmd([[0.0], [4.0]], [[0.0], [2.0]], Kernel.RBF) == pytest.approx(own - across / 2)
    assert own < across / 2


def test_agrees_with_the_kernels_of_scikit_learn(embedded: Any) -> None:
    view, reference = embedded.view, embedded.reference
    d, gamma = view.shape[1], 1 / (2 * np.median(pdist(reference)) ** 2)
    made = {
        "polynomial": lambda a, b: polynomial_kernel(a, b, degree=3, gamma=1 / d, coef0=1),
        "rbf": lambda a, b: rbf_kernel(a, b, gamma=gamma),
    }
    found = MMD(kernels=(Kernel.POLYNOMIAL, Kernel.RBF)).measure(view, SimpleNamespace(reference=reference))
    for name, kernel in made.items():
        own = [np.mean(kernel(side, side)[~np.eye(len(side), dtype=bool)]) for side in (view, reference)]
        assert found[name] == pytest.approx(sum(own) - 2 * np.mean(kernel(view, reference)), rel=1e-9)


@pytest.mark.parametrize("kernel", list(Kernel))
def test_it_is_0_on_average_for_one_distribution_and_rises_as_two_part(kernel: Kernel) -> None:
    rng = np.random.default_rng(0)
    same = [mmd(*rng.normal(size=(2, 25, 4)), kernel) for _ in range(400)]
    assert abs(np.mean(same)) < 3 * np.std(same) / math.sqrt(400)
    assert 0.3 < np.mean(np.array(same) < 0) < 0.8
    reference, fresh = rng.normal(size=(2, 100, 4))
    apart = [mmd(fresh + shift, reference, kernel) for shift in (0, 0.5, 1, 2)]
    assert apart == sorted(apart)


@pytest.mark.parametrize("kernel", list(Kernel))
def test_order_and_blocks_change_nothing(embedded: Any, kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = mmd(embedded.view, embedded.reference, kernel)
    assert mmd(embedded.view[::-1], embedded.reference[::-1], kernel) == pytest.approx(whole, rel=1e-9)
    monkeypatch.setattr(evals.embeddings, "_CELLS", 5_000)
    assert mmd(embedded.view, embedded.reference, kernel) == pytest.approx(whole, rel=1e-9)


def test_too_little_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"mmd: reference: got 1 texts, want 2 or more"):
        mmd([[0.0], [1.0]], [[0.0]], Kernel.POLYNOMIAL)
    with pytest.raises(ValueError, match=r"most of 5 human texts are equal.*kernels: \[polynomial\]"):
        mmd([[0.0], [1.0]], [[1.0]] * 4 + [[2.0]], Kernel.RBF)


@pytest.mark.parametrize("kernels", [(), ("linear",), (Kernel.RBF, Kernel.RBF)])
def test_impossible_kernels_are_refused_when_the_component_is_made(kernels: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"mmd: kernels is \[.*want some of polynomial, rbf, each once"):
        MMD(kernels=kernels)
