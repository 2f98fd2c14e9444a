"""Run the checkpoints of the Great Expectations project on tables: one context, one checkpoint a table, Data Docs once.

Great Expectations takes seconds to import, so functions import it.
"""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from operation.errors import OperationError
from operation.execution.validation.failures import READABLE, SEVERITIES, Failure, count_unchecked, describe
from operation.execution.validation.record import DATA_DOCS, Validation

if TYPE_CHECKING:
    from great_expectations import Checkpoint
    from great_expectations.data_context.data_context.file_data_context import FileDataContext
    from gx_duckdb import Resources, Rows
    from pandas import DataFrame

PROJECT = Path(__file__).parents[2] / "tests" / "data_validation" / "great_expectations"
RESULTS = "validation_results"
OpenTable = Callable[[], AbstractContextManager["Rows"]]


@dataclass(frozen=True)
class SuiteResult:
    """The results of one suite, each as Great Expectations' `to_json_dict` gives it, or why the table is unreadable."""

    suite: str
    results: tuple[dict[str, Any], ...] = ()
    unreadable: str | None = None


def validate_files(
    tables: Mapping[str, Sequence[Path]], reports: Path, resources: "Resources", share: float = 1.0
) -> Validation:
    """Check tables in parquet files, each given as the parts of its table; an unreadable file is a failure.

    Raises:
        OperationError: as `validate_tables`.
    """
    from gx_duckdb import open_rows

    # Each table may be compared with the others.
    return validate_tables(
        {name: partial(open_rows, files, resources, tables) for name, files in tables.items()}, reports, share
    )


def validate_tables(tables: Mapping[str, OpenTable], reports: Path, share: float = 1.0) -> Validation:
    """Check tables, by name ("flights", "weather", "features"), and write Data Docs below `reports`.

    `share` is that of all rows which the tables hold; suites know it as the parameter of that name.

    Raises:
        OperationError: no checkpoint knows a table, the folder cannot be written, or there is too little memory.
    """
    try:
        outcomes = _run_checkpoints(tables, reports, share)
    except OSError as error:
        raise OperationError(
            f"Cannot write the reports to {reports}: {error}. Fix it, or choose another folder."
        ) from error
    unreadable = [
        Failure(outcome.suite, READABLE, None, outcome.unreadable, "a readable file")
        for outcome in outcomes
        if outcome.unreadable
    ]
    failures = [
        failure for outcome in outcomes for failure in sorted(describe(outcome.suite, outcome.results), key=_order)
    ]
    checks = sum(1 + len(outcome.results) for outcome in outcomes)  # that the table is readable counts as one
    unchecked = sum(count_unchecked(outcome.results) for outcome in outcomes)
    return Validation(checks, (*unreadable, *failures), reports / DATA_DOCS / "index.html", unchecked)


def _order(failure: Failure) -> tuple[int, str, str, str]:
    """Put failures in an order of their own: that of Great Expectations' results changes from run to run."""
    return SEVERITIES.index(failure.severity), failure.column or "", failure.expectation, failure.check


def _run_checkpoints(tables: Mapping[str, OpenTable], reports: Path, share: float) -> list[SuiteResult]:
    """Run each table's checkpoint; other tables keep the results that `reports` has of them from earlier runs."""
    with open_project(reports) as context:
        checkpoints = checkpoints_by_table(context)
        for table in tables:
            _forget(_find(checkpoints, table).name, reports)
        results = [_open_and_run(checkpoints[name], open_table, share) for name, open_table in tables.items()]
        context.build_data_docs()
    return results


def _open_and_run(checkpoint: "Checkpoint", open_table: OpenTable, share: float) -> SuiteResult:
    from gx_duckdb import GxDuckDBError, UnreadableError

    try:
        with open_table() as rows:
            result = run_checkpoint(checkpoint, rows.frame, share)
    except UnreadableError as error:
        return SuiteResult(checkpoint.name, unreadable=str(error))
    except GxDuckDBError as error:  # too little memory says nothing about the data, so it must not look like a failure
        raise OperationError(str(error)) from error
    return result


def run_checkpoint(checkpoint: "Checkpoint", frame: "DataFrame", share: float = 1.0) -> SuiteResult:
    """Run one checkpoint of an open project on a frame that carries rows (`Rows.frame`) or holds them itself."""
    outcome = checkpoint.run(batch_parameters={"dataframe": frame}, expectation_parameters={"share": share})
    results = [result for run in outcome.run_results.values() for result in run.results]
    return SuiteResult(checkpoint.name, tuple(result.to_json_dict() for result in results))


def checkpoints_by_table(context: "FileDataContext") -> dict[str, "Checkpoint"]:
    """Find each table's checkpoint: the project itself says so, by the data asset that a checkpoint validates."""
    return {checkpoint.validation_definitions[0].asset.name: checkpoint for checkpoint in context.checkpoints.all()}


def _find(checkpoints: Mapping[str, "Checkpoint"], table: str) -> "Checkpoint":
    if table not in checkpoints:
        known = ", ".join(sorted(checkpoints))
        raise OperationError(f"No checkpoint validates the table {table!r} (there are: {known}). Add one to {PROJECT}.")
    return checkpoints[table]


def _forget(suite: str, reports: Path) -> None:
    for folder in (reports / RESULTS / suite, reports / DATA_DOCS / "validations" / suite):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_project(reports: Path) -> Iterator["FileDataContext"]:
    """Open a temporary copy of the project, since its settings change: reports go to `reports`, metrics to DuckDB."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read on import
    with _quiet(), tempfile.TemporaryDirectory() as temporary:
        import great_expectations
        from gx_duckdb import DuckDBDatasource

        copy = Path(shutil.copytree(PROJECT, Path(temporary) / PROJECT.name))
        settings = copy / "great_expectations.yml"
        project = yaml.safe_load(settings.read_text(encoding="utf-8"))
        stores, sites = project["stores"], project["data_docs_sites"]
        stores["validation_results_store"]["store_backend"]["base_directory"] = str((reports / RESULTS).resolve())
        sites["local_site"]["store_backend"]["base_directory"] = str((reports / DATA_DOCS).resolve())
        project["fluent_datasources"]["tables"]["type"] = DuckDBDatasource.__fields__["type"].default
        settings.write_text(yaml.safe_dump(project), encoding="utf-8")
        yield great_expectations.get_context(mode="file", context_root_dir=copy)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide warnings and log lines about Great Expectations' own internals from the user."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
