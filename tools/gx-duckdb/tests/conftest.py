"""One context of Great Expectations for all tests, with a data source of ours and one of its own for pandas."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from gx_duckdb import Resources, open_rows

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when Great Expectations is imported

Check = Callable[..., dict[str, Any]]
SUMMARY = {"result_format": "SUMMARY", "partial_unexpected_count": 5}


@pytest.fixture(scope="session")
def definitions() -> "dict[str, BatchDefinition]":
    """How to make a batch of a frame, by the type of the data source."""
    with warnings.catch_warnings():  # about Great Expectations' own internals, here as below
        warnings.simplefilter("ignore")
        import great_expectations
        from gx_duckdb import DuckDBDatasource

        context = great_expectations.get_context(mode="ephemeral")
        made = {
            "duckdb": context.add_datasource(datasource=DuckDBDatasource(name="ours")),
            "pandas": context.data_sources.add_pandas("theirs"),
        }
    return {
        kind: source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")
        for kind, source in made.items()
    }


@pytest.fixture
def check(definitions: "dict[str, BatchDefinition]") -> Check:
    """Check one expectation on files by the engine, or on a frame by Great Expectations' own engine."""

    def run(
        data: list[Path] | pd.DataFrame,
        kind: str,
        result_format: dict[str, Any] = SUMMARY,
        resources: Resources | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        import great_expectations.expectations as gxe
        import gx_duckdb

        known = gx_duckdb if kind in gx_duckdb.__all__ else gxe
        expectation = getattr(known, kind)(**kwargs)
        if isinstance(data, pd.DataFrame):
            return validate("pandas", data, expectation, result_format)
        with open_rows(data, resources or Resources()) as rows:
            return validate("duckdb", rows.frame, expectation, result_format)

    def validate(source: str, frame: pd.DataFrame, expectation: Any, result_format: dict[str, Any]) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch = definitions[source].get_batch({"dataframe": frame})
            result: dict[str, Any] = batch.validate(expectation, result_format=result_format).to_json_dict()
        return {name: result[name] for name in ("success", "result", "exception_info")}

    return run


@pytest.fixture(scope="session")
def damage_column() -> Callable[[Path, int], None]:
    """Overwrite the pages of a column, given its number; what the file says of itself stays whole."""

    def damage(file: Path, column: int) -> None:
        with pq.ParquetFile(file) as parquet:
            chunk = parquet.metadata.row_group(0).column(column)
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        with file.open("r+b") as stream:
            stream.seek(start)
            stream.write(b"\xff" * chunk.total_compressed_size)

    return damage
