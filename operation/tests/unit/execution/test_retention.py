"""What is older than the configuration keeps goes by itself, and nothing that a version or a run at work needs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from operation import console
from operation.execution.backends import Backend, connect
from operation.execution.clean import run as clean
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json
from operation.execution.leftovers import in_order
from operation.execution.outputs import exclusive
from operation.execution.retention import find_old, needed_runs, trim
from operation.execution.steps.cache import Cache
from operation.execution.steps.recipe import Recipe
from operation.tests.parcels import load

DOCS = 200_000  # bytes
KEEP = {"runs": 2, "data_docs": 0, "sweeps": 1, "backtests": 0, "cache_megabytes": 0}


def configured(outputs: Path, **limits: int) -> Configuration:
    settings = [f"retention.{name}={value}" for name, value in (KEEP | limits).items()]
    configuration = load(settings=[f"backend.outputs={outputs}", *settings])
    with exclusive(configuration):  # from now on the folder is known to be ours
        return configuration


def identify(number: int) -> str:
    return f"2026010{number}-000000-000000"


def write_run(configuration: Configuration, number: int, status: str = "completed") -> Path:
    folder = configuration.outputs / "runs" / identify(number)
    docs = folder / "validate-raw" / "data_docs"
    docs.mkdir(parents=True)
    (docs / "index.html").write_bytes(bytes(DOCS))
    write_json(folder / "run.json", {"status": status})
    return folder


def register(configuration: Configuration, run: str, model: str = "parcel-delays") -> None:
    """Write the version into a database such as MLflow's."""
    folder = configuration.outputs / "mlflow"
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS model_version_tags (name TEXT, key TEXT, value TEXT)")
        connection.execute("INSERT INTO model_version_tags VALUES (?, 'run', ?)", (model, run))


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    """The local one, whose registry has no version of its own: those in the database come beside."""
    backend = connect(configured(tmp_path))
    monkeypatch.setattr(type(backend.registry), "versions", lambda _self, _name: [])
    return backend


def left(configuration: Configuration, name: str = "runs") -> list[str]:
    return sorted(path.name for path in (configuration.outputs / name).iterdir())


def test_of_runs_the_newest_stay(tmp_path: Path, backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = configured(tmp_path)
    with in_order(configuration, backend):
        for number in range(1, 5):
            write_run(configuration, number)
    assert left(configuration) == [identify(3), identify(4)]
    assert "Trimmed 2 older folders" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["parcel-delays", "another"])
def test_a_run_whose_model_is_registered_stays_however_old(model: str, tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path)
    with in_order(configuration, backend):
        for number in range(1, 5):
            write_run(configuration, number)
        register(configuration, identify(1), model)
    assert left(configuration) == [identify(1), identify(3), identify(4)]


@pytest.mark.parametrize("status", ["running", "", None])
def test_a_run_that_is_not_known_to_have_ended_stays(status: str | None, tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path)
    for number in range(2, 5):
        write_run(configuration, number)
    folder = write_run(configuration, 1, status or "")
    if status is None:
        (folder / "run.json").write_text("{", encoding="utf-8")
    trim(configuration, backend)
    assert left(configuration)[0] == identify(1)


def test_a_run_of_a_workspace_that_goes_on_there_stays(tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path, runs=1)
    for number, status in ((1, "running"), (2, "completed")):
        folder = configuration.outputs / "runs" / f"{identify(number)}-abcdef"
        folder.mkdir(parents=True)
        write_json(folder / "azureml.json", {"run": {"status": status}})
    write_run(configuration, 3)
    trim(configuration, backend)
    assert left(configuration) == [f"{identify(1)}-abcdef", identify(3)]


def test_nothing_is_trimmed_without_a_limit(tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path, runs=0, sweeps=0)
    for number in range(1, 5):
        write_run(configuration, number)
    assert list(find_old(configuration, backend)) == []


def test_what_is_not_of_this_project_stays(tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path, runs=1)
    theirs = configuration.outputs / "runs" / "my own"
    theirs.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (configuration.outputs / "runs" / identify(1)).symlink_to(elsewhere)
    write_run(configuration, 2)
    trim(configuration, backend)
    assert left(configuration) == [identify(1), identify(2), "my own"]


def test_older_runs_that_stay_lose_the_pages_of_their_validation_alone(tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path, runs=0, data_docs=1)
    folders = [write_run(configuration, number) for number in (1, 2)]
    trim(configuration, backend)
    assert [(folder / "validate-raw" / "data_docs").exists() for folder in folders] == [False, True]
    assert (folders[0] / "run.json").exists()


def test_of_sweeps_the_newest_stay(tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path)
    for number in (1, 2):
        (configuration.outputs / "sweeps" / identify(number)).mkdir(parents=True)
    trim(configuration, backend)
    assert left(configuration, "sweeps") == [identify(2)]


def test_a_registry_that_cannot_be_read_stops_the_trimming_and_nothing_else(
    tmp_path: Path, backend: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = configured(tmp_path)
    for number in range(1, 5):
        write_run(configuration, number)
    (configuration.outputs / "mlflow").mkdir()
    (configuration.outputs / "mlflow" / "mlflow.db").write_bytes(b"no database, by far" * 100)
    trim(configuration, backend)
    assert len(left(configuration)) == 4
    assert "Nothing older was trimmed: " in capsys.readouterr().out


def test_versions_of_the_registry_are_asked_for(tmp_path: Path) -> None:
    configuration = configured(tmp_path)
    assert needed_runs(configuration, connect(configuration)) == set()


@pytest.mark.parametrize(("megabytes", "size"), [(0, 3), (1, 1)])
def test_the_cache_is_trimmed_to_its_limit(megabytes: int, size: int, tmp_path: Path, backend: Backend) -> None:
    configuration = configured(tmp_path, cache_megabytes=megabytes)
    cache = Cache(configuration.cache, print)
    for seed in range(3):
        made = tmp_path / f"made-{seed}"
        made.mkdir()
        (made / "model").write_bytes(bytes([seed]) * 600_000)
        cache.keep("train", Recipe({"--seed": str(seed)}, {}, {}, {}, {}), {"model": made}, "")
    trim(configuration, backend)
    assert len(list(configuration.cache.glob("entries/**/*.json"))) == size


def test_the_plan_says_what_each_folder_costs_and_deletes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console.output, "width", 400)  # so that no path is too long for its line
    configuration = configured(tmp_path)
    with in_order(configuration, backend):
        pass
    for number in range(1, 5):
        write_run(configuration, number)
    clean(configuration, registry=False, cache=False, days=0, megabytes=0, plan=True)
    shown = capsys.readouterr().out
    assert "4 folders of 0.2 MB each; 0.8 MB are Data Docs" in shown
    assert "Retention would trim 2 folders" in shown
    assert len(left(configuration)) == 4
