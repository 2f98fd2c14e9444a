"""Deployments that fail: whatever goes wrong, and wherever, the old version serves on, and the reason is one line."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.services.services import Services
from operation.execution.backends.local.services.state import State, abandoned
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment import audit, deploy, path
from operation.execution.values import ModelVersion
from operation.tests.integration.serving.conftest import Place
from operation.tests.serving.registry import ROWS, Registry

WRONG = {"rows": ROWS, "scores": [0.9, 0.1]}
CLIENT = {"data": [{"a": -1.0}]}
pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture
def serving(shared: Place, connected: None) -> Configuration:
    """Version 1 is the champion and serves, and no other does."""
    configuration, registry = shared.configured(), shared.registry
    found = shared.services.find(configuration.service)
    if not found or dict(found.traffic) != {1: 100} or found.state != "ready":
        shared.end()
        _ = registry.versions("") or registry.add(champion=True)
        deploy.deploy(configuration)
    return configuration


def serves(services: Services, configuration: Configuration) -> dict[int, int]:
    """Who serves and takes what, after a question that somebody must answer."""
    found = services.find(configuration.service)
    assert found is not None
    assert services.score(configuration.service, CLIENT)["probabilities"]
    return dict(found.traffic)


def processes(folder: Path) -> list[int]:
    """The versions' processes that were started in the folder of services."""
    return [json.loads(file.read_text())["pid"] for file in folder.rglob("process.json")]


def _corrupt(registry: Registry, model: ModelVersion) -> None:
    (registry.folder_of(model.version) / "behaviour.json").write_text('{"factor": 0.9}')


def _half(registry: Registry, model: ModelVersion) -> None:
    (registry.folder_of(model.version) / "behaviour.json").unlink()


@pytest.mark.parametrize(
    ("behaviour", "harm", "words"),
    [
        pytest.param({}, _corrupt, r"behaviour.json is damaged", id="a-corrupt-file"),
        pytest.param({}, _half, r"behaviour.json is missing", id="a-half-copied-model"),
        pytest.param({"signed": False}, None, r"registered without hashes", id="no-hashes"),
        pytest.param({"golden": {}}, None, r"has no golden_rows.json", id="no-golden-rows"),
        pytest.param({"fails_to_verify": True}, None, r"golden row 0 scores 0.1", id="wrong-scores-here"),
        pytest.param(
            {"golden": {"rows": ROWS, "scores": [0.9, 0.1]}},
            None,
            r"golden row 0 scores 0.5, and 0.9",
            id="wrong-there",
        ),
        pytest.param({"version": "7"}, None, r"says that it is version 7", id="another-version-answers"),
        pytest.param({"crashes": True}, None, r"ended at its start. Its log ends:\n  line 1\n  no model", id="crash"),
    ],
)
def test_a_version_that_is_not_what_was_registered_never_takes_traffic(
    serving: Configuration,
    services: Services,
    registry: Registry,
    behaviour: dict[str, Any],
    harm: Callable[[Registry, ModelVersion], None] | None,
    words: str,
) -> None:
    model = registry.add(**behaviour)
    if harm:
        harm(registry, model)
    with pytest.raises(OperationError, match=words) as raised:
        deploy.deploy(serving, model.version)
    assert str(raised.value).splitlines()[-1] == "parcel-delays serves version 1: 100 %."
    assert serves(services, serving) == {1: 100}
    assert len(processes(serving.outputs / "services")) == 1
    entry = [*audit.entries(serving)][-1]
    assert entry.outcome == "failed"
    assert re.search(words.replace(r"\n  line 1\n ", ""), entry.reason)  # of a log, its last line


def test_a_version_that_never_gets_ready_is_given_up(
    shared: Place, serving: Configuration, services: Services, registry: Registry
) -> None:
    model = registry.add(never_ready=True)
    with pytest.raises(OperationError, match=r"Version \d+ was not ready after 0.5 s"):
        deploy.deploy(shared.configured("serving.start_seconds=0.5"), model.version)
    assert serves(services, serving) == {1: 100}
    assert len(processes(serving.outputs / "services")) == 1


class Clients:
    """Somebody who asks all the time, and keeps every answer."""

    def __init__(self, services: Services, name: str) -> None:
        self.answers: list[str] = []
        self._services, self._name, self._ended = services, name, threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._ended.is_set():
            try:
                self.answers.append(str(self._services.score(self._name, CLIENT)["model_version"]))
            except OperationError as error:
                self.answers.append(str(error))

    def __enter__(self) -> "Clients":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        pytest.param({"fails": True}, r"of \d+ requests failed, more than serving.most_errors", id="errors"),
        pytest.param({"crashes_after": 0}, r"requests failed|does not answer", id="a-crash"),
        pytest.param({"slow_seconds": 2}, r"its slowest 1 % take \d+ ms, more than", id="slow"),
    ],
)
def test_a_version_that_fails_with_traffic_is_taken_back(
    shared: Place, serving: Configuration, services: Services, registry: Registry, behaviour: object, words: str
) -> None:
    assert isinstance(behaviour, dict)
    model = registry.add(**behaviour)
    watched = shared.configured("serving.watch_seconds=10", "serving.most_p99_ms=1500")
    with Clients(services, serving.service) as clients, pytest.raises(OperationError, match=words):
        deploy.deploy(watched, model.version, share=50)
    assert serves(services, serving) == {1: 100}
    assert "1" in clients.answers
    assert [*audit.entries(serving)][-1].outcome == "failed"


def test_nothing_can_be_deployed_without_a_champion(place: Place) -> None:
    with pytest.raises(
        OperationError, match=r"^There is no version of parcel-delays yet\. Make the first: invoke train$"
    ):
        deploy.deploy(place.configured())
    place.registry.add()
    with pytest.raises(OperationError, match=r"--version N \(there is: 1\), or make one the champion: invoke promote"):
        deploy.deploy(place.configured())


