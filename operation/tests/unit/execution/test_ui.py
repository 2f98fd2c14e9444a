"""`invoke ui` refuses what it cannot serve, before it starts a server."""

import sqlite3
import sys
import webbrowser
from contextlib import closing
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution import ui
from operation.execution.backends.local.database import TABLES, Database
from operation.tests.parcels import load


@pytest.mark.parametrize("port", [-1, 0, 65536, 99999999])
def test_a_port_that_cannot_be_is_refused_by_name(port: int, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=f"^--port must be from 1 to 65535, not {port}\\.$"):
        ui.serve(load(settings=[f"backend.outputs={tmp_path}"]), port)


@pytest.mark.parametrize("port", [1, 65535])
def test_any_other_port_is_accepted(port: int, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="There is no run to show yet"):
        ui.serve(load(settings=[f"backend.outputs={tmp_path}"]), port)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Outputs with a database of MLflow's tables, and one experiment."""
    made = Database(tmp_path / "parcels" / "mlflow")
    made.folder.mkdir(parents=True)
    with closing(sqlite3.connect(made.file)) as connection, connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE {table} (experiment_id, name, lifecycle_stage, artifact_location)")
        connection.execute("INSERT INTO experiments VALUES (7, 'parcel-delays', 'active', '')")
    return tmp_path


def test_the_page_of_the_experiment_is_named_once_the_server_listens(
    outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ui.announce(load(settings=[f"backend.outputs={outputs}"]), outputs / "parcels" / "mlflow" / "mlflow.db", 5000)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "MLflow on http://127.0.0.1:5000 (Ctrl-C stops it)"
    assert lines[1].endswith("http://127.0.0.1:5000/#/experiments/7/runs?workflowType=machine_learning")
    assert "nothing is sent" in lines[2]


@pytest.mark.parametrize(
    ("screen", "browser", "terminal", "show", "opened"),
    [
        (":0", "", True, True, True),
        ("", "", True, True, False),
        ("", "code --open", False, True, True),
        (":0", "", False, True, False),
        (":0", "code --open", True, False, False),
    ],
    ids=["a-person-at-a-screen", "no-screen", "a-container-of-an-editor", "an-agent", "not-wanted"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_a_browser_opens_only_where_a_person_sees_it(
    screen: str,
    browser: str,
    terminal: bool,
    show: bool,
    opened: bool,
    outputs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages: list[str] = []
    monkeypatch.setattr(webbrowser, "open", pages.append)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    for name in ui.DISPLAYS:
        monkeypatch.setenv(name, screen)
    monkeypatch.setenv(ui.BROWSER, browser)
    ui.announce(load(settings=[f"backend.outputs={outputs}"]), outputs / "parcels" / "mlflow" / "mlflow.db", 5000, show)
    assert bool(pages) == opened
