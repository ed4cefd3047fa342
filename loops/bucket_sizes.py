"""How much human text lies in each bucket of frequency: what the report prints beside the loss of head and tail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evals.buckets import QUARTILES, UNSEEN, Buckets, Size, rarest_first
from loops.ref import Ref
from loops.store import Store
from tracking.report.data import BucketSize
from tracking.run_dir import RunDir

Counts = Mapping[str, Mapping[str, int]]
"""Occurrences of each word and each token of a split, as the stage `buckets` counts them."""


def bucket_sizes(runs: Sequence[RunDir], stores: Mapping[Path, Store]) -> list[BucketSize]:
    """Return the sizes of all buckets in train and reference text, once for all arms that share text and tokenizer.

    Empty for closed-form worlds, which have no words.
    """
    counted: dict[tuple[str, str], tuple[Counts, Counts]] = {}
    arms: dict[tuple[str, str], list[str]] = {}
    for run in runs:
        refs = {
            stage["name"]: Ref(stage["stage"], stage["key"], stage["digest"], "numbers")
            for stage in run.read_stages()
            if stage["stage"] == "buckets"
        }
        if refs:
            train, reference = refs["buckets/train"], refs["buckets/reference"]
            content = train.digest, reference.digest
            if content not in counted:
                counted[content] = stores[run.path].open(train), stores[run.path].open(reference)
            arms[content] = list(dict.fromkeys([*arms.get(content, []), run.arm]))
    return [size for content, (train, reference) in counted.items() for size in sizes(train, reference, arms[content])]


def sizes(train: Counts, reference: Counts, arms: Sequence[str]) -> Iterator[BucketSize]:
    """Yield the buckets of words by count, of words by mass and of tokens by mass; train text makes the buckets."""
    words, tokens = Buckets.of(train["words"]), Buckets.of(train["tokens"])
    divisions = {
        "words by count": [words.decade_sizes(split["words"]) for split in (train, reference)],
        "words by mass": [words.quartile_sizes(split["words"]) for split in (train, reference)],
        "tokens by mass": [tokens.quartile_sizes(split["tokens"]) for split in (train, reference)],
    }
    nothing = Size(0, 0)
    for division, (in_train, in_reference) in divisions.items():
        for bucket in _ordered({*in_train, *in_reference}):
            both = in_train.get(bucket, nothing), in_reference.get(bucket, nothing)
            yield BucketSize(tuple(arms), division, bucket, *both[0], *both[1])


def _ordered(buckets: set[str]) -> list[str]:
    """Sort by count, the rarest first, or by mass, the most frequent first."""
    quartiles = [name for name in (*QUARTILES, UNSEEN) if name in buckets]
    return quartiles or sorted(buckets, key=rarest_first)
