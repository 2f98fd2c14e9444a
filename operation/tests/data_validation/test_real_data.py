"""The real data pass, the known wind by its rule only, and a run leaves nothing but reports."""

import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import Snapshot
from operation.execution.validation import validate, validate_source
from operation.execution.validation.project import PROJECT


def to_table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def test_all_of_the_data_pass(snapshot: Snapshot, features: pa.Table, tmp_path: Path) -> None:
    tables = {name: read_table(str(snapshot.folder), name) for name in ("flights", "weather")}
    validation = validate({**tables, "features": features}, tmp_path)
    assert validation.failures == ()
    assert validation.checks > 150


def test_every_20th_flight_passes(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    assert validate({name: to_table(frame) for name, frame in samples.items()}, tmp_path).failures == ()


def test_the_wind_of_1048_mph_is_found_without_its_rule(configuration: Configuration, tmp_path: Path) -> None:
    validation = validate_source(configuration.data.source, ["weather"], [], tmp_path)
    (failure,) = validation.failures
    assert (failure.column, failure.values, failure.rows) == ("wind_speed", ("1048.36058",), (1009,))
    assert validation.corrected == ()


def test_the_wind_of_1048_mph_is_mended_by_its_rule(configuration: Configuration, tmp_path: Path) -> None:
    data = configuration.data
    validation = validate_source(data.source, ["weather"], data.known_defects, tmp_path)
    assert validation.success
    assert [defect.column for defect in validation.corrected] == ["wind_speed"]


def test_data_docs_show_the_last_result_of_each_table(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    weather = samples["weather"]
    validate({"weather": to_table(weather)}, tmp_path)
    validation = validate({"weather": to_table(weather.assign(temp=1000.0))}, tmp_path)
    (page,) = (tmp_path / "data_docs" / "validations" / "raw_weather").rglob("*.html")
    assert "1000" in page.read_text(encoding="utf-8")
    assert validation.data_docs == tmp_path / "data_docs" / "index.html"
    assert page.relative_to(validation.data_docs.parent).as_posix() in validation.data_docs.read_text(encoding="utf-8")


def test_the_committed_project_is_not_changed(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    before = hash_project()
    validate({"weather": to_table(samples["weather"])}, tmp_path)
    assert hash_project() == before


def hash_project() -> dict[Path, str]:
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in PROJECT.rglob("*") if file.is_file()}


def test_a_table_without_a_checkpoint_is_an_error(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"No checkpoint validates the table 'planes'.*features, flights, weather"):
        validate({"planes": to_table(samples["weather"])}, tmp_path)


def test_a_reports_folder_that_cannot_be_written_is_an_error(samples: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OperationError, match=r"Cannot write the reports to .*file"):
        validate({"weather": to_table(samples["weather"])}, tmp_path / "file" / "reports")
