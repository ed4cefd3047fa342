"""Writes what reference packages make of real texts into fixtures/lexical.json, for the tests of lexical metrics.

    PYTHONPATH=. python tests/evals/oracles/lexical.py

It takes the packages in requirements.txt and requirements_no_deps.txt, and some minutes: NLTK compares each pair.
"""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import infomeasure
import numpy as np
import powerlaw
from lexicalrichness import LexicalRichness
from nltk.translate.bleu_score import SmoothingFunction, brevity_penalty, closest_ref_length, sentence_bleu
from nltk.util import ngrams
from skbio.diversity import alpha
from texts import NAMES, Documents, digest, documents

FIXTURE = Path(__file__).parents[1] / "metrics" / "fixtures" / "lexical.json"
PACKAGES = ("diversity", "infomeasure", "lexicalrichness", "nltk", "numpy", "powerlaw", "scikit-bio", "scipy")

ORDERS = (2, 3, 4)
# Where the exponent is above 1, below which the package does not fit; the last one reaches beyond the kinds seen.
WINDOWS = {"stories": (200, 1000), "articles": (10, 300), "loop": (10, 500)}


def hill(texts: Documents) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for n in (1, 2):
        grams = [gram for text in texts for gram in ngrams(text, n)]
        counts = np.array(list(Counter(grams).values()))
        number = {gram: place for place, gram in enumerate(dict.fromkeys(grams))}
        found[str(n)] = {
            "entropy_plug_in": float(alpha.shannon(counts)),
            "entropy_chao_shen": float(infomeasure.entropy([number[g] for g in grams], approach="chao_shen", base="e")),
            "simpson": float(alpha.dominance(counts, finite=True)),
            "hill_number": {str(q): float(alpha.hill(counts, order=q)) for q in (0, 0.5, 1, 2, 3, np.inf)},
        }
    return found


def richness(texts: Documents) -> dict[str, Any]:
    text = LexicalRichness(list(chain.from_iterable(texts)), preprocessor=None, tokenizer=None)
    return {
        "mtld": {str(threshold): text.mtld(threshold) for threshold in (0.66, 0.72, 0.75)},
        "mattr": {str(window): text.mattr(window) for window in (10, 100, 500)},
        "hd_d": {str(draws): float(text.hdd(draws)) for draws in (10, 42)},
    }


def self_bleu(texts: Documents) -> dict[str, float]:
    weights = [(1 / n,) * n for n in ORDERS]
    scores, penalties = [], []
    for place, text in enumerate(texts):
        others = texts[:place] + texts[place + 1 :]
        scores.append(sentence_bleu(others, text, weights, SmoothingFunction().method1))
        penalties.append(brevity_penalty(closest_ref_length(others, len(text)), len(text)))
    with_penalty = np.array(scores)  # (n_texts, n_orders)
    without = with_penalty / np.array(penalties)[:, np.newaxis]
    found = {str(n): float(mean) for n, mean in zip(ORDERS, with_penalty.mean(axis=0), strict=True)}
    return found | {f"{n}/no_brevity_penalty": float(x) for n, x in zip(ORDERS, without.mean(axis=0), strict=True)}


def self_repetition(texts: Documents) -> dict[str, float]:
    package = alone("diversity", "self_repetition")
    joined = [" ".join(text) for text in texts]
    return {str(n): float(package.self_repetition_score(joined, n, verbose=False)) for n in (2, 4)}


def zipf_exponent(texts: Documents, first: int, last: int) -> dict[str, float]:
    counts = sorted(Counter(chain.from_iterable(texts)).values(), reverse=True)
    ranks = np.repeat(np.arange(1, len(counts) + 1), counts)
    fitted = powerlaw.Fit(ranks, discrete=True, xmin=first, xmax=last, estimate_discrete=False, verbose=False)
    return {"first_rank": first, "last_rank": last, "exponent": float(fitted.power_law.alpha)}


def alone(package: str, module: str) -> ModuleType:
    """Load one module of a package without the package, which would import all it has."""
    found = importlib.util.find_spec(package)
    path = Path(found.submodule_search_locations[0]) / f"{module}.py"
    spec = importlib.util.spec_from_file_location(module, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def main() -> None:
    made: dict[str, Any] = {"made_with": {package: version(package) for package in PACKAGES}}
    for name in NAMES:
        texts = documents(name)
        made[name] = {"digest": digest(texts), "hill": hill(texts), **richness(texts)}
        made[name] |= {"self_bleu": self_bleu(texts), "self_repetition": self_repetition(texts)}
        made[name]["zipf_exponent"] = zipf_exponent(texts, *WINDOWS[name])
    FIXTURE.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
