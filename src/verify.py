"""Verify a model before it is served: its files are undamaged, it loads, and its golden rows score as they did."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from learning import golden
from learning.arguments import ScriptParser
from learning.errors import exit_code


def parser() -> argparse.ArgumentParser:
    """Declare the arguments of this script."""
    arguments = ScriptParser(__doc__)
    arguments.add_argument("--model", type=Path, required=True, help="folder of a registered version")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0, or 1 after one line on what is wrong."""

    def work() -> None:
        model = parser().parse_args(argv).model
        print(f"{golden.check(model)} golden rows score as they did when the model was evaluated")

    return exit_code(work)


if __name__ == "__main__":
    raise SystemExit(main())
