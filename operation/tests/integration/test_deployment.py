"""The way from a trained model to an answer, by the commands that people type, and back to the version of before."""

import http.client
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.tests.integration.conftest import Invoke, configured
from operation.tests.parcels import own_repository

pytestmark = pytest.mark.usefixtures("measured_processes")

Verb = Callable[..., subprocess.CompletedProcess[str]]
SETTINGS = ("serving.port=0", "serving.watch_seconds=1", "serving.most_p99_ms=10000")

REGISTER = """
import sys
from pathlib import Path
from operation.execution.backends import connect
from operation.execution.configuration.loading import load
configuration = load(settings=[*sys.argv[2:], "model=parcel-delays"], use_case="parcels")
backend, files = connect(configuration), Path(sys.argv[1])
backend.check()
champion = backend.registry.find(configuration.model)
backend.registry.fetch(champion, files)
backend.registry.register(backend.runs.find(), configuration.model, files, champion.tags)
"""


@pytest.fixture(scope="module")
def outputs(trained: Configuration, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of outputs with two versions of the champion's files."""
    folder = Path(shutil.copytree(trained.common_outputs, tmp_path_factory.mktemp("served") / "outputs"))
    settings = [f"backend.outputs={folder}", f"data.source={sample}"]
    # In a process of its own, since MLflow remembers where the files of a run were, and they have been copied.
    subprocess.run(
        [sys.executable, "-c", REGISTER, str(folder.parent / "version"), *settings], cwd=own_repository(), check=True
    )
    yield folder
    configuration = configured(sample, folder, *SETTINGS)
    connect(configuration).services.delete(configuration.service)


@pytest.fixture
def verb(invoke: Invoke, outputs: Path) -> Verb:
    """Runs a verb, and sees it succeed."""

    def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
        done = invoke(name, outputs, *words, sets=SETTINGS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def address_in(printed: str) -> str:
    """The address that a deployment has printed."""
    found = re.search(r"curl (http://127.0.0.1:\d+/score) -d @(\S+)$", printed)
    assert found, printed
    assert answer(found[1], Path(own_repository(), found[2]).read_text())[0] == 200
    return found[1]


def answer(address: str, body: str) -> tuple[int, Any]:
    """What a client gets who asks on a connection of its own."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port or 0, timeout=30)
    connection.request("POST", "/score", body)
    found = connection.getresponse()
    status, content = found.status, json.loads(found.read())
    connection.close()
    return status, content


def test_a_trained_model_answers_is_replaced_and_comes_back(verb: Verb, outputs: Path) -> None:
    [golden] = outputs.glob("parcels/runs/*/evaluation/golden_rows.json")
    rows = read_json(golden)
    address = address_in(verb("deploy").stdout)
    status, found = answer(address, json.dumps({"data": rows["rows"]}))
    assert (status, found["model_version"]) == (200, "1")
    assert found["probabilities"] == pytest.approx(rows["scores"], abs=1e-6)

    assert "serves the champion, version 1, already" in verb("train", "--deploy").stdout
    assert "version 2: 50 %" in verb("deploy", "--version", "2", "--traffic", "50").stdout
    versions = {answer(address, json.dumps({"data": rows["rows"][:1]}))[1]["model_version"] for _ in range(4)}
    assert versions == {"1", "2"}
    assert address_in(verb("deploy", "--version", "2").stdout) == address

    start = time.monotonic()
    verb("rollback", "--reason", "a test")
    assert time.monotonic() - start < 20  # of a busy machine
    assert answer(address, json.dumps({"data": rows["rows"]}))[1]["model_version"] == "1"
    assert "a test" in verb("services", "--audit").stdout
    assert answer(address, "nonsense")[0] == 400
    verb("undeploy")
    assert "Nothing serves" in verb("services").stdout
