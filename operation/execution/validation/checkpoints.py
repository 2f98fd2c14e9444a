"""Check tables by the suites of a use case, in one Great Expectations context: a checkpoint a table, Data Docs once.

The project holds suites alone, `expectations/USE_CASE/TABLE.json`; what else Great Expectations needs is made of them.

Great Expectations takes seconds to import, so functions import it.
"""

import json
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from operation.errors import OperationError, shorten
from operation.execution.tables.sources import read_suite
from operation.execution.temporary import temporary_folder
from operation.execution.validation.days import date_parameters
from operation.execution.validation.failures import READABLE, SEVERITIES, Failure, count_unchecked, describe
from operation.execution.validation.pages import write_pages
from operation.execution.validation.record import DATA_DOCS, Validation
from operation.execution.validation.row_checks import choose
from operation.importing import quickly

if TYPE_CHECKING:
    from great_expectations import Checkpoint
    from great_expectations.data_context.data_context.file_data_context import FileDataContext
    from gx_duckdb import Resources, Rows
    from pandas import DataFrame

PROJECT = Path(__file__).parents[2] / "tests" / "data_validation" / "great_expectations"
SETTINGS = "great_expectations.yml"
SUITES = "expectations"
RESULTS = "validation_results"
SITE = "local_site"
UNUSED = ("azure", "sqlalchemy")
SAMPLE: dict[str, Any] = {"result_format": "SUMMARY", "partial_unexpected_count": 5}
Needed = Mapping[str, Sequence[str]]
OpenTable = Callable[[], AbstractContextManager["Rows"]]


@dataclass(frozen=True)
class SuiteResult:
    """The results of one suite, each as Great Expectations' `to_json_dict` gives it, or why the table is unreadable."""

    suite: str
    results: tuple[dict[str, Any], ...] = ()
    unreadable: str | None = None


def validate_files(
    tables: Mapping[str, Sequence[Path]],
    reports: Path,
    resources: "Resources",
    use_case: str,
    share: float = 1.0,
    needed: Needed | None = None,
) -> Validation:
    """Check tables in parquet files, each given as the parts of its table; an unreadable file is a failure.

    With `needed`, the columns of each table that scoring reads, only what must hold for every row of these.

    Raises:
        OperationError: as `validate_tables`.
    """
    from gx_duckdb import open_rows

    # Each table may be compared with the others.
    opened = {name: partial(open_rows, files, resources, tables) for name, files in tables.items()}
    return validate_tables(opened, reports, use_case, share, needed)


def validate_tables(
    tables: Mapping[str, OpenTable], reports: Path, use_case: str, share: float = 1.0, needed: Needed | None = None
) -> Validation:
    """Check tables, by name, with the suites of the use case, and write Data Docs below `reports`.

    `share` is that of all rows which the tables hold; suites know it as the parameter of that name.

    Raises:
        OperationError: no suite is for a table, the folder cannot be written, or there is too little memory.
    """
    try:
        outcomes = _run_checkpoints(tables, reports, use_case, share, needed)
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


def _run_checkpoints(
    tables: Mapping[str, OpenTable], reports: Path, use_case: str, share: float, needed: Needed | None
) -> list[SuiteResult]:
    """Run each table's checkpoint; other tables keep the results that `reports` has of them from earlier runs."""
    for table in tables:
        _require_suite(use_case, table)
    with open_project(reports, use_case, needed=needed) as context:
        from great_expectations.expectations.registry import list_registered_expectation_implementations

        for table in tables:  # Great Expectations leaves out what it does not know
            refuse_unknown(PROJECT / SUITES / use_case / f"{table}.json", list_registered_expectation_implementations())
        try:
            checkpoints = make_checkpoints(context, tables)
        except Exception:
            refuse_wrong_suites(context, use_case)
            raise
        if not checkpoints.keys() >= tables.keys():  # Great Expectations drops a suite with wrong arguments
            refuse_wrong_suites(context, use_case)
        for table in tables:
            _forget(f"{use_case}/{table}", reports)
        results = [_open_and_run(checkpoints[name], open_table, share) for name, open_table in tables.items()]
        site = context.variables.data_docs_sites[SITE]
        unreadable = {each.suite: each.unreadable for each in results if each.unreadable}
        write_pages(context, site, reports / RESULTS, reports / DATA_DOCS, unreadable)
    return results


