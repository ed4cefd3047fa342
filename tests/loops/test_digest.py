"""Names for content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from loops import digest


def test_bytes_are_named_by_length_and_content() -> None:
    expected = hashlib.blake2b((3).to_bytes(8, "little") + b"abc", digest_size=16).hexdigest()
    assert digest.of_bytes(b"abc") == expected
    assert digest.of_bytes(memoryview(b"abc")) == expected


def test_borders_between_chunks_count() -> None:
    assert digest.of_bytes(b"ab", b"c") != digest.of_bytes(b"a", b"bc")
    assert digest.of_bytes(b"") != digest.of_bytes()


def test_the_order_of_names_in_a_value_does_not_count_and_that_of_a_list_does() -> None:
    assert digest.of_value({"a": 1, "b": [1, 2]}) == digest.of_value({"b": [1, 2], "a": 1})
    assert digest.of_value([1, 2]) != digest.of_value([2, 1])
    assert digest.of_value(1) != digest.of_value("1")


def test_a_value_without_one_spelling_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest.of_value({"x": float("nan")})


def test_type_and_shape_of_an_array_count() -> None:
    array = np.arange(6)
    others = [array.reshape(2, 3), array.astype(np.int32), array[::-1], array.astype(float)]
    assert len({digest.of_array(each) for each in [array, *others]}) == 5


def test_how_an_array_lies_in_memory_does_not_count() -> None:
    array = np.arange(6).reshape(2, 3)
    assert digest.of_array(np.asfortranarray(array)) == digest.of_array(array)
    assert digest.of_array(np.arange(12)[::2]) == digest.of_array(np.array([0, 2, 4, 6, 8, 10]))


def test_names_of_arrays_count_and_their_order_does_not() -> None:
    a, b = np.zeros(2), np.ones(2)
    assert digest.of_arrays({"a": a, "b": b}) == digest.of_arrays({"b": b, "a": a})
    assert digest.of_arrays({"a": a, "b": b}) != digest.of_arrays({"a": b, "b": a})


def test_a_file_is_named_by_its_content_and_files_by_their_names_below_the_root(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "x").write_bytes(b"x" * (digest.CHUNK_BYTES + 1))
        (tmp_path / folder / "y").write_bytes(b"y")
    roots = [tmp_path / "one", tmp_path / "two"]
    digests = [digest.of_files([root / "deep" / "x", root / "y"], root) for root in roots]
    assert digests[0] == digests[1]
    whole = hashlib.blake2b(b"x" * (digest.CHUNK_BYTES + 1), digest_size=16).hexdigest()
    assert digest.of_file(roots[0] / "deep" / "x") == whole
    (roots[1] / "y").rename(roots[1] / "z")
    assert digest.of_files([roots[1] / "deep" / "x", roots[1] / "z"], roots[1]) != digests[0]
