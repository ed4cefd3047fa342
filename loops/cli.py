"""The command `heirloom`: verbs in `loops/commands/`, clean messages, exit codes that mean something.

0: done; 1: a bug; 2: something the user can put right; 3: a stage could not do its work; 130: stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import pkgutil
import shlex
import sys
from collections.abc import Callable, Sequence

import loops.commands
from loops.errors import HeirloomError

STOPPED = "Stopped. Nothing is lost: the same command goes on where this left off."


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, do, and leave with an exit code."""
    sys.exit(command(sys.argv[1:] if arguments is None else arguments))


def command(arguments: Sequence[str]) -> int:
    """Do one command and return its exit code; users' mistakes print one message and no traceback."""
    options = _parsed(arguments)
    return exit_code(f"heirloom {options.verb}", lambda: options.run(options), options.stopped)


def exit_code(name: str, do: Callable[[], int | None], stopped: str = STOPPED) -> int:
    """Do what a command of this name does and return its exit code; users' mistakes print one message."""
    from tracking.run_dir import RunDirError
    from tracking.tracker import TrackerError

    try:
        return int(do() or 0)
    except (HeirloomError, RunDirError, TrackerError) as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
        return getattr(error, "exit_code", 2)
    except KeyboardInterrupt:
        print(f"\n{stopped}", file=sys.stderr)  # noqa: T201
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"{name}: {error}. Free some space; the same command goes on.", file=sys.stderr)  # noqa: T201
        return 2


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse, and let settings stand on either side of the options: argparse takes only the first stretch."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    settings = getattr(options, "overrides", None)
    unknown = [word for word in rest if settings is None or word.startswith("-")]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if rest:
        options.overrides = [*options.overrides, *rest]
    options.command = shlex.join(["heirloom", *arguments])
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="heirloom", description="Self-improvement loops that keep their tails.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for found in sorted(pkgutil.iter_modules(loops.commands.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"loops.commands.{found.name}")
        summary = (module.__doc__ or "").strip().splitlines()[0]
        verb = verbs.add_parser(found.name, help=summary, description=module.__doc__)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run, stopped=getattr(module, "STOPPED", STOPPED))
    return parser
