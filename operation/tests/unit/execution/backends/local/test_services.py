"""What a killed deployment left is found and cleared, and nothing while another deployment is at work."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from operation.errors import OperationError
from operation.execution.backends.local.services import background
from operation.execution.backends.local.services.background import Process, is_running
from operation.execution.backends.local.services.services import Services
from operation.execution.backends.local.services.state import INSTANCES, STATE, Instance, State, write_process
from operation.execution.outputs import DEPLOYMENT_LOCK
from operation.tests.parcels import load
from operation.tests.serving.registry import Registry


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """One that a deployment could have started."""
    started = background.start(["-c", "import time; time.sleep(60)"], tmp_path / "log", {})
    yield started
    background.stop(started, 1)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    (tmp_path / "services").mkdir()
    return Services(tmp_path / "services", tmp_path, Registry(tmp_path / "registry"), load().serving, load().command)


def started(folder: Path, name: str, process: Process) -> Path:
    """Write down a process as `deploy` does when it has started it."""
    place = folder / INSTANCES / name
    place.mkdir(parents=True)
    write_process(place, process)
    return place


def test_a_process_that_no_service_knows_is_found_and_ended(
    services: Services, process: Process, tmp_path: Path
) -> None:
    place = started(tmp_path / "services" / "parcel-delays", "1-abc", process)
    (left,) = services.leftovers()
    assert left.name == str(place)
    left.clear()
    assert not place.exists()
    assert not is_running(process)


def test_a_process_of_a_service_is_none(services: Services, process: Process, tmp_path: Path) -> None:
    folder = tmp_path / "services" / "parcel-delays"
    started(folder, "1-abc", process)
    State(8000, 1, 1.0, versions={1: Instance("1-abc", "http://127.0.0.1:1", 100, process)}).write(folder)
    assert not [*services.leftovers()]


def test_nothing_is_left_while_a_deployment_is_at_work(services: Services, process: Process, tmp_path: Path) -> None:
    place = started(tmp_path / "services" / "parcel-delays", "1-abc", process)
    (left,) = services.leftovers()
    with FileLock(tmp_path / "services" / DEPLOYMENT_LOCK):
        assert not [*services.leftovers()]
        left.clear()  # which began after it was found
    assert place.is_dir()
    assert is_running(process)


def test_a_version_that_waits_and_has_ended_is_told_from_one_that_serves(
    services: Services, process: Process, tmp_path: Path
) -> None:
    gone = Instance("1-abc", "http://127.0.0.1:1", 0, Process(process.pid, "another start"))
    versions = {1: gone, 2: Instance("2-abc", "http://127.0.0.1:2", 100, process)}
    (folder := tmp_path / "services" / "parcel-delays").mkdir()
    State(8000, 1, 1.0, process, versions).write(folder)
    (found,) = services.list()
    assert (found.state, found.note, [*found.ended]) == ("ready", "", [1])


def test_a_copied_folder_ends_nothing_of_the_first(services: Services, process: Process, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere" / "parcel-delays"
    (place / INSTANCES / "1-abc").mkdir(parents=True)
    write_process(place / INSTANCES / "1-abc", process)
    State(8000, 1, 1.0, process, {1: Instance("1-abc", "http://127.0.0.1:1", 100, process)}).write(place)
    copy = shutil.copytree(place, tmp_path / "services" / "parcel-delays")
    for verb in (services.list, lambda: services.delete("parcel-delays")):
        with pytest.raises(OperationError, match=rf"state.json was copied from {place}, where the service runs"):
            verb()
    (copy / STATE).unlink()
    (left,) = services.leftovers()
    left.clear()
    assert not (copy / INSTANCES / "1-abc").exists()
    assert is_running(process)


def test_a_folder_that_was_moved_while_it_serves_names_the_router(
    services: Services, process: Process, tmp_path: Path
) -> None:
    (place := tmp_path / "elsewhere").mkdir()
    State(8000, 1, 1.0, process).write(place)
    place.rename(tmp_path / "services" / "parcel-delays")
    with pytest.raises(OperationError, match=rf"was moved while its service runs, .* process {process.pid}, "):
        services.list()
    background.stop(process, 1)
    assert services.list()[0].state == "stopped"


def test_where_nothing_can_be_written_a_service_that_is_ended_serves_on(
    services: Services, process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "services" / "parcel-delays").mkdir()
    State(8000, 1, 1.0, process).write(folder)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError):
        services.delete("parcel-delays")
    assert is_running(process)


@pytest.mark.parametrize("state", ["[]", "{}", ""])
def test_a_service_whose_state_is_damaged_stops_nobody_else(
    services: Services, process: Process, tmp_path: Path, state: str
) -> None:
    place = started(tmp_path / "services" / "parcel-delays", "1-abc", process)
    (place.parents[1] / STATE).write_text(state, encoding="utf-8")
    assert not [*services.leftovers()]


@pytest.mark.parametrize(
    ("keys", "value", "place"),
    [
        (["port"], "x", "port"),
        (["port"], "8000", "port"),
        (["port"], 70_000, "port"),
        (["ports"], 8000, "ports"),
        (["deadline_seconds"], None, "deadline_seconds"),
        (["place"], 1, "place"),
        (["versions"], [], "versions"),
        (["versions"], {"one": {}}, "versions.one"),
        (["versions", "1", "traffic"], "100", "versions.1.traffic"),
        (["versions", "1", "address"], "nowhere", "versions.1.address"),
        (["versions", "1", "process", "pid"], "x", "versions.1.process.pid"),
        (["router"], {"pid": 1}, "router.started"),
    ],
)
def test_a_state_with_a_wrong_value_is_refused_with_its_place(
    services: Services, process: Process, tmp_path: Path, keys: list[str], value: object, place: str
) -> None:
    (folder := tmp_path / "services" / "parcel-delays").mkdir()
    State(8000, 1, 1.0, process, {1: Instance("1-abc", "http://127.0.0.1:1", 100, process)}).write(folder)
    state = json.loads((folder / STATE).read_text("utf-8"))
    inner = state
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")
    for verb in (services.list, lambda: services.delete("parcel-delays")):
        with pytest.raises(OperationError, match=rf"state\.json is damaged: {place}.*: .*\. Delete it, wait"):
            verb()


def test_where_nothing_was_deployed_nothing_is_left_or_written(services: Services, tmp_path: Path) -> None:
    assert not [*services.leftovers()]
    assert not [*(tmp_path / "services").iterdir()]
