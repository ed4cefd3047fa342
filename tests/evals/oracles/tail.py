"""Make tests/evals/metrics/fixtures/tail.json: richness of given counts and of a real text, by scikit-bio.

Run from the checkout, in an environment of its own with the pins of requirements.txt beside this file:
    PYTHONPATH=. python tests/evals/oracles/tail.py ../shared/data/text/tinystories_200k_cased.txt
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import skbio
from skbio.diversity import alpha

from evals.words import ngrams, words

COUNTS = {
    "few": [1, 1, 1, 2, 2, 3, 5, 8],
    "even": [4] * 25,
    "common": [30, 20, 11],
    "at_the_threshold": [10, 11, 1, 2],
    "zipf": [1000 // rank for rank in range(1, 800)],
}
LINES = 200
"""Lines of the text, from the first."""
FIXTURE = Path(__file__).resolve().parents[1] / "metrics" / "fixtures" / "tail.json"


def richness(counts: list[int]) -> dict[str, float]:
    """Return Good's unseen mass, bias-corrected Chao1 and ACE."""
    return {
        "unseen": 1 - float(alpha.goods_coverage(counts)),
        "chao1": float(alpha.chao1(counts, bias_corrected=True)),
        "ace": float(alpha.ace(counts, rare_threshold=10)),
    }


def main(path: str) -> None:
    lines = Path(path).read_text(encoding="utf-8").splitlines()[:LINES]
    documents = [words(line) for line in lines]
    grams = {n: Counter(gram for document in documents for gram in ngrams(document, n)) for n in (1, 2)}
    fixture = {
        "scikit-bio": skbio.__version__,
        "counts": {name: {"counts": counts, **richness(counts)} for name, counts in COUNTS.items()},
        "lines": LINES,
        "text": {str(n): richness(list(counted.values())) for n, counted in grams.items()},
    }
    lines_of_json = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fixture.items()]
    FIXTURE.write_text("{\n" + ",\n".join(lines_of_json) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
