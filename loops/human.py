"""What a run begins with: human text in three splits, the base student, prompts, counts of the train split."""

from __future__ import annotations

from dataclasses import dataclass

from loops.arm import Arm
from loops.engine import Engine
from loops.ref import Ref


@dataclass(frozen=True)
class Human:
    """References to what all generations share."""

    train: Ref
    reference: Ref
    auditor: Ref | None
    """Read by nothing but the last check of the report; None for worlds, whose truth is known."""
    corpus: Ref
    """What generation 0 is trained on: the train split, cut to `source.human_tokens`."""
    base: Ref
    prompts: Ref


def prepare(arm: Arm, engine: Engine) -> Human:
    """Read and split human data, make the base student and the prompts; fill in what components may need."""
    splits = _text(arm, engine) if "text" in arm.built["source"].kinds else _world(arm, engine)
    engine.known |= {"human": splits["train"], "reference": splits["reference"]}
    student = {"student": arm.node("student")}
    base = engine.do("base", student, key=arm.key.fold("base"))
    engine.known |= {"tokenizer": base}
    if "text" in arm.built["source"].kinds:
        counts = {
            split: engine.do("buckets", student, {"human": splits[split], "tokenizer": base}, label=f"buckets/{split}")
            for split in ("train", "reference")
        }
        engine.known["buckets"] = counts["train"]  # the reference is only counted in them, for the report
    engine.known["prompts"] = prompts = _prompts(arm, engine, splits["train"], base)
    if hasattr(arm.built["source"], "probes"):
        engine.known["probes"] = engine.do("probes", {"source": arm.node("source")})
    return Human(
        train=splits["train"],
        reference=splits["reference"],
        auditor=splits.get("auditor"),
        corpus=_cut(arm, engine, splits["train"]),
        base=base,
        prompts=prompts,
    )


def _world(arm: Arm, engine: Engine) -> dict[str, Ref]:
    source = {"source": arm.node("source")}
    engine.known["truth"] = engine.do("truth", source)
    return {split: engine.do("read", source, settings={"split": split}, key=arm.data_key, label=f"read/{split}")
            for split in arm.built["source"].splits()}  # fmt: skip


def _text(arm: Arm, engine: Engine) -> dict[str, Ref]:
    """Split by origin and drop what overlaps, or check splits that the user gave as separate files.

    Splits that a source draws from one known distribution are neither split nor checked: each is a sample of its own,
    and without what train holds too it would be a sample of the tail alone.
    """
    source, own = {"source": arm.node("source")}, arm.built["source"].splits()
    read = {
        split: engine.do("read", source, settings={"split": split}, label=f"read/{split or 'all'}")
        for split in own or (None,)
    }
    rules = {"ngram": arm.splits.ngram, "jaccard": arm.splits.jaccard}
    if own:
        if not getattr(arm.built["source"], "independent_splits", False):
            engine.do("check_splits", inputs={split: ref for split, ref in read.items() if split}, settings=rules)
        return {split: ref for split, ref in read.items() if split}
    shares = {"reference": arm.splits.reference, "auditor": arm.splits.auditor}
    where = engine.do("split", inputs={"human": read[None]}, settings=rules | shares, key=arm.data_key.fold("split"))
    inputs = {"human": read[None], "where": where}
    return {
        split: engine.do("select", inputs=inputs, settings={"split": split}, label=f"select/{split}")
        for split in ("train", "reference", *(("auditor",) if arm.splits.auditor else ()))
    }


def rest(arm: Arm, engine: Engine, human: Human) -> Ref:
    """Return the train rows that generation 0 left over, in the order in which fresh human text is taken from them."""
    inputs = {"human": human.train, "corpus": human.corpus}
    return engine.do("rest", inputs=inputs, key=arm.data_key.fold("rest"))


def _cut(arm: Arm, engine: Engine, train: Ref) -> Ref:
    size = arm.built["source"].human_tokens
    mixer = {
        "_target_": "loops.mixer.mix.Mix",
        "human_share": 1.0,
        "window": 0,
        "size": size,
        "weights": None,
        "fresh": False,
    }
    return engine.do(
        "mix",
        {"mixer": mixer, "student": arm.node("student")},
        inputs={"human": train, "pool": []},
        key=arm.data_key.fold("human"),
        label="human",
    )


def _prompts(arm: Arm, engine: Engine, train: Ref, base: Ref) -> Ref:
    """Prompts are the train split's alone, so reference texts are never read by a teacher."""
    return engine.do(
        "prompts",
        {"student": arm.node("student")},
        inputs={"human": train, "tokenizer": base},
        settings={"kind": arm.prompts.kind, "count": arm.prompts.count, "tokens": arm.prompts.tokens},
        key=arm.data_key.fold("prompts"),
    )
