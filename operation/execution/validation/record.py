"""The outcome of a validation, and the record that the step leaves of it in a folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.validation.failures import Failure

RECORD = "validation.json"
DATA_DOCS = "data_docs"


@dataclass(frozen=True)
class Validation:
    """How many checks ran, which failed, and the first page of the Data Docs."""

    checks: int
    failures: tuple[Failure, ...]
    data_docs: Path

    @property
    def success(self) -> bool:
        """Whether every check passed."""
        return not self.failures

    @property
    def verdict(self) -> str:
        """Say in one line how many expectations are not met, of which suites, and what to do about it."""
        suites = ", ".join(sorted({failure.suite for failure in self.failures}))
        return (
            f"The data do not meet {len(self.failures)} of {self.checks} expectations ({suites}). "
            f"Fix the data, or the suite if it is wrong. Report: {self.data_docs}"
        )


def write(validation: Validation, folder: Path) -> None:
    """Write the outcome as validation.json into the folder that also has its Data Docs."""
    record = {
        "checks": validation.checks,
        "failures": [asdict(failure) for failure in validation.failures],
        # Relative, so that equal data leave equal bytes wherever they are checked: the step's output is reused by hash.
        "data_docs": validation.data_docs.relative_to(folder).as_posix(),
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> Validation:
    """Read the outcome that the step `python -m operation.execution.validation` has written into `folder`.

    Raises:
        OperationError: the record is missing or damaged.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        failures = tuple(_read_failure(failure) for failure in record["failures"])
        return Validation(record["checks"], failures, folder / record["data_docs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(
            f"{folder / RECORD} is not the record of a validation: {error}. Validate again."
        ) from error


def _read_failure(record: Mapping[str, Any]) -> Failure:
    return Failure(**{**record, "values": tuple(record["values"]), "rows": tuple(record["rows"])})
