"""Names of rows: digests of what a row holds and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from loops import digest

NOT_IN_ID = ("id", "scores")
"""Columns that are no part of a text's name: what was found out about it after it was written."""


def text_id(row: Mapping[str, Any]) -> bytes:
    """Return the name of a text: 16 bytes, the digest of all its columns but `NOT_IN_ID`."""
    named = {name: value for name, value in row.items() if name not in NOT_IN_ID}
    named["parents"] = [parent.hex() for parent in row["parents"]]
    return bytes.fromhex(digest.of_value(named))


def array_ids(
    value: np.ndarray,  # (n_rows, length)
    replica: np.ndarray,  # (n_rows,)
    weight: np.ndarray,  # (n_rows,)
    provenance: Sequence[Any],
) -> np.ndarray:
    """Return the names of a world's rows, (n_rows, 2) of uint64; a million take well under a second.

    Hashed in two 64-bit lanes by the splitmix64 finaliser. A name covers the row's place among those of its replica,
    so two draws of one value are two rows, and a replica alone has the names that it has among others.
    """
    seed = np.frombuffer(bytes.fromhex(digest.of_value(list(provenance))), np.uint64)  # (2,)
    columns = [replica.astype(np.int64).view(np.uint64), weight.astype(np.float64).view(np.uint64)]
    columns += [_place_in_replica(replica).view(np.uint64), *value.astype(np.int64).view(np.uint64).T]
    lanes = np.broadcast_to(seed, (len(value), 2)).copy()
    multipliers = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            lanes = (lanes ^ column[:, None]) + np.uint64(0x9E3779B97F4A7C15)
            lanes = (lanes ^ (lanes >> np.uint64(30))) * multipliers
            lanes = (lanes ^ (lanes >> np.uint64(27))) * multipliers[::-1]
            lanes ^= lanes >> np.uint64(31)
    return lanes


def _place_in_replica(replica: np.ndarray) -> np.ndarray:
    """Number the rows of each replica from 0, (n_rows,)."""
    order = np.argsort(replica, kind="stable")
    starts = np.flatnonzero(np.diff(replica[order], prepend=np.nan) != 0)
    place = np.empty(len(replica), np.int64)
    place[order] = np.arange(len(replica)) - np.repeat(starts, np.diff(starts, append=len(replica)))
    return place