def test_a_version_that_is_not_there_is_named(serving: Configuration, services: Services) -> None:
    with pytest.raises(OperationError, match=r"^parcel-delays has no version 999\. There is: .*1\.$"):
        deploy.deploy(serving, 999)
    assert serves(services, serving) == {1: 100}


def test_a_taken_port_stops_a_first_deployment_before_it_begins(place: Place) -> None:
    place.registry.add(champion=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperationError, match=rf"^Port {port} of this machine cannot be used"):
            deploy.deploy(place.configured(f"serving.port={port}"))
    assert not processes(place.configured().outputs / "services")


def test_the_address_of_a_service_does_not_change_under_its_clients(
    shared: Place, serving: Configuration, services: Services
) -> None:
    with pytest.raises(OperationError, match=r"answers on port \d+, and serving.port is 1025"):
        deploy.deploy(shared.configured("serving.port=1025"))
    assert serves(services, serving) == {1: 100}


def test_one_deployment_at_a_time(serving: Configuration, services: Services, registry: Registry) -> None:
    model = registry.add()
    with path.alone(serving), pytest.raises(OperationError, match="A deployment of parcels is under way"):
        deploy.deploy(serving, model.version)
    assert serves(services, serving) == {1: 100}


def test_a_key_that_is_not_set_is_named(
    shared: Place, serving: Configuration, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARCELS_KEY", raising=False)
    with pytest.raises(OperationError, match=r"PARCELS_KEY, which serving.key names, is not set"):
        deploy.deploy(shared.configured("serving.key=PARCELS_KEY"))
    assert serves(services, serving) == {1: 100}


def test_a_key_is_asked_of_clients_and_is_in_no_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCELS_KEY", "a-word-that-is-nowhere-else")
    place.registry.add(champion=True)
    configuration = place.configured("serving.key=PARCELS_KEY")
    deploy.deploy(configuration)
    with pytest.raises(OperationError, match="HTTP 401"):
        place.services.score(configuration.service, CLIENT)
    kept = [file for file in configuration.outputs.rglob("*") if file.is_file()]
    assert not [file for file in kept if b"a-word-that-is-nowhere-else" in file.read_bytes()]


@pytest.mark.parametrize("where", ["check_room", "switch", "record"])
def test_a_full_disk_leaves_the_old_version_serving(
    serving: Configuration, services: Services, registry: Registry, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    full = OSError(28, "No space left on device")
    model = registry.add()

    def fail(*_: object, **__: object) -> None:
        raise full

    places = {"check_room": (path, "check_room"), "switch": (State, "write"), "record": (audit, "record")}
    with monkeypatch.context() as patch:
        patch.setattr(*places[where], fail)
        with pytest.raises((OperationError, OSError), match="No space left"):
            deploy.deploy(serving, model.version)
    assert serves(services, serving) == {1: 100}


@pytest.mark.parametrize("killed", ["router", "version"])
def test_a_process_that_was_killed_is_started_anew(
    serving: Configuration, services: Services, registry: Registry, killed: str
) -> None:
    address = services.list()[0].address
    state = State.read(serving.outputs / "services" / serving.service)
    assert state is not None
    assert state.router is not None
    process = state.router if killed == "router" else state.versions[1].process
    os.kill(process.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while services.list()[0].state == "ready" and time.monotonic() < until:
        time.sleep(0.01)
    assert (services.list()[0].state, killed in services.list()[0].note) == ("failed", True)
    model = registry.add()
    deploy.deploy(serving, model.version)
    assert serves(services, serving)[model.version] == 100
    assert services.list()[0].address == address


def test_after_a_restart_of_the_machine_the_service_starts_anew(
    serving: Configuration, services: Services, registry: Registry
) -> None:
    state = State.read(serving.outputs / "services" / serving.service)
    assert state is not None
    assert state.router is not None
    for pid in (state.router.pid, state.versions[1].process.pid):
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while services.list()[0].state != "stopped" and time.monotonic() < until:
        time.sleep(0.01)
    assert services.list()[0].state == "stopped"
    model = registry.add(fails_to_verify=True)
    with pytest.raises(OperationError, match="golden row"):
        deploy.deploy(serving, model.version)
    deploy.deploy(serving)
    assert serves(services, serving) == {1: 100}


def test_an_interrupt_takes_the_deployment_back(
    serving: Configuration, services: Services, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    model = registry.add()
    monkeypatch.setattr(path, "watch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        deploy.deploy(serving, model.version)
    assert serves(services, serving) == {1: 100}


def test_what_a_killed_deployment_left_is_swept_by_the_next(
    serving: Configuration, services: Services, registry: Registry
) -> None:
    folder = serving.outputs / "services" / serving.service
    state = State.read(folder)
    assert state is not None
    model = registry.add()
    deploy.deploy(serving, model.version, share=10)
    state.write(folder)  # as if the command had been killed before it wrote down what it had started
    [left] = abandoned(folder)
    deploy.deploy(serving, model.version)
    assert not left.exists()
    assert len(processes(serving.outputs / "services")) == 2


def test_another_process_with_the_number_of_ours_is_never_ended(
    serving: Configuration, services: Services, tmp_path: Path
) -> None:
    folder = serving.outputs / "services" / serving.service
    text = (folder / "state.json").read_text()
    state = State.read(folder)
    assert state is not None
    ours = state.versions[1].process
    (folder / "state.json").write_text(
        text.replace(f'"pid": {ours.pid}', f'"pid": {os.getpid()}').replace(ours.started, "1")
    )
    assert services.list()[0].state == "failed"
    assert re.search("version 1 has ended", services.list()[0].note)
