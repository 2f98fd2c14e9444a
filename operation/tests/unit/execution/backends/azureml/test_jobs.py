"""What is seen of a job: no page where the workspace has none, and the times that the job itself has measured."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operation.execution.backends import emulator
from operation.execution.backends.azureml.jobs import Code, Jobs
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.training import follow
from operation.execution.values import StepEvent
from operation.tests.parcels import load

PAGE = "https://studio/runs/7"
DETAILS = {"status": "Running", "logFiles": {}}


@pytest.mark.parametrize(("has_pages", "page"), [(True, PAGE), (False, "")], ids=["azure", "offline"])
def test_a_job_has_a_page_if_its_workspace_has_pages(has_pages: bool, page: str, tmp_path: Path) -> None:
    settings = load("dev").backend
    assert isinstance(settings, AzureMLSettings)
    environments: Any = None
    connection = Connection(settings, has_pages=has_pages)
    jobs = Jobs(connection, environments, "parcels", Code(tmp_path, tmp_path, 1))
    job: Any = SimpleNamespace(get_details=lambda: DETAILS, get_portal_url=lambda: PAGE)
    assert jobs.look(job, tmp_path).page == page


def test_an_offline_workspace_has_no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    offline = pytest.importorskip("azureml_offline")
    place = offline.Place(workspace="offline-1", subscription="2", resource_group="3")
    monkeypatch.setenv(offline.ANNOUNCED, "offline-1")
    monkeypatch.setattr(offline.Place, "announced", lambda variables: place)
    connected: list[Connection] = []

    def connect_to(connection: Connection, *_: Any, **__: Any) -> Any:
        connected.append(connection)
        return SimpleNamespace(check=None)

    monkeypatch.setattr(emulator, "connect_to", connect_to)
    monkeypatch.setattr(emulator, "replace", lambda found, check: found)
    emulator.connect(load("emulator"))
    assert [each.has_pages for each in connected] == [False]


def test_a_step_is_shown_with_the_seconds_that_its_event_has(capsys: pytest.CaptureFixture[str]) -> None:
    events = [StepEvent("train", "started"), StepEvent("train", "completed", "done well", seconds=61.4)]

    def wait(run: Any, listener: Callable[[StepEvent], None]) -> Any:
        for event in events:
            listener(event)
        return SimpleNamespace(status="completed")

    runs: Any = SimpleNamespace(wait=wait)
    run: Any = SimpleNamespace(id="1")
    follow.follow(runs, run)
    assert "61.4 s  done well" in capsys.readouterr().out
