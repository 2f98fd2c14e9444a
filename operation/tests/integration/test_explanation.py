"""A version explained, compared and made again: by the real commands, on one training that all tests share."""

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from operation.execution.comparison.compare import compare
from operation.execution.configuration.sections import Configuration
from operation.execution.explanation.explain import Asked, explain
from operation.execution.json_files import read_json
from operation.tests.integration.conftest import Invoke, configured

pytestmark = pytest.mark.usefixtures("measured_processes")


@pytest.fixture(scope="module")
def outputs(invoke: Invoke, reused: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `invoke train` left, run as a process: so the version's commit is that of the repository it ran in."""
    folder = tmp_path_factory.mktemp("explained") / "outputs"
    result = invoke("train", folder, sets=[reused])
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def configuration(sample: Path, outputs: Path, reused: str) -> Configuration:
    return configured(sample, outputs, reused)


def test_raw_rows_of_one_table_are_prepared_beside_the_other_tables_and_explained(
    configuration: Configuration, sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pq.read_table(sample / "parcels.parquet").slice(7000, 3).drop_columns("hours")
    pyarrow.csv.write_csv(rows, tmp_path / "today.csv")
    folder = explain(configuration, Asked(rows=str(tmp_path / "today.csv")))
    assert {"index.html", "row-1.svg", "row-3.svg"} <= {file.name for file in folder.iterdir()}
    found = read_json(folder / "explanations.json")["rows"]
    assert [row["keys"]["parcel"] for row in found] == ["7000", "7001", "7002"]
    for row in found:
        moves = sum(each["contribution"] for each in row["contributions"])
        assert moves == pytest.approx(row["prediction"] - row["average"], abs=1e-6)
    assert "Predictions of parcel-delays version 1" in capsys.readouterr().out


def test_a_run_compared_with_itself_differs_in_nothing(
    configuration: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    (run,) = (folder.name for folder in (configuration.outputs / "runs").iterdir())
    folder = compare(configuration, run, run)
    record = read_json(folder / "comparison.json")
    assert (record["configuration"], record["data"], record["environment"]) == ([], [], [])
    assert {each["difference"] for each in record["paired"]["metrics"].values()} == {0.0}
    assert "The same commit: " in capsys.readouterr().out
    assert (folder / "index.html").is_file()


def test_a_version_is_made_again_from_its_commit_byte_for_byte(invoke: Invoke, outputs: Path) -> None:
    result = invoke("reproduce", outputs, "1")
    assert result.returncode == 0, result.stderr
    assert "parcel-delays version 1 is reproduced: the model is the same, byte for byte.\n" in result.stdout
    record = read_json(outputs / "parcels" / "reproductions" / "version-1" / "reproduction.json")
    assert all(check["same"] for check in record["checks"])
