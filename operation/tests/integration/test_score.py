"""`invoke score` on parcels: raw tables without an outcome become scores that labels can be joined to."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.scoring.score import Asked, score

pytestmark = pytest.mark.usefixtures("measured_processes")
KEYS = ["sent_date", "sent_at", "parcel"]


@pytest.fixture(scope="module")
def configuration(trained: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """A copy of the outputs with the champion."""
    outputs = tmp_path_factory.mktemp("scoring") / "outputs"
    shutil.copytree(trained.common_outputs, outputs, symlinks=True)
    backend = trained.backend.model_copy(update={"outputs": str(outputs)})
    return trained.model_copy(update={"backend": backend})


@pytest.fixture(scope="module")
def unlabelled(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last two weeks before any of their parcels has arrived: without the columns of the outcome."""
    folder = Path(shutil.copytree(sample, tmp_path_factory.mktemp("unlabelled") / "raw"))
    parcels = pq.read_table(folder / "parcels.parquet")
    december = pa.compute.greater_equal(
        parcels["sent_at"], pa.scalar(1_387_324_800_000_000, pa.int64()).cast(parcels.schema.field("sent_at").type)
    )
    pq.write_table(parcels.filter(december).drop_columns(["hours"]), folder / "parcels.parquet")
    return folder


@pytest.fixture(scope="module")
def scores(configuration: Configuration, unlabelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("scores") / "out"
    score(configuration, Asked(str(unlabelled), str(output)))
    return output


def test_every_parcel_has_a_score_of_the_champion_under_its_key(scores: Path, unlabelled: Path) -> None:
    manifest, parcels = read_json(scores / "manifest.json"), pq.read_table(unlabelled / "parcels.parquet")
    table = pq.read_table(scores / "part-00000.parquet")
    assert (manifest["rows"], manifest["rejected"], manifest["model_version"]) == (len(parcels), 0, "1")
    assert table.column_names == [*KEYS, "probability", "model_version"]
    assert parcels.join(table, KEYS[1:], join_type="inner").num_rows == len(parcels)


def test_the_same_command_again_does_nothing_anew(
    configuration: Configuration, unlabelled: Path, scores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in scores.glob("part-*")}
    score(configuration, Asked(str(unlabelled), str(scores)))
    assert {path.name: path.stat().st_mtime_ns for path in scores.glob("part-*")} == before
    assert "validate-raw       reused" in capsys.readouterr().out


def test_prepared_rows_are_scored_as_they_are(configuration: Configuration, scores: Path, tmp_path: Path) -> None:
    prepared = next((configuration.outputs / "runs").glob("*/prepared/rows.parquet"))
    score(configuration, Asked(str(prepared), str(tmp_path / "out"), version=1, processes=1))
    columns = [*KEYS, "probability"]
    again, first = (pq.read_table(each / "part-00000.parquet", columns=columns) for each in (tmp_path / "out", scores))
    assert again.equals(first)


def test_an_output_among_prepared_rows_is_refused_whatever_their_kind(
    configuration: Configuration, scores: Path, tmp_path: Path
) -> None:
    prepared = next((configuration.outputs / "runs").glob("*/prepared/rows.parquet"))
    pa.csv.write_csv(pq.read_table(prepared).slice(0, 9), tmp_path / "rows.csv")
    with pytest.raises(OperationError, match="lies in --data"):
        score(configuration, Asked(str(tmp_path), str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked("", "out"), r"needs --data PATH \(what to score\) and --output FOLDER"),
        (Asked("x", "out", version=9), r"parcel-delays has no version 9. There is: 1\."),
        (Asked("x", "out", processes=-1), r"--version and --processes must be whole numbers above 0"),
        (Asked("x", "out", engine="dask"), r"--engine must be local or spark, not 'dask'"),
        (Asked("x", "out", engine="spark"), r"--engine spark needs PySpark: python -m pip install --require-hashes"),
        (Asked("/nowhere", "out"), r"--data /nowhere: there is no such file or folder"),
    ],
    ids=["no data", "no version", "processes", "engine", "no spark", "no file"],
)
def test_a_wrong_question_is_one_line(configuration: Configuration, asked: Asked, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        score(configuration, asked)


def test_a_table_without_a_needed_column_is_named_before_it_is_checked(
    configuration: Configuration, unlabelled: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(unlabelled, tmp_path / "raw"))
    parcels = pq.read_table(data / "parcels.parquet").drop_columns(["town"])
    pq.write_table(parcels, data / "parcels.parquet")
    with pytest.raises(OperationError, match=r"The table parcels of .* lacks the column town, which scoring needs"):
        score(configuration, Asked(str(data), str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()
