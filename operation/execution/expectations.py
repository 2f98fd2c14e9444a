"""Run the Great Expectations project on loaded tables: one context, a checkpoint for each table, Data Docs once.

Great Expectations takes 5 to 9 seconds to import, so that is done inside functions.
"""

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import yaml

from operation.errors import OperationError

if TYPE_CHECKING:
    from great_expectations import Checkpoint
    from great_expectations.data_context.data_context.file_data_context import FileDataContext
    from pandas import DataFrame

PROJECT = Path(__file__).parents[1] / "tests" / "data_validation" / "great_expectations"
DATA_DOCS = "data_docs"
RESULTS = "validation_results"


@dataclass(frozen=True)
class SuiteResult:
    """The results of one suite, each as Great Expectations' `to_json_dict` gives it."""

    suite: str
    results: tuple[dict[str, Any], ...]


def run_checkpoints(
    tables: Mapping[str, "DataFrame | pa.Table"], replaced: Iterable[str], reports: Path
) -> list[SuiteResult]:
    """Run the checkpoint of every table and write Data Docs to `reports`.

    What `reports` has of the tables `replaced`, from earlier runs, is removed; other tables keep their last results.
    """
    with open_project(reports) as context:
        checkpoints = checkpoints_by_table(context)
        for table in replaced:
            _forget(_find(checkpoints, table).name, reports)
        results = [run_checkpoint(_find(checkpoints, name), table) for name, table in tables.items()]
        context.build_data_docs()
    return results


def run_checkpoint(checkpoint: "Checkpoint", table: "DataFrame | pa.Table") -> SuiteResult:
    """Run one checkpoint of an open project."""
    frame = _to_pandas(table) if isinstance(table, pa.Table) else table
    outcome = checkpoint.run(batch_parameters={"dataframe": frame})
    results = [result for run in outcome.run_results.values() for result in run.results]
    return SuiteResult(checkpoint.name, tuple(result.to_json_dict() for result in results))


def _to_pandas(table: pa.Table) -> "DataFrame":
    """Dates become midnight UTC: pandas would keep them as Python objects, to be compared one by one."""
    midnight = pa.timestamp("us", tz="UTC")
    fields = [field.with_type(midnight) if pa.types.is_date(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields)).to_pandas()


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

        copy = Path(shutil.copytree(PROJECT, Path(temporary) / PROJECT.name))
        settings = copy / "great_expectations.yml"
        project = yaml.safe_load(settings.read_text(encoding="utf-8"))
        stores, sites = project["stores"], project["data_docs_sites"]
        stores["validation_results_store"]["store_backend"]["base_directory"] = str((reports / RESULTS).resolve())
        sites["local_site"]["store_backend"]["base_directory"] = str((reports / DATA_DOCS).resolve())
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