def refuse_unknown(file: Path, known: Sequence[str]) -> None:
    """Raise OperationError, with the nearest name, if the suite has an expectation of a type that there is not."""
    for kind in (each["type"] for each in read_suite(file)["expectations"]):
        if kind not in known:
            near = get_close_matches(kind, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "Write the name of one, or import yours."
            raise OperationError(f"{file}: there is no expectation {kind}. {hint}")


def refuse_wrong_suites(context: "FileDataContext", use_case: str) -> None:
    """Raise OperationError, which names the file, if Great Expectations does not take a suite of the use case."""
    for file in sorted((PROJECT / SUITES / use_case).glob("*.json")):
        try:
            context.suites.get(f"{use_case}.{file.stem}")
        except Exception as error:
            said = shorten(" ".join(str(error).split()))
            raise OperationError(f"{file}: Great Expectations refuses the suite: {said}. Fix it there.") from error


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
    from gx_duckdb import query_value

    (definition,) = checkpoint.validation_definitions
    dates = date_parameters(definition.suite.meta, partial(query_value, frame), datetime.now(UTC))
    outcome = checkpoint.run(batch_parameters={"dataframe": frame}, expectation_parameters={"share": share, **dates})
    results = [result for run in outcome.run_results.values() for result in run.results]
    return SuiteResult(checkpoint.name, tuple(result.to_json_dict() for result in results))


def make_checkpoints(context: "FileDataContext", wanted: Container[str] | None = None) -> dict[str, "Checkpoint"]:
    """Make a checkpoint for each suite of an open project, and return it by the table that the suite is for.

    With `wanted`, for those tables alone.
    """
    import great_expectations as gx

    checkpoints, tables = {}, context.data_sources.get("tables")
    for suite in context.suites.all():
        table = suite.name.partition(".")[2]
        if wanted is not None and table not in wanted:
            continue
        batch = tables.add_dataframe_asset(table).add_batch_definition_whole_dataframe("whole")
        definition = gx.ValidationDefinition(name=table, data=batch, suite=suite)
        definition = context.validation_definitions.add(definition)
        checkpoint = gx.Checkpoint(name=table, validation_definitions=[definition], result_format=SAMPLE)
        checkpoints[table] = context.checkpoints.add(checkpoint)
    return checkpoints


def _require_suite(use_case: str, table: str) -> None:
    folder = PROJECT / SUITES / use_case
    if not (folder / f"{table}.json").is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.json"))) or "none"
        raise OperationError(f"No suite is for the table {table!r} (there are: {known}). Add {folder / table}.json.")


def _forget(suite: str, reports: Path) -> None:
    for folder in (reports / RESULTS / suite, reports / DATA_DOCS / "validations" / suite):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_project(
    reports: Path, use_case: str, by_duckdb: bool = True, needed: Needed | None = None
) -> Iterator["FileDataContext"]:
    """Open a temporary copy of the project with the suites of one use case: its reports go to `reports`.

    Metrics are computed by DuckDB, or else by Great Expectations itself with pandas.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read on import
    with _quiet(), temporary_folder() as temporary:
        with quickly(without=UNUSED):
            import gx_duckdb

            kind = gx_duckdb.DuckDBDatasource.__fields__["type"].default  # first: it makes the import below a short one
            import great_expectations

        copy = temporary / PROJECT.name
        _copy_suites(use_case, copy / SUITES / use_case, needed)
        project = yaml.safe_load((PROJECT / SETTINGS).read_text(encoding="utf-8"))
        stores, sites = project["stores"], project["data_docs_sites"]
        stores["validation_results_store"]["store_backend"]["base_directory"] = str((reports / RESULTS).resolve())
        sites[SITE]["store_backend"]["base_directory"] = str((reports / DATA_DOCS).resolve())
        if by_duckdb:
            project["fluent_datasources"]["tables"]["type"] = kind
        (copy / SETTINGS).write_text(yaml.safe_dump(project), encoding="utf-8")
        yield great_expectations.get_context(mode="file", context_root_dir=copy)


def _copy_suites(use_case: str, folder: Path, needed: Needed | None) -> None:
    """Copy the suites, each under the name by which Great Expectations finds a file in a folder, and all with ids."""
    folder.mkdir(parents=True)
    for file in (PROJECT / SUITES / use_case).glob("*.json"):
        name = f"{use_case}.{file.stem}"
        suite = {"id": _id(name), **read_suite(file), "name": name}
        checks = [{"id": _id(f"{name}.{place}"), **check} for place, check in enumerate(suite["expectations"])]
        chosen = checks if needed is None else choose(checks, needed.get(file.stem, ()))
        (folder / file.name).write_text(json.dumps(suite | {"expectations": chosen}), encoding="utf-8")


def _id(name: str) -> str:
    """Return an id for what a person wrote without one, the same every time; failures are told apart by it."""
    return str(uuid5(NAMESPACE_URL, name))


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
