"""What connecting to a backend gives, and what it must not cost."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.azureml import connect_to
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.values import Run
from operation.tests.parcels import load


@pytest.mark.parametrize("name", ["a" * 255, "a" * 256, "é" * 128, "a" * 5000, "a/" * 3000 + "b", "../a"], ids=len)
def test_a_run_of_any_name_that_is_not_there_is_not_found(name: str, tmp_path: Path) -> None:
    assert connect(load(settings=[f"backend.outputs={tmp_path}"])).runs.find(name) is None


def test_no_run_is_left_to_a_workspace_that_ends_with_the_command(tmp_path: Path) -> None:
    configuration = load("dev", [f"backend.outputs={tmp_path}"])
    assert isinstance(configuration.backend, AzureMLSettings)
    runs = connect_to(Connection(configuration.backend), configuration, stays=False).runs
    run = Run("a-run", "running", tmp_path)
    assert not runs.can_detach(run)
    with pytest.raises(OperationError, match=r"a-run ends with this command, as its workspace does.*invoke emulator$"):
        runs.detach(run)
