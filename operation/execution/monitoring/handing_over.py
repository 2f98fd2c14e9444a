"""Hand a decision over: to a folder for an artifact, and to the pipeline that queues training."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.json_files import read_json

DECISION = "decision.json"
VARIABLE = "train"  # of the step, which azure-pipelines/monitor.yml reads


def asked_before(folder: Path, version: int, span: tuple[str, str]) -> bool:
    """Say whether an earlier look in the folder has asked to train for this window, or for one that overlaps it."""
    known = [read_json(file) for file in folder.glob(f"*/{DECISION}")]
    asked = [each["window"] for each in known if each.get("version") == version and each.get("train")]
    return any(_overlap((str(window["first"]), str(window["last"])), span) for window in asked)


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
