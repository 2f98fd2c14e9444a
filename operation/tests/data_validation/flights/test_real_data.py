"""The real data pass, the known wind by its rule only, and a run leaves nothing but reports."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from gx_duckdb import Resources

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.tables.snapshot import Snapshot
from operation.execution.validation.checkpoints import PROJECT, validate_files
from operation.execution.validation.record import Validation
from operation.execution.validation.validate import validate_source
from operation.tests.data_validation.flights.conftest import SHARES


def validate(frames: Mapping[str, pd.DataFrame], folder: Path, share: float = 1.0) -> Validation:
    """Validate the frames as files; the reports go into the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: [folder / f"{name}.parquet"] for name in frames}
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return validate_files(files, folder, Resources(), "flights", share)


def test_all_of_the_data_pass(snapshot: Snapshot, prepared: Path, tmp_path: Path) -> None:
    raw = {name: [snapshot.folder / f"{name}.parquet"] for name in ("flights", "weather")}
    features = [prepared / f"{part}.parquet" for part in ("train", "test")]
    validation = validate_files({**raw, "features": features}, tmp_path, Resources(), "flights")
    assert validation.failures == ()
    assert validation.checks > 150


def test_a_month_of_flights_passes(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    assert validate({name: samples[name] for name in ("flights", "weather")}, tmp_path).failures == ()


def test_a_share_of_the_features_passes_as_such_alone(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    features = {"features": samples["features"]}
    assert validate(features, tmp_path, SHARES["features"]).failures == ()
    (failure,) = validate(features, tmp_path).failures
    assert (failure.expectation, failure.expected) == ("expect_table_row_count_to_be_between", "at least 20000")


def test_the_wind_of_1048_mph_is_found_without_its_rule(configuration: Configuration, tmp_path: Path) -> None:
    validation = validate_source(configuration.data.source, ["weather"], [], tmp_path, "flights")
    (failure,) = validation.failures
    assert (failure.column, failure.values, failure.rows) == ("wind_speed", ("1048.36058",), (1009,))


def test_the_wind_of_1048_mph_is_corrected_by_its_rule(configuration: Configuration, tmp_path: Path) -> None:
    data = configuration.data
    assert validate_source(data.source, ["weather"], data.known_defects, tmp_path, "flights").success


def test_data_docs_show_the_last_result_of_each_table(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    weather = samples["weather"]
    validate({"weather": weather}, tmp_path)
    validation = validate({"weather": weather.assign(temp=1000.0)}, tmp_path)
    (page,) = (tmp_path / "data_docs" / "validations" / "flights" / "weather").rglob("*.html")
    assert "1000" in page.read_text(encoding="utf-8")
    assert validation.data_docs == tmp_path / "data_docs" / "index.html"
    assert page.relative_to(validation.data_docs.parent).as_posix() in validation.data_docs.read_text(encoding="utf-8")


def test_the_committed_project_is_not_changed(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    before = hash_project()
    validate({"weather": samples["weather"]}, tmp_path)
    assert hash_project() == before


def hash_project() -> dict[Path, str]:
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in PROJECT.rglob("*") if file.is_file()}


def test_a_table_without_a_checkpoint_is_an_error(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"No suite is for the table 'planes'.*features, flights, weather"):
        validate({"planes": samples["weather"]}, tmp_path)


def test_a_reports_folder_that_cannot_be_written_is_an_error(snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OperationError, match=r"Cannot write the reports to .*file.*choose another folder"):
        validate_files(
            {"weather": [snapshot.folder / "weather.parquet"]}, tmp_path / "file" / "reports", Resources(), "flights"
        )
