"""`invoke train` refuses what it cannot do before it does anything."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.training.train import train
from operation.tests.parcels import load


def test_a_local_run_is_not_detached(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    with pytest.raises(OperationError, match=r"^--detach: the steps of a local run .* --environment dev"):
        train(load(settings=[f"backend.outputs={outputs}"]), detach=True)
    assert not outputs.exists()
