"""Compression ratio: one file by hand, the extremes, and one pass only."""

from __future__ import annotations

import gzip
import lzma
import platform
import zlib

import numpy as np
import pytest
import zstandard

from evals.metrics.compression import Codec, Compression, compression_ratio
from evals.words import words

SETTINGS = {Codec.ZSTD: (19, 27), Codec.XZ: (6, 23), Codec.GZIP: (9, 15)}
NOISE = np.random.default_rng(0).bytes(100_000)


def test_value_by_hand() -> None:
    # 1,000 equal bytes in a gzip file: 10 bytes of header, 8 of trailer, and the body that zlib makes
    body = len(zlib.compress(b"a" * 1000, 9)) - 6  # without zlib's own 2 + 4
    assert compression_ratio(b"a" * 1000, Codec.GZIP, 9, 15) == 1000 / (10 + body + 8)


def test_words_are_joined_by_spaces_and_documents_by_newlines() -> None:
    documents = [["the", "cat"], ["sat", "."]] * 80
    raw = "\n".join(["the cat", "sat ."] * 80).encode()
    metric = Compression(codec=Codec.GZIP, level=9, window_log=15, max_words=100_000)
    assert metric.measure(documents, None) == {"ratio": len(raw) / len(gzip.compress(raw, 9, mtime=0))}


def test_xz_is_the_standard_library_at_its_preset() -> None:
    assert compression_ratio(NOISE[:500] * 9, Codec.XZ, 6, 23) == pytest.approx(
        4500 / len(lzma.compress(NOISE[:500] * 9, preset=6)), rel=0.02
    )


@pytest.mark.parametrize("codec", list(Codec))
def test_extremes_are_one_for_noise_and_very_high_for_one_repeated_word(codec: Codec) -> None:
    level, window_log = SETTINGS[codec]
    assert 0.99 < compression_ratio(NOISE, codec, level, window_log) < 1
    assert compression_ratio(b"word " * 20_000, codec, level, window_log) > 300


@pytest.mark.parametrize("codec", list(Codec))
def test_real_text_is_compressed_once(codec: Codec, tinystories: str) -> None:
    documents = [words(line) for line in tinystories.splitlines()]
    level, window_log = SETTINGS[codec]
    ratio = Compression(codec, level, window_log, 100_000).measure(documents, None)["ratio"]
    assert 2.5 < ratio < 4.2
    twice = Compression(codec, level, window_log, 100_000).measure(documents * 2, None)["ratio"]
    if codec == Codec.GZIP:
        assert twice < 1.01 * ratio  # its window ends before the text repeats
    else:
        assert twice > 1.9 * ratio


def test_order_of_documents_hardly_matters(tinystories: str) -> None:
    documents = [words(line) for line in tinystories.splitlines()]
    metric = Compression(Codec.ZSTD, 19, 27, 100_000)
    assert metric.measure(documents[::-1], None)["ratio"] == pytest.approx(
        metric.measure(documents, None)["ratio"], rel=0.01
    )


def test_the_window_decides_what_is_seen() -> None:
    far = NOISE[:50_000] * 2
    assert compression_ratio(far, Codec.ZSTD, 3, 27) > 1.9
    assert compression_ratio(far, Codec.ZSTD, 3, 10) < 1.1


def test_empty_input_and_a_few_bytes_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"compression_ratio: got no bytes, want 1 or more"):
        compression_ratio(b"", Codec.ZSTD, 19, 27)
    metric = Compression(Codec.ZSTD, 19, 27, 100_000)
    few: list[tuple[list[list[str]], str]] = [([], "0 bytes in 0"), ([[]], "0 bytes in 1"), ([["ab"]] * 333, "998")]
    for documents, said in few:
        with pytest.raises(ValueError, match=rf"compression: got {said}.* documents, want 1,000 or more"):
            metric.measure(documents, None)
    assert metric.measure([["ab"]] * 334, None)["ratio"] > 1


@pytest.mark.parametrize(
    ("codec", "level", "window_log", "message"),
    [
        (Codec.GZIP, 9, 27, "window_log is 27, want 9 to 15 for gzip"),
        (Codec.XZ, 10, 23, "level is 10, want 0 to 9 for xz"),
        (Codec.ZSTD, 0, 27, "level is 0, want 1 to 22 for zstd"),
        ("brotli", 1, 20, r"codec is 'brotli', want one of \['zstd', 'xz', 'gzip'\]"),
    ],
)
def test_settings_that_do_not_exist_are_refused(codec: Codec, level: int, window_log: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Compression(codec, level, window_log, 100_000)


@pytest.mark.parametrize(
    ("codec", "version"),
    [
        (Codec.ZSTD, ".".join(map(str, zstandard.ZSTD_VERSION))),
        (Codec.GZIP, zlib.ZLIB_RUNTIME_VERSION),
        (Codec.XZ, f"python-{platform.python_version()}"),
    ],
)
def test_the_key_holds_the_version_of_the_codecs_own_library(codec: Codec, version: str) -> None:
    assert Compression(codec, *SETTINGS[codec], 100_000).external() == {codec.value: version}


def test_another_library_asks_for_another_version_of_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Compression(Codec.ZSTD, 19, 27, 100_000).external()
    monkeypatch.setattr(zstandard, "ZSTD_VERSION", (1, 0, 0))
    assert before != Compression(Codec.ZSTD, 19, 27, 100_000).external() == {"zstd": "1.0.0"}


def test_words_beyond_the_first_are_not_compressed() -> None:
    documents = [[f"a{i}", f"b{i}", f"c{i}"] for i in range(300)]
    metric = Compression(Codec.ZSTD, 3, 20, max_words=602)
    assert metric.measure(documents, None) == metric.measure([*documents[:200], ["a200", "b200"]], None)
    with pytest.raises(ValueError, match=r"compression: max_words is 0, want 1 or more"):
        Compression(Codec.ZSTD, 3, 20, 0)
