"""What the generated tests share: the data of the use case that a file names in USE_CASE, as the chain makes them."""

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gx_duckdb import Resources, open_rows

from operation.errors import OperationError
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import Configuration
from operation.execution.tables.snapshot import bring
from operation.execution.tables.sources import find_source
from operation.execution.training import pipeline
from operation.execution.validation.checkpoints import open_project
from operation.execution.validation.failures import count_unchecked
from operation.tests.use_cases.broken import Expectation

ROWS = 5000  # of a table are broken: more take longer and show no more
FindFailed = Callable[[pd.DataFrame, Sequence[Expectation]], set[str]]


@dataclass(frozen=True)
class Data:
    """The files of each raw table, and of the prepared rows as "features"; `prepared` is the folder of the parts."""

    files: dict[str, list[Path]]
    prepared: Path

    def frame(self, table: str) -> pd.DataFrame:
        """The first rows of a table."""
        whole = pa.concat_tables(pq.read_table(file) for file in self.files[table])
        return whole.slice(0, ROWS).to_pandas()


@pytest.fixture(scope="module")
def configuration(request: pytest.FixtureRequest) -> Configuration:
    return load(use_case=request.module.USE_CASE)


@pytest.fixture(scope="module")
def data(configuration: Configuration, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Data:
    """The raw tables and the prepared rows; without the source, as on another machine, the tests are skipped."""
    given, folder = configuration.data, tmp_path_factory.mktemp(configuration.use_case)
    try:
        find_source(given.source)
    except OperationError as error:
        pytest.skip(f"the data are not here: {error}")
    snapshot = bring(given.source, given.tables, given.known_defects, folder / "raw", configuration.use_case)
    step, prepared = pipeline.prepare(configuration), folder / "prepared"
    argv = step.argv({"raw": str(snapshot.folder), "prepared": str(prepared)})
    subprocess.run([sys.executable, repository / step.script, *argv], check=True)
    raw = {name: [snapshot.folder / f"{name}.parquet"] for name in given.tables}
    return Data({**raw, "features": [prepared / f"{part}.parquet" for part in ("train", "test")]}, prepared)


@pytest.fixture(scope="module")
def find_failed(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FindFailed]:
    """Check a frame, written to a file, by some expectations: returns the ids of those that it does not meet."""
    import great_expectations as gx

    folder = tmp_path_factory.mktemp("broken")
    with open_project(folder, configuration.use_case) as context:
        asset = context.data_sources.get("tables").add_dataframe_asset("broken")
        whole = asset.add_batch_definition_whole_dataframe("whole")

        def find(frame: pd.DataFrame, given: Sequence[Expectation]) -> set[str]:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / "table.parquet")
            suite = gx.ExpectationSuite("broken", expectations=[dict(each) for each in given])
            with open_rows([folder / "table.parquet"], Resources()) as rows, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Great Expectations about itself
                results = whole.get_batch({"dataframe": rows.frame}).validate(suite).results
            # A check that could not be made has found nothing.
            done = [each for each in results if not count_unchecked([each.to_json_dict()])]
            return {str(each.expectation_config.id) for each in done if not each.success}

        yield find
