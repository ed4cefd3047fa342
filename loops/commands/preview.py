"""Draw a few texts and show what the filters say of them, before any long run."""

from __future__ import annotations

import argparse
from collections import Counter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="settings, as for `heirloom run`")
    parser.add_argument("--rows", type=int, default=8, metavar="N", help="how many texts; 8, if not given")


def run(options: argparse.Namespace) -> int:
    """Preview the first arm that draws; nothing is trained, and nothing is written into the store."""
    from rich.console import Console

    from loops.errors import ConfigError
    from loops.plan import plan
    from loops.preview import preview

    if options.rows < 1:
        raise ConfigError(f"--rows: got {options.rows}, want at least 1.")
    runs = plan(options.overrides)
    arm = next((run for run in runs if run.built["mixer"].reads_drawn), runs[0])
    console = Console()
    if "text" not in arm.built["source"].kinds:
        console.print("This is a closed-form world: it draws numbers, so there are no texts to preview.")
        return 0
    found = preview(arm, options.rows)
    filters = ", ".join(arm.nodes("filters")) or "none"
    for line in (f"arm {arm.arm}, seed {arm.seed}; written by {found.writer}", f"filters: {filters}"):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for i, (text, reason) in enumerate(zip(found.texts, found.reasons, strict=True), start=1):
        verdict = "kept" if reason is None else f"dropped: {reason}"
        console.rule(f"{i}: {verdict}, {text.n_tokens} tokens", align="left", characters="-")
        for part in (_prompt(text.prompt), text.completion):
            console.print(_printable(part), markup=False, highlight=False, soft_wrap=True, end="\n" if part else "")
    counts = Counter(reason for reason in found.reasons if reason is not None)
    kept = len(found.reasons) - sum(counts.values())
    drops = "".join(f"; {reason} drops {n}" for reason, n in counts.most_common())
    console.print(f"\n{kept} of {len(found.reasons)} kept{drops}.", markup=False, highlight=False, soft_wrap=True)
    return 0


def _prompt(prompt: str) -> str:
    return f"[prompt] {prompt}" if prompt else ""


def _printable(text: str) -> str:
    """Replace what would move the cursor or ring the bell."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text)
