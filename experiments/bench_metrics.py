"""Metrics against the packages that a user would pick instead, on equal input with equal results, one thread.

    .venv-oracle/bin/python -m experiments.bench_metrics      prints rows as JSON; `make bench` runs it

Each side runs in turns and keeps its fastest turn, so that a neighbour's load hits both alike.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from evals.documents import Documents
from evals.metrics.distinct_n import distinct_n
from evals.metrics.hd_d import hd_d
from evals.metrics.hill import entropy_chao_shen, simpson
from evals.metrics.mattr import mattr
from evals.metrics.mtld import mtld
from evals.metrics.prdc import prdc
from evals.metrics.richness import ace, chao1
from evals.metrics.self_bleu import self_bleu
from evals.metrics.self_repetition import self_repetition
from evals.metrics.vendi import vendi_score
from evals.metrics.zipf_exponent import zipf_exponent

TURNS = 5
WORDS = np.array([f"w{i}" for i in range(5000)])
ZIPF = 1 / np.arange(1, len(WORDS) + 1)


class Pair(NamedTuple):
    """One metric, ours and theirs, on the same input."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    goal: float
    """Smallest ratio of their seconds to ours; 0: no goal, both are over in a moment."""
    detail: str
    tolerance: float = 1e-6
    """By which their results may differ, relative to their size."""


def texts(n_texts: int, n_words: int, seed: int) -> list[list[str]]:
    """Draw texts with Zipf frequencies."""
    drawn = np.random.default_rng(seed).choice(WORDS, size=(n_texts, n_words), p=ZIPF / ZIPF.sum())
    return [list(map(str, row)) for row in drawn]


def lexical() -> list[Pair]:
    """Measures of word order against lexicalrichness, NLTK and `diversity`."""
    import nltk
    from lexicalrichness import LexicalRichness
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    (long,) = texts(1, 200_000, 0)
    rich = LexicalRichness(" ".join(long), preprocessor=None, tokenizer=str.split)
    many, some, few = texts(2_000, 50, 1), texts(500, 50, 4), texts(60, 30, 2)
    smoothing = SmoothingFunction().method1

    def their_distinct() -> float:
        grams = [gram for text in many for gram in nltk.ngrams(text, 2)]
        return len(set(grams)) / len(grams)

    def their_repetition() -> float:
        others = alone("diversity", "self_repetition")
        return float(others.self_repetition_score([" ".join(text) for text in some], 4, verbose=False))

    def their_bleu() -> float:
        scores = [
            sentence_bleu(few[:i] + few[i + 1 :], text, smoothing_function=smoothing) for i, text in enumerate(few)
        ]
        return float(np.mean(scores))

    return [
        Pair("MTLD", lambda: mtld(long, 0.72), lambda: rich.mtld(threshold=0.72), 1, "200,000 words; lexicalrichness"),
        Pair("distinct-2", lambda: distinct_n(many, [2])["2"], their_distinct, 1, "100,000 words; NLTK's n-grams"),
        Pair("MATTR", lambda: mattr(long, 100), lambda: rich.mattr(100), 1, "200,000 words; lexicalrichness"),
        Pair("Self-repetition", lambda: self_repetition(some, [4])["4"], their_repetition, 1,
             "500 texts of 50 words; diversity"),
        Pair("Self-BLEU", lambda: self_bleu(few, [4])["4"], their_bleu, 20, "60 texts of 30 words; NLTK, quadratic"),
    ]  # fmt: skip


