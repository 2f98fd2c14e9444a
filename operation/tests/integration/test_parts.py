"""The verbs that do a part of the chain, or look after the clone."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.housekeeping import sessions
from operation.tests.integration.conftest import Invoke, configured

pytestmark = pytest.mark.usefixtures("measured_processes")


def test_data_are_brought_with_their_hash_and_what_was_corrected(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("data", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "weather.parquet  8,760 rows, sha256 " in result.stdout
    assert "Corrected weather.temp 999.5" in result.stdout
    assert "(unchanged)" in invoke("data", tmp_path).stdout
    assert "(unchanged)" not in invoke("data", tmp_path, "--force").stdout


def test_prepared_data_are_a_run_of_their_own_that_has_no_model(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("prepare", tmp_path)
    assert result.returncode == 0, result.stderr
    run = connect(configured(Path("nowhere"), tmp_path)).runs.find()
    assert run is not None
    assert f"Prepared data: {run.folder / 'prepared'}" in result.stdout
    refused = invoke("register", tmp_path)
    assert refused.returncode == 1
    assert f"Run {run.id} has no model" in refused.stderr


def test_models_says_how_to_make_the_first(invoke: Invoke, tmp_path: Path) -> None:
    assert "There is no version of parcel-delays yet. Make the first: invoke train" in invoke("models", tmp_path).stdout


def test_a_failed_session_says_how_to_repeat_it() -> None:
    with pytest.raises(OperationError, match="To repeat it: nox -s no_such_session"):
        sessions.run("no_such_session")
