"""shellcheck, which knows what a shell makes of a script."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation.ado.tools.places import Tools
from operation.errors import OperationError

CANARY = "rm $1\n"  # shellcheck must say something of it


@dataclass(frozen=True)
class Remark:
    """What shellcheck says of a line of a script, both counted from 1."""

    line: int
    column: int
    message: str


def remarks(tools: Tools, scripts: Sequence[str]) -> Mapping[int, list[Remark]]:
    """What shellcheck says of each script, by the script's number.

    Raises:
        OperationError: it finds no fault with a script that has one: then it would find none anywhere.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{number}.sh" for number in range(len(scripts) + 1)]
        for name, text in zip(names, [CANARY, *scripts], strict=True):
            Path(folder, name).write_text(text, encoding="utf-8")
        command = [str(tools.shellcheck), "--shell=bash", "--norc", "--format=json1", *names]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found: dict[int, list[Remark]] = {number: [] for number in range(-1, len(scripts))}
    for each in json.loads(result.stdout or '{"comments": []}')["comments"]:
        message = f"shellcheck SC{each['code']}: {each['message']}"
        found[int(each["file"].partition(".")[0]) - 1].append(Remark(each["line"], each["column"], message))
    if not found.pop(-1):
        raise OperationError(
            f"shellcheck finds nothing in a script with a fault: it is broken. {result.stderr.strip()}"
        )
    return found
