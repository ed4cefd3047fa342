"""What a run begins with: human text in three splits, the base student, prompts, counts of the train split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loops.arm import Arm
from loops.engine import Engine
from loops.errors import StageError
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
    corpus = _cut(arm, engine, splits["train"])
    engine.known["human_corpus"] = corpus
    return Human(
        train=splits["train"],
        reference=splits["reference"],
        auditor=splits.get("auditor"),
        corpus=corpus,
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


def rest(arm: Arm, engine: Engine, human: Human, corpora: Sequence[Ref]) -> Ref:
    """Return the train rows that no corpus has read, in the order in which fresh human text is taken from them."""
    return engine.do("rest", None, {"human": human.train, "corpora": list(corpora)}, key=arm.data_key.fold("rest"))


def check_supply(arm: Arm, engine: Engine, human: Human) -> None:
    """Refuse a share of human text that is more than there is, before anything is drawn or trained.

    Where filters may drop some of what a share stands beside, only a warning is given.

    Raises:
        StageError: in which generation human text runs out.
    """
    mixer, kept = arm.built["mixer"], _most_kept(arm)
    asked = [mixer.human_tokens(g, kept or 0.0) for g in range(1, arm.loop.generations + 1)]
    if not any(asked):
        return
    rows = rest(arm, engine, human, [human.corpus]) if mixer.fresh else human.corpus
    student = {"student": arm.node("student")}
    supply = engine.open(engine.do("supply", student, {"rows": rows, "tokenizer": human.base})).get("tokens", np.inf)
    needed = np.cumsum(asked) if mixer.fresh else np.array(asked)
    short = np.flatnonzero(needed > supply * (1 + 1e-9))
    if not len(short):
        return
    what = "that generation 0 leaves unread" if mixer.fresh else "of generation 0"
    together = " (all generations together)" if mixer.fresh else ""
    message = (
        f"mixer: human text runs out in generation {short[0] + 1}: until then the mix asks for "
        f"{needed[short[0]]:,.0f} tokens{together}, and the text {what} holds {supply:,.0f}. "
        "Lower human_share, size or generations, or give a larger source."
    )
    if mixer.size is None and arm.nodes("filters") and arm.loop.budget == "drawn":
        engine.warn(f"If the filters keep all: {message}")
    else:
        raise StageError(message)


def _most_kept(arm: Arm) -> float | None:
    """Return the tokens that a generation keeps of each world if filters drop none; None if no setting says so."""
    tokens = getattr(arm.built["generator"], "tokens", None)
    if tokens is None and "text" not in arm.built["source"].kinds and arm.prompts.count is not None:
        return float(arm.prompts.count * arm.built["generator"].draws)
    return None if tokens is None else float(tokens)


def _cut(arm: Arm, engine: Engine, train: Ref) -> Ref:
    size = arm.built["source"].human_tokens
    mixer = {
        "_target_": "loops.mixer.mix.Mix",
        "human_share": 1.0,
        "window": 0,
        "size": size,
        "weights": None,
        "fresh": False,
        "schedule": "constant",
        "last_human_share": None,
        "last_generation": None,
    }
    return engine.do(
        "mix",
        {"mixer": mixer, "student": arm.node("student")},
        inputs={"human": train, "pool": []},
        settings={"generation": 0},
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
