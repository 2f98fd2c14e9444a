"""`invoke watch` asks for a run that there is."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.training.watch import watch
from operation.tests.parcels import load


@pytest.mark.parametrize(
    ("run", "message"),
    [(None, "Which run.*invoke watch --run RUN"), ("20260101-000000-000000", "There is no run 20260101-000000-000000")],
    ids=["not named", "unknown"],
)
def test_a_run_that_is_not_there_is_no_run_to_watch(run: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=message):
        watch(load(settings=[f"backend.outputs={tmp_path}"]), run)
