"""The real texts that lexical metrics and their reference packages are both run on, made here for both."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from evals.words import words

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "text"
FILES = {"stories": "tinystories_200k_cased.txt", "articles": "wikitext2/wiki.valid.raw.txt.gz"}
NAMES = (*FILES, "loop")

N_TEXTS, MAX_WORDS = 500, 100

Documents = list[list[str]]


def path(name: str) -> Path:
    """Return the file that a text is read from."""
    return FOLDER / FILES.get(name, FILES["stories"])


def documents(name: str) -> Documents:
    """Return the first 500 lines of stories or of articles, cut at 100 words; loop: 25 lines of stories, 8 times over.

    Headings are among the lines, so that some texts are shorter than the n-grams that are counted.
    """
    if name == "loop":
        return documents("stories")[:25] * 8
    raw = path(name).read_bytes()
    text = (gzip.decompress(raw) if path(name).suffix == ".gz" else raw).decode("utf-8")
    return [words(line)[:MAX_WORDS] for line in text.splitlines() if line.strip()][:N_TEXTS]


def digest(texts: Iterable[Iterable[str]]) -> str:
    """Name texts by their content, so that a fixture made from others is noticed."""
    return blake2b("\n".join(" ".join(text) for text in texts).encode("utf-8"), digest_size=8).hexdigest()
