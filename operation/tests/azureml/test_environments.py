"""The environments of remote machines hold all that runs there: the offline workspace builds them and uses them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from azureml_offline import OfflineWorkspace, running

from operation.execution.backends import connect
from operation.execution.backends.azureml import compute
from operation.execution.configuration.sections import ROOT
from operation.execution.training import pipeline
from operation.execution.values import Run
from operation.housekeeping.pins import ENVIRONMENT_C, OLDEST_PYTHON
from operation.tests.azureml.parts import QUIET, configured, connected, execute

pytestmark = [
    QUIET,
    pytest.mark.slow,
    pytest.mark.skipif(
        f"{sys.version_info.major}.{sys.version_info.minor}" != OLDEST_PYTHON,
        reason=f"the environments are of Python {OLDEST_PYTHON}, and the machine may not have that one",
    ),
]
SCORES = "import json, sys\nimport azureml_inference_server_http\nimport score\nscore.init()\n"
SCORES += "print(json.dumps(score.run(sys.argv[1])))"


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """Set the environment variables to these and no others for the block."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def start(machine: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfflineWorkspace]:
    """A workspace that builds what jobs ask for, from the package index; connections lead to it during these tests."""
    with ExitStack() as stack:
        with variables(machine):
            workspace = stack.enter_context(running(tmp_path_factory.mktemp("start")))
        stack.enter_context(variables({**machine, **workspace.environment}))
        yield workspace


@pytest.fixture(scope="module")
def trained(start: OfflineWorkspace, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The core scripts on the sample, as one job; what validates is not what runs there."""
    configuration = configured(start, f"backend.outputs={tmp_path_factory.mktemp('outputs')}")
    compute.ensure(connected(start))
    backend = connect(configuration)
    steps = [pipeline.prepare(configuration), pipeline.train(configuration), pipeline.evaluate(configuration, False)]
    return execute(backend.runs, backend.runs.submit(steps, {"raw": sample}))[0]


def packages(python: Path) -> set[str]:
    """List what is installed for that interpreter."""
    listed = [sys.executable, "-m", "uv", "pip", "list", "--format", "json", "--python", str(python)]
    return {each["name"] for each in json.loads(subprocess.check_output(listed))}


def build(specification: Mapping[str, Any], folder: Path) -> Path:
    """The interpreter of a new environment in the folder, with what the specification names for pip."""
    (requirements,) = (each["pip"] for each in specification["dependencies"] if isinstance(each, dict))
    uv, python = [sys.executable, "-m", "uv"], folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--python", OLDEST_PYTHON, str(folder)], check=True)
    subprocess.run([*uv, "pip", "install", "--python", str(python), *requirements], check=True)
    return python


def test_the_whole_chain_runs_in_the_environment_of_train_yml_alone(start: OfflineWorkspace, trained: Run) -> None:
    assert (trained.status, trained.failure) == ("completed", "")
    assert (trained.folder / "evaluation" / "metrics.json").is_file()
    (built,) = (start.folder / "environments").iterdir()
    installed = packages(built / "bin" / "python")
    assert {"azureml-core", "lightgbm"} < installed
    assert not installed & {"pandas", "mlflow", "pytest"}  # which this interpreter has


def test_the_model_is_served_in_the_environment_of_score_yml_alone(
    trained: Run, machine: dict[str, str], tmp_path: Path
) -> None:
    specification = yaml.safe_load((ROOT / ENVIRONMENT_C).read_text(encoding="utf-8"))
    with variables(machine):
        python = build(specification, tmp_path / "environment")
    features = json.loads((trained.folder / "model" / "features.json").read_text(encoding="utf-8"))["features"]
    request = json.dumps({"data": [{feature["name"]: None for feature in features}]})
    with variables(machine | {"AZUREML_MODEL_DIR": str(trained.folder / "model")}):
        answer = subprocess.check_output([python, "-c", SCORES, request], cwd=ROOT / "src")
    (probability,) = json.loads(answer.splitlines()[-1])["probabilities"]
    assert 0 < probability < 1
    assert not packages(python) & {"lightgbm", "azureml-core"}  # which only training needs
