"""Ask shellcheck about scripts."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelinesLocalError

CANARY = "rm $1\n"  # shellcheck must say something of it
LIMIT = 30.0  # seconds; the scripts of this project take 0.2, and some short ones take minutes and all memory


@dataclass(frozen=True)
class Remark:
    """What shellcheck says of a line of a script, both counted from 1."""

    line: int
    column: int
    message: str


def remarks(shellcheck: Path, scripts: Mapping[str, Place]) -> Mapping[str, list[Remark]]:
    """Ask shellcheck about each script, given where it stands.

    Raises:
        PipelinesLocalError: it finds no fault with a script that has one: then it would find none anywhere. Or it takes
            too long.
    """
    texts = [CANARY, *scripts]
    try:
        result = _run(shellcheck, texts, LIMIT)
    except subprocess.TimeoutExpired as error:
        slow = next((place for text, place in scripts.items() if _takes_long(shellcheck, text)), "all pipelines")
        raise PipelinesLocalError(
            f"shellcheck took more than {LIMIT} seconds over the scripts of {slow}; shorten them."
        ) from error
    found: dict[str, list[Remark]] = {text: [] for text in texts}
    for each in json.loads(result.stdout or '{"comments": []}')["comments"]:
        message = f"shellcheck SC{each['code']}: {each['message']}"
        found[texts[int(each["file"].partition(".")[0])]].append(Remark(each["line"], each["column"], message))
    if not found[CANARY]:
        raise PipelinesLocalError(
            f"shellcheck finds nothing in a script with a fault: it is broken. {result.stderr.strip()}"
        )
    return found


def _run(shellcheck: Path, texts: Sequence[str], limit: float) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{number}.sh" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            Path(folder, name).write_text(text, encoding="utf-8")
        command = [str(shellcheck), "--shell=bash", "--norc", "--format=json1", *names]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=limit)


def _takes_long(shellcheck: Path, text: str) -> bool:
    try:
        _run(shellcheck, [text], LIMIT / 2)
    except subprocess.TimeoutExpired:
        return True
    return False
