"""What a version's way starts and keeps, and what is said and restored when it fails."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.deployment import audit, path, smoke
from operation.execution.deployment.path import Deployment, _take_back, bring
from operation.execution.values import Health, Hosting, ModelVersion, Service
from operation.tests.parcels import load
from operation.tests.serving.registry import Registry

SCRIPTS = Path(__file__).parents[3] / "serving" / "scripts"
MODEL = ModelVersion("parcel-delays", 3, "run")


def serving(traffic: dict[int, int]) -> Service:
    return Service("parcel-delays", "http://127.0.0.1:8000/score", traffic, "ready")


def away(*_given: Any) -> Any:
    raise OperationError("The workspace does not answer.")


def nothing(*_given: Any) -> None:
    pass


def failed(tmp_path: Path, find: Callable[[str], Service | None], do: Callable[..., None]) -> tuple[str, audit.Entry]:
    """The message of a deployment that failed with "too slow", and its entry of the audit."""
    services: Any = SimpleNamespace(find=find, switch=do, delete=do)
    backend = Backend(*(None, None, services, None, None, None, None))  # type: ignore[arg-type]
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    way = Deployment(configuration, backend, "deploy", MODEL, 100, "", serving({2: 100}))
    found = _take_back(way, OperationError("It is too slow."))
    return str(found), next(audit.entries(configuration))


def test_a_failure_is_said_with_what_serves_now_and_written_down(tmp_path: Path) -> None:
    said, entry = failed(tmp_path, lambda _: serving({2: 100}), nothing)
    assert said.startswith("parcel-delays version 3 was not deployed. It is too slow.\n")
    assert said.endswith("serves version 2: 100 %.")
    assert (entry.outcome, entry.reason) == (audit.FAILED, "It is too slow.")


@pytest.mark.parametrize(("find", "do"), [(away, nothing), (away, away)], ids=["looking", "everything"])
def test_a_backend_that_has_gone_does_not_hide_the_failure(
    tmp_path: Path, find: Callable[[str], Service | None], do: Callable[..., None]
) -> None:
    said, entry = failed(tmp_path, find, do)
    assert said.startswith("parcel-delays version 3 was not deployed. It is too slow.")
    assert "could not be taken back: The workspace does not answer." in said
    assert said.endswith("is not known: The workspace does not answer.")
    assert entry.reason == "It is too slow."


class InMemory:
    """Services that score right, whose versions start and end in no time; `replaces` as a backend has it."""

    unused = ("serving.port", "serving.queue")

    def __init__(self, traffic: dict[int, int], replaces: bool = False) -> None:
        self.traffic, self.replaces, self.started = traffic, replaces, list[int]()

    def check(self, name: str, hosting: Hosting, share: int) -> None:
        del name, hosting, share

    def deploy(self, name: str, model: ModelVersion, environment: Path, hosting: Hosting) -> Service:
        del name, environment, hosting
        self.started.append(model.version)
        self.traffic.setdefault(model.version, 0)
        return serving(dict(self.traffic))

    def switch(self, name: str, traffic: Mapping[int, int]) -> Service:
        del name
        self.traffic = dict.fromkeys(self.traffic, 0) | dict(traffic)
        return serving(dict(self.traffic))

    def score(self, name: str, payload: Any, version: int | None = None) -> Any:
        del name
        if not isinstance(payload, dict) or not isinstance(payload["data"], list) or {} in payload["data"]:
            raise OperationError("HTTP 400: it is wrong")
        return {"probabilities": [row["a"] / 2 for row in payload["data"]], "model_version": str(version)}

    def is_current(self, name: str, version: int) -> bool:
        del name
        return version in self.traffic

    def health(self, name: str, version: int) -> Health:
        del name, version
        return Health(0, 0, 0.0)

    def delete(self, name: str, version: int | None = None) -> None:
        del name
        self.traffic.pop(version or 0, None)

    def find(self, name: str) -> Service:
        del name
        return serving(dict(self.traffic))


class Stuck(InMemory):
    """Ends no version."""

    def delete(self, name: str, version: int | None = None) -> None:
        raise OperationError(f"Version {version} of {name} is locked.")


@pytest.fixture
def on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Service]:
    """A function that takes version 3 all the way into the services; each asks twice where a real one asks often."""
    for name in ("TIMED", "CLIENTS", "EACH"):
        monkeypatch.setattr(smoke, name, 2)
    registry = Registry(tmp_path / "registry")
    model = [registry.add() for _ in range(3)][-1]

    def take(services: InMemory, verb: str = "deploy") -> Service:
        configuration = load(settings=[f"backend.outputs={tmp_path}", "serving.watch_seconds=0"])
        configuration._scripts = SCRIPTS
        backend = Backend(*(None, registry, services, None, None, None, None))  # type: ignore[arg-type]
        with path.alone(configuration):
            return bring(Deployment(configuration, backend, verb, model, 100, "", serving(dict(services.traffic))))

    return take


@pytest.mark.parametrize(
    ("verb", "replaces", "before", "started"),
    [
        ("deploy", False, {2: 100}, [3]),
        ("deploy", False, {2: 100, 3: 0}, [3]),
        ("deploy", False, {2: 90, 3: 10}, []),
        ("deploy", False, {2: 0, 3: 100}, []),
        ("deploy", True, {2: 0, 3: 100}, [3]),
        ("rollback", True, {2: 100, 3: 0}, []),
    ],
    ids=["new", "waits", "has a share", "serves", "serves and is replaced", "rolled back to"],
)
def test_a_version_that_clients_would_miss_is_not_started_anew(
    on_the_way: Callable[..., Service], verb: str, replaces: bool, before: dict[int, int], started: list[int]
) -> None:
    services = InMemory(before, replaces)
    assert on_the_way(services, verb).traffic[3] == 100
    assert services.started == started


def test_a_version_that_waits_with_another_key_is_started_anew_to_be_rolled_back_to(
    on_the_way: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    services = InMemory({2: 100, 3: 0})
    monkeypatch.setattr(services, "is_current", lambda *_: False)
    on_the_way(services, "rollback")
    assert services.started == [3]


def test_of_copies_that_fail_one_is_said(on_the_way: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise shutil.Error([(f"from/{name}", f"to/{name}", f"[Errno 28] No space: 'to/{name}'") for name in "abc"])

    monkeypatch.setattr(Registry, "fetch", fail)
    with pytest.raises(
        OperationError, match=r"was not deployed\. No space left on device: to/a\. Free some space"
    ) as said:
        on_the_way(InMemory({2: 100}))
    assert "to/b" not in str(said.value)


def test_nothing_is_started_where_git_refuses_to_tell_the_commit(
    on_the_way: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # which git itself obeys
    services = InMemory({2: 100})
    with pytest.raises(OperationError, match="git refuses to read the repository"):
        on_the_way(services)
    assert (services.started, services.traffic) == ([], {2: 100})


def test_settings_that_the_services_do_not_use_are_named(
    on_the_way: Callable[..., Service], capsys: pytest.CaptureFixture[str]
) -> None:
    on_the_way(InMemory({2: 100}))
    assert "do not use serving.port, serving.queue." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("before", "after"),
    [({1: 0, 2: 100}, {2: 0, 3: 100}), ({2: 0, 3: 100}, {2: 0, 3: 100})],
    ids=["another served", "it served already"],
)
def test_the_version_to_go_back_to_is_kept(
    on_the_way: Callable[..., Service], before: dict[int, int], after: dict[int, int]
) -> None:
    assert on_the_way(InMemory(before)).traffic == after


def test_what_fails_after_the_switch_is_said_and_fails_no_deployment(
    on_the_way: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(path, "write_json", fail)
    assert on_the_way(Stuck({1: 0, 2: 100})).traffic == {1: 0, 2: 0, 3: 100}
    said = " ".join(capsys.readouterr().out.split())
    assert "try again: invoke undeploy --version 1): Version 1 of parcel-delays is locked." in said
    assert "The example of a request could not be written: No space left on device. Free some space" in said