def counted() -> list[Pair]:
    """Measures of word counts against lexicalrichness, scikit-bio, infomeasure and powerlaw."""
    import infomeasure  # type: ignore[import-not-found, unused-ignore]
    import powerlaw  # type: ignore[import-not-found, unused-ignore]
    from lexicalrichness import LexicalRichness
    from skbio.diversity import alpha  # type: ignore[import-not-found, unused-ignore]

    (long,) = texts(1, 200_000, 5)
    rich = LexicalRichness(" ".join(long), preprocessor=None, tokenizer=str.split)
    word = Documents.of([long]).word
    counts = np.bincount(word)
    steep = np.sort(np.random.default_rng(6).multinomial(200_000, ZIPF**1.3 / np.sum(ZIPF**1.3)))[::-1]
    ranks = np.repeat(np.arange(1, len(steep) + 1), steep)

    def their_exponent() -> float:
        fitted = powerlaw.Fit(ranks, discrete=True, xmin=1, xmax=1000, estimate_discrete=False, verbose=False)
        return float(fitted.power_law.alpha)

    return [
        Pair("HD-D", lambda: hd_d(np.bincount(Documents.of([long]).word), 42), lambda: rich.hdd(42), 1,
             "200,000 words; lexicalrichness"),
        Pair("Chao-Shen entropy", lambda: entropy_chao_shen(np.bincount(word)),
             lambda: infomeasure.entropy(word, approach="chao_shen", base="e"), 1, "200,000 words; infomeasure"),
        Pair("Simpson, Chao1, ACE", lambda: [simpson(counts), chao1(counts), ace(counts)],
             lambda: [alpha.dominance(counts, finite=True), alpha.chao1(counts), alpha.ace(counts)], 0,
             "5,000 counts; scikit-bio"),
        Pair("Zipf exponent", lambda: zipf_exponent(steep, 1, 1000), their_exponent, 1,
             "200,000 words, exponent 1.3 (it fits none below 1); powerlaw", tolerance=1e-4),
    ]  # fmt: skip


def embedded() -> list[Pair]:
    """Vendi against vendi-score, precision and recall against prdc."""
    from prdc import compute_prdc
    from vendi_score import vendi

    rng = np.random.default_rng(3)
    rows = rng.normal(size=(20_000, 128))
    view, reference = rng.normal(size=(1_500, 64)), rng.normal(size=(1_500, 64))
    return [
        Pair("Vendi", lambda: vendi_score(rows, 1), lambda: vendi.score_dual(rows), 1,
             "20,000 rows of 128; vendi-score, dual"),
        Pair("PRDC", lambda: sorted(prdc(view, reference, 5).values()),
             lambda: sorted(map(float, compute_prdc(reference, view, 5).values())), 1, "1,500 rows of 64; prdc"),
    ]  # fmt: skip


def row(pair: Pair) -> dict[str, Any]:
    """Time both in turns, and compare what they give.

    Raises:
        AssertionError: the results differ.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    results: list[Any] = [None, None]
    for _ in range(TURNS):
        for side, call in enumerate((pair.ours, pair.theirs)):
            begin = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):  # prdc prints
                results[side] = call()
            seconds[side].append(time.perf_counter() - begin)
    ours, theirs = (np.atleast_1d(np.asarray(result, float)) for result in results)
    assert np.allclose(ours, theirs, rtol=pair.tolerance, atol=1e-9), (pair.name, results)
    fastest = [min(each) for each in seconds]
    ratio = fastest[1] / fastest[0]
    return {
        "name": f"{pair.name}, beside a package",
        "ours": _rounded(fastest[0]),
        "theirs": _rounded(fastest[1]),
        "ratio": round(ratio, 2),
        "goal": f">= {pair.goal:g} times as fast" if pair.goal else "beside it",
        "ok": ratio >= pair.goal,
        "unit": "s",
        "detail": f"{pair.detail}; equal results",
    }


def alone(package: str, module: str) -> ModuleType:
    """Load one module of a package without the package, which would import all it has."""
    found = importlib.util.find_spec(package)
    assert found is not None, package
    assert found.submodule_search_locations is not None, package
    path = Path(found.submodule_search_locations[0]) / f"{module}.py"
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec is not None, path
    assert spec.loader is not None, path
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def _rounded(seconds: float) -> float:
    return round(seconds, 3 - math.floor(math.log10(seconds)))


def main() -> None:
    """Print the rows."""
    json.dump([row(pair) for pair in (*lexical(), *counted(), *embedded())], sys.stdout)


if __name__ == "__main__":
    main()
