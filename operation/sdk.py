"""Decide whether a command needs azureml-core: `train --environment dev` does, and `train` does not.

The bootstrap asks before any package is installed, so this reads a line of YAML with nothing but the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

BACKENDS = ("azureml", "emulator")


def needs_sdk(root: Path, argv: Sequence[str]) -> bool:
    """Whether a command line of Invoke names an environment whose backend needs azureml-core."""
    return any(backend(root, name) in BACKENDS for name in named_environments(argv))


def named_environments(argv: Sequence[str]) -> Iterator[str]:
    """Yield the values of `--environment`, `-e`, `--from` and `--to`, in each form that Invoke accepts.

    A version, as in `rollback --to 3`, is not the name of an environment and does no harm.
    """
    for place, word in enumerate(argv):
        found = re.match(r"(?:--(?:environment|from|to)(?:=|$)|-e=?)(.*)", word)
        if found:
            yield found[1] or "".join(argv[place + 1 : place + 2])


def backend(root: Path, environment: str) -> str:
    """Return the backend that the environment's file names; "" without such a file, which the verb reports."""
    path = root / "configuration" / "environments" / (environment + ".yaml")
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    found = re.search(r"^ +kind: *[\"']?(\w+)", text, re.MULTILINE)
    return found[1] if found else ""
