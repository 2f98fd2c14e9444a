"""`invoke deploy` in a workspace: the whole path of a version, with the project's own script."""

import shutil
from pathlib import Path

import pytest
from azureml_offline import OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.deployment.deploy import deploy
from operation.execution.file_hashes import sign
from operation.execution.json_files import write_json
from operation.tests.azureml.parts import QUIET, configured
from operation.tests.azureml.test_backend_services import model_of_one_feature

pytestmark = [QUIET, pytest.mark.slow]
SCORES = {0: 0.5, 100: 1.0}


def test_what_was_evaluated_serves_and_what_scores_otherwise_does_not(
    offline: OfflineWorkspace, tmp_path: Path
) -> None:
    settings = ("model=deployed", "serving.most_p99_ms=10000", f"backend.outputs={tmp_path / 'outputs'}")
    configuration = configured(offline, *settings)
    backend, model = connect(configuration), model_of_one_feature(tmp_path / "model")
    for place, changed in enumerate((0.0, 0.1)):
        files = shutil.copytree(model, tmp_path / f"files-{place}")
        rows = {"rows": [{"distance": each} for each in SCORES], "scores": [one - changed for one in SCORES.values()]}
        write_json(files / "golden_rows.json", rows)
        backend.registry.receive(f"run-{place}", "deployed", files, sign(files))
    service = deploy(configuration, 1)
    assert (dict(service.traffic), service.state) == ({1: 100}, "ready")
    with pytest.raises(OperationError, match="version 2 was not deployed"):
        deploy(configuration, 2)
    assert backend.services.find("deployed") == service
    backend.services.delete("deployed")
