"""What is said and restored when a version fails on its way."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.deployment import audit
from operation.execution.deployment.path import Deployment, _take_back
from operation.execution.values import ModelVersion, Service
from operation.tests.parcels import load

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
