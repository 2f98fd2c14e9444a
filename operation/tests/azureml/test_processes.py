"""Real commands with `--environment dev`, as processes of their own: where they connect to, and what a kill leaves."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.azureml import datastores
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.monitoring.reference import bring_reference
from operation.execution.registration import promote, register
from operation.execution.training.champion import fetch_champion
from operation.tests.azureml.parts import QUIET, names_of
from operation.tests.integration.conftest import CHANGED
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import load_own, own_repository

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
HELD = 1.2  # seconds that the workspace holds back an answer, in which the process is killed
# Python imports this at its start. It writes down every address and every name asked for that is not this machine's.
WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = arguments[1] if event == "socket.connect" else arguments[0]
        host = host[0] if isinstance(host, tuple) else host
        if isinstance(host, bytes): host = host.decode()
        if isinstance(host, str) and not host.startswith(("127.", "/", "localhost", "::1", "0.0.0.0", chr(0))):
            with open(os.environ["STRAYED"], "a") as file:
                print(event, host, file=file)

sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of processes that are watched; STRAYED is the file."""
    folder = tmp_path_factory.mktemp("watch")
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    (folder / "strayed.txt").touch()
    return {"PYTHONPATH": str(folder), "STRAYED": str(folder / "strayed.txt"), "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def settings(
    offline: OfflineWorkspace, workspace: "Workspace", sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    folders = [f"data.source={sample}", f"backend.outputs={tmp_path_factory.mktemp('outputs')}"]
    others = [f"backend.cache={offline.folder / 'cache'}", "monitoring.reference=with_model"]
    return [*names_of(offline), *folders, *others, *CHANGED]


def command(verb: str, settings: Sequence[str]) -> list[str]:
    sets = [word for setting in settings for word in ("--set", setting)]
    return [sys.executable, "-m", "invoke", verb, "--environment", "dev", *sets]


@pytest.fixture(scope="module")
def trained(settings: list[str], watched: dict[str, str]) -> list[str]:
    """The settings under which a model has been trained."""
    words = command("train", [*settings, "model=trained-in-dev"])
    done = subprocess.run(
        words, cwd=own_repository(), env=os.environ | watched, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "trained-in-dev version 1, the champion now" in done.stdout
    return settings


def strayed(watched: dict[str, str]) -> list[str]:
    return Path(watched["STRAYED"]).read_text(encoding="utf-8").splitlines()


def test_training_in_dev_connects_to_nothing_but_the_proxy_of_the_workspace(
    trained: list[str], watched: dict[str, str], offline: OfflineWorkspace
) -> None:
    assert strayed(watched) == []
    assert offline.refused() == []


def test_a_version_brings_its_reference_to_an_agent_that_keeps_nothing(trained: list[str], tmp_path: Path) -> None:
    configuration = load_own("dev", [*trained, "model=trained-in-dev", f"backend.outputs={tmp_path}"])
    backend = connect(configuration)
    champion, folders = fetch_champion(configuration, backend.registry)
    assert champion is not None
    _, reference = bring_reference(configuration, backend.runs, champion, folders["champion"])
    assert reference.rows > 1000
    assert not (configuration.outputs / "runs").exists()


def test_a_window_in_a_datastore_is_described_by_a_job_and_is_no_run_to_register(
    trained: list[str], sample: Path, workspace: "Workspace"
) -> None:
    configuration = load_own("dev", [*trained, "model=trained-in-dev"])
    assert isinstance(configuration.backend, AzureMLSettings)
    place = datastores.upload(Connection(configuration.backend), sample)
    data = f"azureml://datastores/{workspace.get_default_datastore().name}/paths/{place}"
    runs = connect(configuration).runs
    before = runs.find()
    words = [*command("monitor", [*trained, "model=trained-in-dev"]), "--data", data, "--as-job"]
    done = subprocess.run(words, cwd=own_repository(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Decision: wait\n" in done.stdout
    assert before is not None
    assert runs.find() == before


def test_a_process_that_asks_for_another_host_is_seen(watched: dict[str, str], tmp_path: Path) -> None:
    mine = watched | {"STRAYED": str(tmp_path / "strayed.txt")}
    code = "import socket\nsocket.create_connection(('stray.invalid', 443), timeout=1)"
    subprocess.run([sys.executable, "-c", code], env=os.environ | mine, capture_output=True, check=False)
    assert strayed(mine) == ["socket.getaddrinfo stray.invalid"]


def test_the_sdk_takes_the_short_pauses_that_a_connection_sets(settings: list[str]) -> None:
    code = "import sys\nfrom operation.execution.configuration.loading import load\n"
    code += "from operation.execution.backends.azureml.workspace import Connection\n"
    code += "Connection(load('dev', sys.argv[1:]).backend)\n"
    code += (
        "from azureml._restclient import clientbase\nprint(clientbase.DEFAULT_BACKOFF, clientbase.DEFAULT_503_BACKOFF)"
    )
    words = [sys.executable, "-W", "ignore", "-c", code, *settings]
    fresh = {name: value for name, value in os.environ.items() if not name.startswith("AZUREML_DEFAULT")}
    assert subprocess.check_output(words, cwd=own_repository(), env=fresh, text=True).split() == ["1", "1"]


@pytest.mark.parametrize(
    "route",
    [r"PUT /blobs/azureml", r"POST .*/assets$", r"POST .*/models$", r"PATCH .*/models/"],
    ids=["uploading", "describing", "naming", "promoting"],
)
def test_a_registration_that_is_killed_leaves_a_whole_version_or_none(
    route: str, trained: list[str], offline: OfflineWorkspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    name = f"killed-{request.node.callspec.id}"
    offline.plant(Fault(route, delay=HELD))
    environment = unmeasured() | {"PYTHONUNBUFFERED": "1"}
    words = command("register", [*trained, f"model={name}"])
    with subprocess.Popen(words, cwd=own_repository(), env=environment, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert any(line.startswith("gate") for line in process.stdout)
        time.sleep(HELD / 2)
        process.kill()
    time.sleep(HELD)  # the workspace goes on with what it was asked for
    configuration = load_own("dev", [*trained, f"model={name}"])
    backend = connect(configuration)
    left = backend.registry.versions(name)
    assert len(left) <= ("models" in route)  # before the workspace was asked to name it, there is none
    if left:
        with pytest.raises(OperationError, match="is registered already"):
            register.register_run(configuration, left[0].run)
        promote.promote(configuration, 1)
    else:
        register.register_run(configuration, None)
    (whole,) = backend.registry.versions(name)
    assert whole.champion
    assert {"verdict", "data_sha256", "metric.roc_auc"} <= set(whole.tags)
    backend.registry.fetch(whole, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model_card.md").is_file()
    assert (tmp_path / "fetched" / "evaluation" / "metrics.json").is_file()
