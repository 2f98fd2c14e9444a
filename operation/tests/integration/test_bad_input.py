"""Whatever is wrong, the user gets one clear message and exit code 1, and the registry stays as it was."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

from operation.execution.backends import connect
from operation.execution.outputs import MARKER
from operation.tests.integration.conftest import Invoke, command, configured
from operation.tests.parcels import own_repository


def no_model(outputs: Path) -> bool:
    return connect(configured(Path("nowhere"), outputs)).registry.versions("parcel-delays") == []


def in_minutes(parcels: pyarrow.Table) -> pyarrow.Table:
    place = parcels.column_names.index("hours")
    return parcels.set_column(place, "hours", pyarrow.compute.multiply(parcels["hours"], 60.0))


def without_courier(parcels: pyarrow.Table) -> pyarrow.Table:
    return parcels.drop_columns("courier")


@pytest.mark.parametrize(
    ("corrupt", "column", "verb"),
    [
        pytest.param(in_minutes, "hours", "train", id="hours-in-minutes"),
        pytest.param(without_courier, "courier", "validate", id="missing-column"),
    ],
)
def test_bad_data_never_yield_a_model(
    invoke: Invoke,
    sample: Path,
    tmp_path: Path,
    corrupt: Callable[[pyarrow.Table], pyarrow.Table],
    column: str,
    verb: str,
) -> None:
    shutil.copytree(sample, tmp_path / "bad")
    parcels = corrupt(pyarrow.parquet.read_table(sample / "parcels.parquet"))
    pyarrow.parquet.write_table(parcels, tmp_path / "bad" / "parcels.parquet")
    result = invoke(verb, tmp_path / "outputs", sets=[f"data.source={tmp_path / 'bad'}"])
    assert result.returncode == 1
    assert f" {column} " in result.stdout
    assert "The data do not meet" in result.stderr
    assert no_model(tmp_path / "outputs")


def test_the_table_of_the_checks_is_shown_although_preparation_failed_at_once(
    invoke: Invoke, sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample, tmp_path / "bad")
    parcels = pyarrow.parquet.read_table(sample / "parcels.parquet").drop_columns(["hours"])
    pyarrow.parquet.write_table(parcels, tmp_path / "bad" / "parcels.parquet")
    result = invoke("train", tmp_path / "outputs", sets=[f"data.source={tmp_path / 'bad'}"])
    assert result.returncode == 1
    assert [line.split()[:2] for line in result.stdout.splitlines()[2:4]] == [
        ["prepare", "failed"],
        ["validate-raw", "failed"],
    ]
    assert "expect_table_columns_to_match_set   hours" in result.stdout
    assert "The data do not meet" in result.stderr
    assert "Step prepare failed with exit code 1:" in result.stderr


def test_bad_prepared_data_never_yield_a_model_not_even_when_asked_again(
    invoke: Invoke, reused: str, tmp_path: Path
) -> None:
    result = invoke("train", tmp_path, sets=[reused, "preparation.overdue_after_hours=30"])
    assert result.returncode == 1
    assert "expect_column_mean_to_be_between" in result.stdout
    (run,) = (path.name for path in (tmp_path / "parcels" / "runs").iterdir())
    again = invoke("register", tmp_path, "--run", run)
    assert again.returncode == 1
    assert f"Run {run} did not complete: it is failed" in again.stderr
    assert no_model(tmp_path)


def test_a_truncated_file_is_named_beside_what_else_is_wrong(invoke: Invoke, sample: Path, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as short:  # a longer path folds the words in the table
        bad = Path(shutil.copytree(sample, Path(short, "bad")))
        (bad / "weather.parquet").write_bytes((sample / "weather.parquet").read_bytes()[:1000])
        result = invoke("validate", tmp_path / "outputs", "--data", str(bad))
    assert result.returncode == 1
    assert "readable" in result.stdout
    assert "is not a whole parquet file" in " ".join(result.stdout.split())
    page = tmp_path / "outputs" / "parcels" / "reports" / "data_docs" / "index.html"  # where a long path is not folded
    assert "bad/weather.parquet is not a whole parquet file" in page.read_text(encoding="utf-8")


def test_good_data_pass(invoke: Invoke, sample: Path, tmp_path: Path) -> None:
    result = invoke("validate", tmp_path, "--data", str(sample))
    assert (result.returncode, result.stderr) == (0, "")
    assert "0 failed" in result.stdout


def test_warnings_are_printed_and_kept_in_the_model_card(invoke: Invoke, sample: Path, tmp_path: Path) -> None:
    shutil.copytree(sample, tmp_path / "news")
    parcels = pandas.read_parquet(sample / "parcels.parquet")
    couriers = parcels["courier"].where(parcels.index % 1000 != 0, "Dog")
    parcels.assign(courier=couriers, loaded_at=0).to_parquet(tmp_path / "news" / "parcels.parquet")
    result = invoke("train", tmp_path / "outputs", sets=[f"data.source={tmp_path / 'news'}"])
    assert result.returncode == 0, result.stderr
    (card,) = (tmp_path / "outputs" / "parcels" / "runs").glob("*/package/model_card.md")
    for text in (result.stdout, card.read_text(encoding="utf-8")):
        assert "warning: parcels: expect_table_columns_to_match_set loaded_at: unexpected" in text
        assert "warning: parcels: expect_column_values_to_be_in_set courier: 8 of " in text


def test_a_model_under_the_floor_is_refused_and_not_registered(invoke: Invoke, reused: str, tmp_path: Path) -> None:
    result = invoke("train", tmp_path, sets=[reused, "gate.at_least.roc_auc=0.9", "training.trees=2"])
    assert result.returncode == 1
    assert "The gate refused the model" in result.stderr
    assert "is below 0.9" in result.stderr
    assert no_model(tmp_path)


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        pytest.param(["training.tres=3"], "unknown key training.tres. Did you mean training.trees?", id="unknown-key"),
        pytest.param(["data.source=no_such_package"], "no_such_package", id="unknown-source"),
        pytest.param(["data.source=/no/such/folder"], "/no/such/folder", id="missing-folder"),
    ],
)
def test_bad_configuration_is_one_message(invoke: Invoke, tmp_path: Path, sets: list[str], message: str) -> None:
    result = invoke("train", tmp_path / "outputs", sets=sets)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "outputs" / "parcels" / "runs").exists()


def test_an_unknown_environment_lists_the_choices(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("train", tmp_path, "--environment", "stage")
    assert result.returncode == 1
    assert "Choose one of: dev, emulator, local, prd." in result.stderr


def test_a_missing_table_lists_what_is_there(invoke: Invoke, sample: Path, tmp_path: Path) -> None:
    shutil.copytree(sample, tmp_path / "bad")
    (tmp_path / "bad" / "weather.parquet").unlink()
    result = invoke("train", tmp_path / "outputs", sets=[f"data.source={tmp_path / 'bad'}"])
    assert result.returncode == 1
    assert "weather" in result.stderr
    assert "parcels.parquet" in result.stderr


def test_outputs_that_cannot_be_written_are_named(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("train", tmp_path / "file" / "outputs")
    assert result.returncode == 1
    assert f"Cannot write to the outputs folder {tmp_path / 'file' / 'outputs' / 'parcels'}" in result.stderr


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can mount a small disk")
def test_a_full_disk_is_named_before_anything_is_written(invoke: Invoke, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", disk], check=False)  # noqa: S607
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        result = invoke("train", disk)
        assert result.returncode == 1
        assert "MB free, and a run needs up to" in result.stderr
        assert {path.name for path in disk.rglob("*")} == {"parcels", ".lock", MARKER}
    finally:
        subprocess.run(["umount", disk], check=True)  # noqa: S607


@pytest.mark.parametrize("content", [b"no database at all" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_database_is_named_before_any_work(invoke: Invoke, tmp_path: Path, content: bytes) -> None:
    database = tmp_path / "parcels" / "mlflow" / "mlflow.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(content)
    result = invoke("train", tmp_path)
    assert result.returncode == 1
    assert f"The MLflow database {database} is damaged" in result.stderr
    assert database.read_bytes() == content
    assert not (tmp_path / "parcels" / "runs").exists()


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("promote", ("--version", "9"), "There is no version of parcel-delays yet. Make the first: "),
        ("register", (), "There is no completed run yet: invoke train"),
        ("register", ("--run", "nowhere"), "There is no run nowhere."),
        ("evaluate", ("--run", "nowhere"), "There is no run nowhere."),
        ("ui", (), "There is no run to show yet"),
        ("train", ("--environment", "dev"), "azureml-core is not installed"),
    ],
)
def test_what_does_not_exist_is_named(
    invoke: Invoke, tmp_path: Path, verb: str, arguments: tuple[str, ...], message: str
) -> None:
    words = command(verb, [] if "dev" in arguments else [f"backend.outputs={tmp_path}"], *arguments)
    result = subprocess.run(words, cwd=own_repository(), capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
