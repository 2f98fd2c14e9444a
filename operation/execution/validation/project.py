"""Run the Great Expectations project on tables: one context, a checkpoint for each table, Data Docs once.

Great Expectations takes seconds to import, so that is done inside functions.
"""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from operation.errors import OperationError

if TYPE_CHECKING:
    from great_expectations import Checkpoint
    from great_expectations.data_context.data_context.file_data_context import FileDataContext
    from gx_duckdb.rows import Rows
    from pandas import DataFrame

PROJECT = Path(__file__).parents[2] / "tests" / "data_validation" / "great_expectations"
DATA_DOCS = "data_docs"
RESULTS = "validation_results"


@dataclass(frozen=True)
class SuiteResult:
    """The results of one suite, each as Great Expectations' `to_json_dict` gives it, or why the table is unreadable."""

    suite: str
    results: tuple[dict[str, Any], ...] = ()
    unreadable: str | None = None


def run_checkpoints(
    tables: Mapping[str, Callable[[], AbstractContextManager["Rows"]]], reports: Path
) -> list[SuiteResult]:
    """Open every table, run its checkpoint, and write Data Docs to `reports`.

    What `reports` has of these tables from earlier runs is removed; other tables keep their last results.
    """
    with open_project(reports) as context:
        checkpoints = checkpoints_by_table(context)
        for table in tables:
            _forget(_find(checkpoints, table).name, reports)
        results = [_open_and_run(checkpoints[name], open_table) for name, open_table in tables.items()]
        context.build_data_docs()
    return results


def _open_and_run(checkpoint: "Checkpoint", open_table: Callable[[], AbstractContextManager["Rows"]]) -> SuiteResult:
    from gx_duckdb.errors import GxDuckDBError
    from gx_duckdb.files import UnreadableError

    try:
        with open_table() as rows:
            result = run_checkpoint(checkpoint, rows.frame)
            if rows.trouble:  # Great Expectations has made it the exception of every expectation
                raise rows.trouble
    except UnreadableError as error:
        return SuiteResult(checkpoint.name, unreadable=str(error))
    except GxDuckDBError as error:
        raise OperationError(str(error)) from error
    return result


def run_checkpoint(checkpoint: "Checkpoint", frame: "DataFrame") -> SuiteResult:
    """Run one checkpoint of an open project on a frame that carries rows (`Rows.frame`) or holds them itself."""
    outcome = checkpoint.run(batch_parameters={"dataframe": frame})
    results = [result for run in outcome.run_results.values() for result in run.results]
    return SuiteResult(checkpoint.name, tuple(result.to_json_dict() for result in results))


def checkpoints_by_table(context: "FileDataContext") -> dict[str, "Checkpoint"]:
    """The project itself says which checkpoint is for which table: by the data asset it validates."""
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
    """Open a temporary copy of the project that writes to `reports`: the committed one must not change."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read on import
    with _quiet(), tempfile.TemporaryDirectory() as temporary:
        import great_expectations
        from gx_duckdb.engine import DuckDBDatasource

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
    """Keep warnings and log lines about Great Expectations' own internals from the user."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
