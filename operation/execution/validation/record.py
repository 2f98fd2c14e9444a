"""The outcome of a validation, and the record that the step leaves of it in a folder."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.json_files import read_sealed, seal, write_json
from operation.execution.validation.failures import CRITICAL, Failure

RECORD = "validation.json"
DATA_DOCS = "data_docs"


@dataclass(frozen=True)
class Validation:
    """How many checks there are, which failed, the first page of the Data Docs, and how many could not be evaluated.

    One check may fail in several columns, each of which is a failure of its own.
    """

    checks: int
    failures: tuple[Failure, ...]
    data_docs: Path
    unchecked: int = 0

    @property
    def errors(self) -> tuple[Failure, ...]:
        """The critical failures, which stop a run."""
        return tuple(failure for failure in self.failures if failure.severity == CRITICAL)

    @property
    def warnings(self) -> tuple[Failure, ...]:
        """The other failures, which are reported and stop nothing."""
        return tuple(failure for failure in self.failures if failure.severity != CRITICAL)

    @property
    def success(self) -> bool:
        """Whether every critical check passed."""
        return not self.errors

    @property
    def summary(self) -> str:
        """Say in a few words how many checks there are and how they went."""
        parts = [f"{self.checks} checks", f"{_count(self.errors)} failed"]
        parts += [f"{_count(self.warnings)} with a warning"] if self.warnings else []
        return ", ".join([*parts, *([f"{self.unchecked} could not be evaluated"] if self.unchecked else [])])

    @property
    def verdict(self) -> str:
        """Say in one line how many expectations are not met, of which suites, and what to do about it."""
        suites = ", ".join(sorted({failure.suite for failure in self.errors}))
        unchecked = f"; {self.unchecked} could not be evaluated" if self.unchecked else ""
        return (
            f"The data do not meet {_count(self.errors)} of {self.checks} expectations ({suites}){unchecked}. "
            f"Fix the data, or the suite if it is wrong. Report: {self.data_docs}"
        )


def _count(failures: Iterable[Failure]) -> int:
    """Count the expectations, of which each may have failed in several columns."""
    return len({(failure.suite, failure.expectation, failure.check) for failure in failures})


def describe_in_line(failure: Failure) -> str:
    """Describe a failure in one line, with its severity unless that is critical."""
    severity = "" if failure.severity == CRITICAL else f"{failure.severity}: "
    return (
        f"{severity}{failure.suite}: {failure.expectation} {failure.column or 'of the table'}: {failure.observed}; "
        f"expected {failure.expected}"
    )


def write(validation: Validation, folder: Path) -> None:
    """Write the outcome as validation.json into the folder that also has its Data Docs."""
    record = {
        "checks": validation.checks,
        "unchecked": validation.unchecked,
        "failures": [asdict(failure) for failure in validation.failures],
        # Relative, so that equal data leave equal bytes wherever they are checked: the step's output is reused by hash.
        "data_docs": validation.data_docs.relative_to(folder).as_posix(),
    }
    write_json(folder / RECORD, seal(record))


def read(folder: Path) -> Validation:
    """Read the outcome that the step `python -m operation.execution.validation` has written into `folder`.

    Raises:
        OperationError: the record is missing or damaged.
    """
    record = read_sealed(folder / RECORD, "Validate again.")
    try:
        failures = tuple(_read_failure(failure) for failure in record["failures"])
        return Validation(record["checks"], failures, folder / record["data_docs"], record["unchecked"])
    except (KeyError, TypeError) as error:
        raise OperationError(
            f"{folder / RECORD} is not the record of a validation: {error}. Validate again."
        ) from error


def _read_failure(record: Mapping[str, Any]) -> Failure:
    return Failure(**{**record, "values": tuple(record["values"]), "rows": tuple(record["rows"])})
