"""`invoke train --deploy`: what it refuses before minutes of training, and what it would do."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.deployment.deploy import train_and_deploy
from operation.tests.parcels import load


def test_a_training_that_goes_on_elsewhere_cannot_be_deployed(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="--deploy waits for the model, and --detach does not"):
        train_and_deploy(load(settings=[f"backend.outputs={tmp_path}"]), False, True, False, False)


def test_what_stops_a_deployment_stops_the_training_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARCELS_KEY", raising=False)
    configuration = load(settings=[f"backend.outputs={tmp_path}", "serving.key=PARCELS_KEY"])
    with pytest.raises(OperationError, match="PARCELS_KEY"):
        train_and_deploy(configuration, False, False, False, False)
    assert not [*tmp_path.rglob("runs")]


def test_the_plan_ends_with_the_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train_and_deploy(load(settings=[f"backend.outputs={tmp_path}"]), True, False, False, False)
    assert capsys.readouterr().out.splitlines()[-1] == "deploy       the champion, as the service parcel-delays"
