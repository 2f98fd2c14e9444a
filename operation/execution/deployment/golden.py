"""Golden rows on this side: the model's own are scored by `src/verify.py`, and a version's answers compared here."""

import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from operation.errors import OperationError, shorten
from operation.execution.file_hashes import GOLDEN_ROWS
from operation.execution.json_files import read_json
from operation.execution.steps.processes import run_script

SCRIPT = "verify.py"
TOLERANCE = 1e-6  # as src/learning/golden.py has it
SECONDS = 300.0


@dataclass(frozen=True)
class GoldenRows:
    """Rows as a request has them, and the scores that evaluation gave them: a number each, or one for each class."""

    rows: Sequence[Mapping[str, Any]]
    scores: Sequence[Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read those of the model in the folder; raises OperationError if it has none."""
        if not (folder / GOLDEN_ROWS).is_file():
            raise OperationError(
                f"The version has no {GOLDEN_ROWS}, so nobody can tell whether it scores as it did: it was registered "
                "before there were any. Train and register it again."
            )
        found = read_json(folder / GOLDEN_ROWS)
        return cls(found["rows"], found["scores"])

    def payload(self, count: int | None = None) -> dict[str, Any]:
        """Return a request with the first so many rows, or all."""
        return {"data": list(self.rows[:count])}

    def find_fault(self, answer: Any, version: int, count: int | None = None) -> str:
        """Say what is wrong with a version's answer for the first `count` rows, or all; "" if it is right."""
        if not isinstance(answer, Mapping) or "error" in answer:
            return f"it answers {shorten(repr(answer))}"
        if str(answer.get("model_version")) != str(version):
            return f"it says that it is version {shorten(str(answer.get('model_version')))}"
        found, wanted = _scores(answer), self.scores[:count]
        if len(found) != len(wanted):
            return f"the number of its scores is {len(found)}, not {len(wanted)}"
        for place, (score, expected) in enumerate(zip(found, wanted, strict=True)):
            if not _equal(score, expected):
                return f"golden row {place} scores {shorten(str(score))}, and {expected} when the model was evaluated"
        return ""


def verify(folder: Path, scripts: Path) -> None:
    """Load the model in a process of its own and score its golden rows; raises OperationError with what is wrong."""
    try:
        done = run_script([str(scripts / SCRIPT), "--model", str(folder.absolute())], scripts, SECONDS)
    except subprocess.TimeoutExpired as error:
        raise OperationError(f"{SCRIPT} did not end within {SECONDS:g} s.") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or f"{SCRIPT} failed").splitlines()[-1]
        raise OperationError(last)


def _scores(answer: Mapping[str, Any]) -> list[Any]:
    """Return the scores of an answer in the form of golden rows: classes in the order of the model's."""
    found = answer.get("probabilities", answer.get("predictions"))
    return [[*one.values()] if isinstance(one, Mapping) else one for one in found] if isinstance(found, list) else []


def _equal(found: Any, expected: Any) -> bool:
    if isinstance(expected, Sequence):
        same = isinstance(found, Sequence) and len(found) == len(expected)
        return same and all(map(_equal, found, expected))
    return isinstance(found, int | float) and math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
