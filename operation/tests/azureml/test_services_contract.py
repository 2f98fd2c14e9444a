"""The services of a workspace, by the contract of all backends: in container groups, and in a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import OfflineWorkspace

from operation.execution.backends.azureml import services
from operation.execution.values import Hosting, ModelVersion
from operation.tests.azureml.parts import QUIET, connected
from operation.tests.parcels import load
from operation.tests.serving.contract import *  # noqa: F403  the tests
from operation.tests.serving.contract import Offered

if TYPE_CHECKING:
    from azureml.core import Workspace

del test_answers_are_counted  # noqa: F821  Azure ML counts no answers

pytestmark = QUIET
HOSTS = {"ACI": Hosting(0.5, 1), "AKS": Hosting(0.5, 1, "aks")}
SCRIPT = """
import os
from pathlib import Path

def init():
    global version
    version = Path(os.environ["AZUREML_MODEL_DIR"]).name
    print("ready")

def run(raw):
    print("asked")
    return {"model_version": version}
"""


@pytest.fixture(scope="module")
def versions(workspace: "Workspace", tmp_path_factory: pytest.TempPathFactory) -> list[ModelVersion]:
    """Two versions of a model of one file, registered once."""
    from azureml.core import Model

    folder = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # the SDK registers nothing from elsewhere
        (folder / "model.onnx").write_text("a model", encoding="utf-8")
        made = [Model.register(workspace, "model.onnx", "offered") for _ in "ab"]
    return [ModelVersion(one.name, int(one.version), "run") for one in made]


@pytest.fixture(params=HOSTS)
def offered(
    request: pytest.FixtureRequest, offline: OfflineWorkspace, versions: list[ModelVersion], tmp_path: Path
) -> Iterator[Offered]:
    """Services of each kind, of a script that says its version and needs no packages."""
    source, environment = tmp_path / "src", tmp_path / "score.yml"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT, encoding="utf-8")
    environment.write_text("name: offered\ndependencies:\n  - python=3.11\n", encoding="utf-8")
    given, name = load(), f"offered-{request.param.lower()}"
    made = services.Services(connected(offline), source, given.serving, given.command)
    yield Offered(made, versions, environment, HOSTS[request.param], {}, name, request.param == "AKS")
    made.delete(name)
