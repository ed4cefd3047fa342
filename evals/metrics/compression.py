"""Compression ratio: how much of a text its own earlier parts foretell."""

from __future__ import annotations

import lzma
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import zstandard

from evals.documents import Documents


class Codec(StrEnum):
    """The compressors to choose from."""

    ZSTD = "zstd"
    XZ = "xz"
    GZIP = "gzip"


_LEAST_BYTES = 1_000
_LEVELS = {Codec.ZSTD: (1, zstandard.MAX_COMPRESSION_LEVEL), Codec.XZ: (0, 9), Codec.GZIP: (1, 9)}
_WINDOW_LOGS = {Codec.ZSTD: (10, 31), Codec.XZ: (12, 30), Codec.GZIP: (9, 15)}


def compression_ratio(raw: bytes, codec: Codec, level: int, window_log: int) -> float:
    """Return how many times smaller a text becomes, compressed once.

    len(raw) / len(compressed). About 2 to 4 for human prose, below 1 for a few bytes; rises as text repeats
    itself, without limit, and with the amount of text, so compare at equal budgets only. A window shorter
    than the text does not see what repeats across it: gzip's reaches 32 kB.

    Source: Shaib et al. 2024 (arXiv 2403.00553). Deviation: their package compresses twice by its gzip route,
    which shows collapsed text about twice as repetitive as it is.

    Raises:
        ValueError: no bytes, or a codec, level or window that does not exist.
    """
    if not raw:
        raise ValueError("compression_ratio: got no bytes, want 1 or more.")
    codec = _check_settings(codec, level, window_log)
    return len(raw) / len(_compress(raw, codec, level, window_log))


def codec_version(codec: Codec) -> str:
    """Return the version of the library that does a codec's work, which no Python package's version tells."""
    if codec == Codec.ZSTD:
        return ".".join(str(number) for number in zstandard.ZSTD_VERSION)
    if codec == Codec.GZIP:
        return zlib.ZLIB_RUNTIME_VERSION
    # The standard library does not tell liblzma's version; the interpreter it came with is the nearest name.
    return f"python-{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"


@dataclass(frozen=True, slots=True)
class Compression:
    """Compression ratio of a view at its budget, under the part `ratio`.

    Words are joined by one space and documents by a newline, in the order given, so that layout does not
    enter. The order of documents moves the ratio a little (they come shuffled, so the first
    are a random sample), and so does every other change, by whole bytes and new
    tables: the interval is from halves and quarters of the documents, where a jackknife's was twice as wide as fresh
    texts made the ratio vary. Fewer than 1,000 bytes are refused: there the codec's frame and tables are half of what
    is measured, and 400 bytes do not say how the ratio of 1,600 varies (the interval held in 78% of cases).

    Raises:
        ValueError: on measuring, fewer than 1,000 bytes.
    """

    codec: Codec
    """zstd, xz or gzip."""
    level: int
    """Effort of the codec: zstd 1 to 22, xz 0 to 9, gzip 1 to 9."""
    window_log: int
    """Base-2 logarithm of how far back, in bytes, a repetition is seen: zstd 10 to 31, xz 12 to 30,
    gzip 9 to 15."""
    max_words: int
    """Words compressed, 1 or more; of a view with more, the first. High levels look for a repetition in all that came
    before: 16 times the words take zstd 45 times as long at level 19, and a jackknife compresses 21 times."""

    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = "words"
    views: ClassVar[tuple[str, ...]] = ("sampled", "drawn", "kept", "corpus")
    needs: ClassVar[tuple[str, ...]] = ()
    interval: ClassVar[str] = "subsamples"
    better: ClassVar[Mapping[str, str]] = {"ratio": "human"}

    def __post_init__(self) -> None:
        _check_settings(self.codec, self.level, self.window_log)
        if self.max_words < 1:
            raise ValueError(f"compression: max_words is {self.max_words}, want 1 or more; 100,000 is usual.")

    def external(self) -> dict[str, str]:
        """Return the version of the codec's library: it enters the key, since others give other ratios."""
        return {str(self.codec): codec_version(self.codec)}

    def measure(self, documents: Sequence[Sequence[str]], given: object) -> dict[str, float]:
        """Return the ratio of the first documents together."""
        first = Documents.of(documents).head(self.max_words)
        raw = "\n".join(" ".join(document) for document in first).encode("utf-8", "surrogatepass")
        if len(raw) < _LEAST_BYTES:
            raise ValueError(
                f"compression: got {len(raw):,} bytes in {len(documents):,} documents, want {_LEAST_BYTES:,} or more. "
                "Give more text."
            )
        return {"ratio": compression_ratio(raw, self.codec, self.level, self.window_log)}


def _compress(raw: bytes, codec: Codec, level: int, window_log: int) -> bytes:
    if codec == Codec.ZSTD:
        # Long-distance matching finds repetitions that the level's own tables have forgotten.
        settings = zstandard.ZstdCompressionParameters.from_level(level, window_log=window_log, enable_ldm=True)
        return zstandard.ZstdCompressor(compression_params=settings).compress(raw)
    if codec == Codec.XZ:
        chain = [{"id": lzma.FILTER_LZMA2, "preset": level, "dict_size": 2**window_log}]
        return lzma.compress(raw, format=lzma.FORMAT_XZ, filters=chain)
    gzip = zlib.compressobj(level, zlib.DEFLATED, 16 + window_log)  # 16 asks for a gzip header, without a time
    return gzip.compress(raw) + gzip.flush()


def _check_settings(codec: Codec, level: int, window_log: int) -> Codec:
    """Return the codec as an enum, or say which setting does not exist."""
    if codec not in list(Codec):
        raise ValueError(f"compression: codec is {codec!r}, want one of {[str(known) for known in Codec]}.")
    codec = Codec(codec)
    for name, value, (low, high) in (
        ("level", level, _LEVELS[codec]),
        ("window_log", window_log, _WINDOW_LOGS[codec]),
    ):
        if not low <= value <= high:
            raise ValueError(f"compression: {name} is {value}, want {low} to {high} for {codec}.")
    return codec
