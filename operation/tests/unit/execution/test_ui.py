"""`invoke ui` refuses what it cannot serve, before it starts a server."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution import ui
from operation.tests.parcels import load


@pytest.mark.parametrize("port", [-1, 0, 65536, 99999999])
def test_a_port_that_cannot_be_is_refused_by_name(port: int, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=f"^--port must be from 1 to 65535, not {port}\\.$"):
        ui.serve(load(settings=[f"backend.outputs={tmp_path}"]), port)


@pytest.mark.parametrize("port", [1, 65535])
def test_any_other_port_is_accepted(port: int, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="There is no run to show yet"):
        ui.serve(load(settings=[f"backend.outputs={tmp_path}"]), port)
