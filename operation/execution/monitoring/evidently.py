"""Evidently's report of a window beside ours, for those who want it: `invoke monitor --evidently`. Nothing needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.declared import target_of
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.json_files import write_json
from operation.execution.monitoring.evidently_page import SILENT
from operation.execution.monitoring.reference import run_description
from operation.execution.steps.processes import run_script
from operation.monitoring.features import find_nearest
from operation.monitoring.profiles import Profile, lengths

LOCK = "requirements-evidently.lock"
REPORT = "evidently.html"
SCRIPT, ROWS = "sample_rows.py", "rows.parquet"
PAGE = "operation.execution.monitoring.evidently_page"
PREDICTION = "the model's prediction"  # as src/sample_rows.py calls it


@dataclass(frozen=True)
class Samples:
    """What Evidently's report is made of: the rows that the version learned from, its model, and a folder for samples.

    The folder outlives the look at the window, whose rows are sampled during it.
    """

    learned: Path
    model: Path
    folder: Path

    @property
    def page(self) -> Path:
        """Return the file of the report, which is copied beside ours once that is there."""
        return self.folder / REPORT


def require_evidently() -> None:
    """Raise OperationError, which says what to install, if Evidently is missing."""
    if find_spec("evidently") is None:
        raise OperationError(f"--evidently needs Evidently: python -m pip install --require-hashes -r {LOCK}")


def sample_window(configuration: Configuration, samples: Samples, raw: Path) -> None:
    """Sample the prepared rows of raw tables."""
    folders = {"--raw": raw, "--model": samples.model, "--output": samples.folder / "window"}
    run_description(configuration, SCRIPT, folders)


def write_evidently(configuration: Configuration, samples: Samples, reference: Profile, window: Profile) -> None:
    """Compare the sample of the window with one of the nearest windows of the reference.

    Raises:
        OperationError: Evidently fails; the line says why.
    """
    with console.step("evidently") as note:
        first, last = find_nearest_days(reference, window)
        folders = {"--data": samples.learned, "--model": samples.model, "--output": samples.folder / "reference"}
        run_description(configuration, SCRIPT, folders, {"--first": first, "--last": last})
        write_json(
            samples.folder / "columns.json",
            columns_of(reference, target_of(configuration.use_case, configuration.scripts)),
        )
        files = [samples.folder / "reference" / ROWS, samples.folder / "window" / ROWS, samples.folder / "columns.json"]
        ran = run_script(["-m", PAGE, *map(str, files), str(samples.page)], ROOT, variables=SILENT)
        if ran.returncode:
            lines = ran.stderr.strip().splitlines() or ["it printed nothing"]
            said = lines[-1].removeprefix("error: ")
            raise OperationError(f"Evidently cannot compare the rows: {said}. Look without --evidently.")
        note.text = f"against {first} to {last}"


def find_nearest_days(reference: Profile, window: Profile) -> tuple[str, str]:
    """Return the first and last day, or row, of the window of the reference that the features are nearest to."""
    length = lengths(reference, window.days, window.rows)
    place = find_nearest(reference, window, length)
    return str(reference.blocks[place]["first"]), str(reference.blocks[place + length - 1]["last"])


def columns_of(reference: Profile, target: str) -> Mapping[str, list[str]]:
    """Return the names of the columns that Evidently compares, `numbers` and `categories`."""
    numbers, categories = reference.numbers, [name for name in reference.features if name not in reference.numbers]
    of_outcomes = {"binary": (numbers, categories), "multiclass": (categories, categories)}
    for name, kind in zip((PREDICTION, target), of_outcomes.get(reference.task, (numbers, numbers)), strict=True):
        kind.append(name)
    return {"numbers": numbers, "categories": categories}
