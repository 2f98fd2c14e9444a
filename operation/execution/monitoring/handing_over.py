"""Hand a decision over: to a folder for an artifact, and to the pipeline that queues training."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.json_files import read_json

DECISION = "decision.json"
PARTS = {"decision", "reasons", "version", "train", "window"}  # what is read of an earlier decision ...
OF_WINDOW = {"first", "last", "rows"}  # ... and of its window
VARIABLE = "train"  # of the step, which azure-pipelines/monitor.yml reads


def asked_before(folder: Path, version: int, span: tuple[str, str]) -> bool:
    """Say whether an earlier look in the folder has asked to train for this window, or for one that overlaps it."""
    known = read_decisions(folder, _say_nothing)
    asked = [each["window"] for each in known.values() if each["version"] == version and each["train"]]
    return any(_overlap((str(window["first"]), str(window["last"])), span) for window in asked)


def read_decisions(folder: Path, warn: Callable[[str], object] = console.say) -> dict[Path, dict[str, Any]]:
    """Read the decisions of earlier looks by their file, the oldest first; a damaged one is passed over with a word."""
    decisions = {}
    for file in sorted(folder.glob(f"*/{DECISION}")):
        try:
            decision = read_json(file, "")
        except OperationError as error:
            warn(f"Passed over a decision: {str(error).strip()}")
            continue
        window = decision.get("window")
        lost = [*(PARTS - decision.keys()), *(OF_WINDOW - (window.keys() if isinstance(window, dict) else set()))]
        if lost:
            warn(f"Passed over a decision: {file} is damaged: it has no {min(lost)}.")
        else:
            decisions[file] = decision
    return decisions


def _say_nothing(_text: str) -> None:
    """Leave the words to who reads the same decisions first."""


def _overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Say whether two spans of days share one; spans of a use case without dates are the same or are not."""
    dated = "-" in one[0] and "-" in other[0]
    return (one[0] <= other[1] and other[0] <= one[1]) if dated else one == other


def check_output(output: str | None) -> Path | None:
    """Return the folder for the copy; raises OperationError if it holds something, which a copy might hide."""
    if output is None:
        return None
    folder = Path(output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OperationError(f"--output {output} is not an empty folder. Delete it, or name another one.")
    return folder


def hand_over(folder: Path, found: Mapping[str, Any], copy: Path | None) -> None:
    """Copy what was written, and set the variable of the step on an agent of Azure Pipelines."""
    if copy is not None:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        console.say(f"Copy: {copy}")
    if os.environ.get("TF_BUILD"):
        console.say(f"##vso[task.setvariable variable={VARIABLE};isOutput=true]{str(found['train']).lower()}")
