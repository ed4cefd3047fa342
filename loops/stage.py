"""Run one stage alone, from what the store holds of it: `python -m loops.stage KEY`.

A stage needs nothing that is alive elsewhere, so another machine, scheduler or launcher can be given its key. Only the
standard library is imported before the stage's threads are set.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loops.errors import HeirloomError, StoreError

SPEC, MANIFEST = "spec.json", "manifest.json"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stage and print its digest; a finished one is found, not run."""
    parser = argparse.ArgumentParser(prog="python -m loops.stage", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("key", metavar="KEY", help="as `heirloom status RUN --json` shows it")
    parser.add_argument("--store", type=Path, default=Path("outputs/store"), help="outputs/store, if not given")
    options = parser.parse_args(arguments)
    try:
        stored = _stored(options.store, options.key)
        if "torch" not in sys.modules:
            threads = str(stored["runtime"]["threads"])
            os.environ.update(dict.fromkeys(THREADS, threads), TOKENIZERS_PARALLELISM="false")
        sys.stdout.write(_run(options.store, options.key, stored) + "\n")
    except HeirloomError as error:
        sys.stderr.write(f"loops.stage: {error}\n")
        return error.exit_code
    return 0


def _stored(root: Path, key: str) -> dict[str, Any]:
    """Read the settings of a finished stage, or of one that was begun."""
    for path in [*root.glob(f"*/{key}/{MANIFEST}"), root / "work" / key / SPEC]:
        if path.exists():
            content = json.loads(path.read_text())
            stored: dict[str, Any] = content["spec"] if path.name == MANIFEST else content
            return stored
    raise StoreError(
        f"{root}: has no stage {key}, neither finished nor begun. Keys are in `heirloom status RUN --json`; "
        "give the store of that run with --store."
    )


def _run(root: Path, key: str, stored: dict[str, Any]) -> str:
    from loops.spec import Spec, perform, restore
    from loops.store import Store

    store, spec = Store(root), Spec.from_json(stored)
    entry = store.find(spec.stage, key)
    if entry is not None and entry.removed:
        restore(entry.ref, store, _shown)
        return f"{spec.stage} {key}: weights trained anew, digest {entry.ref.digest}"
    if entry is not None:
        return f"{spec.stage} {key}: found, digest {entry.ref.digest}"
    if spec.store_key != key:
        raise StoreError(
            f"{root / 'work' / key}: was begun with other code, libraries or files, which are part of its key; here "
            f"it is {spec.store_key}. Run the experiment again; it starts this stage under its new key."
        )
    entry, state = perform(spec, store, _shown)
    return f"{spec.stage} {key}: {state} in {entry.seconds:.2f} s, digest {entry.ref.digest}"


def _shown(done: int, total: int | None, unit: str) -> None:
    of = f" of {total:,}" if total is not None else ""
    sys.stderr.write(f"{done:,}{of} {unit}\n")


if __name__ == "__main__":
    sys.exit(main())
