"""Write `operation/tests/use_cases/NAME/test_NAME.py`: what must stay true, whatever a person changes afterwards."""

from string import Template

from operation.execution.new.asked import Plan

IMPORTS = (
    "from operation.execution.configuration.sections import Configuration",
    "from operation.execution.validation.checkpoints import validate_files",
    "from operation.tests.use_cases.broken import break_all, expectations, kinds",
    "from operation.tests.use_cases.conftest import Data, FindFailed",
)


FILE = Template('''"""The use case $name: its rows fit its schema, and its suites find broken data."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from gx_duckdb import Resources

$imports

USE_CASE = "$name"


def test_no_feature_is_known_only_afterwards() -> None:
    assert not set(schema.FEATURES) & {*schema.LEAKAGE, schema.TARGET}


def test_rows_are_prepared_with_an_outcome(data: Data) -> None:
    parts = [pq.read_table(file) for file in data.files["features"]]
    assert all(part.num_rows for part in parts)
    rows = pa.concat_tables(parts).to_pandas()
    assert not rows[schema.TARGET].isna().any()
$unique    assert {*schema.FEATURES, *use_case.SLICED_BY} <= {*rows.columns}


def test_the_data_meet_their_suites(data: Data, configuration: Configuration, tmp_path: Path) -> None:
    found = validate_files(data.files, tmp_path, Resources(), USE_CASE, configuration.data.share)
    assert found.errors == ()


@pytest.mark.parametrize(("table", "kind"), kinds(USE_CASE))
def test_broken_data_are_found(table: str, kind: str, data: Data, find_failed: FindFailed) -> None:
    forbidden = [each for each in expectations(USE_CASE, table) if each["type"] == kind]
    broken = break_all(data.frame(table), forbidden)
    assert find_failed(broken, forbidden) == {each["id"] for each in forbidden}
''')
UNIQUE = "    assert not rows.duplicated([*schema.KEYS]).any()\n"


def tests(plan: Plan) -> str:
    """Return the file. What it asks of each table comes from schema and suites, so it follows their changes."""
    package = f"from {plan.name} import schema, use_case"
    imports = "\n".join(sorted([package, *IMPORTS], key=lambda line: line.split()[1]))
    return FILE.substitute(name=plan.name, imports=imports, unique=UNIQUE if plan.keys else "")
