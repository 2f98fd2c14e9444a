"""The registry of this machine, in a real MLflow store: many models, odd names, damaged files."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.registry import Registry
from operation.execution.backends.local.runs import Runs
from operation.execution.backends.local.tracking import Tracking
from operation.execution.backends.local.versions import Versions
from operation.execution.configuration.sections import ROOT
from operation.execution.file_hashes import sign
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.values import ModelVersion
from operation.tests.parcels import load


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """With more models than MLflow lists on a page, one of them with a quote in its name."""
    database = Database(tmp_path_factory.mktemp("mlflow"))
    for number in range(105):
        database.client.create_registered_model(f"model-{number:03}")
    for name in ("a'b", 'a"b'):
        database.client.create_registered_model(name)
    for name in ("a'b", 'a"b', "model-000", "model-050", "model-104"):
        database.client.create_model_version(name, (database.folder / "files").as_uri())
        database.client.set_registered_model_alias(name, "champion", "1")
    return database


@pytest.fixture
def registry(database: Database, tmp_path: Path) -> Registry:
    versions = Versions(database)
    machine = Machine(ROOT, Cache(tmp_path / "cache", print), threads=1)
    runs = Runs(tmp_path / "runs", machine, Tracking(database, "tests", versions))
    return Registry(database, versions, runs, load().command)


def test_the_champion_of_every_model_is_found_however_many_there_are(registry: Registry) -> None:
    for name in ("model-000", "model-104", "a'b", 'a"b'):
        champion = registry.find(name)
        assert champion is not None, name
        assert (champion.name, champion.version, champion.champion) == (name, 1, True)


def test_every_version_of_a_model_is_listed_newest_first(registry: Registry, database: Database) -> None:
    for _ in range(4):
        database.client.create_model_version("model-050", (database.folder / "files").as_uri())
    found = registry.versions("model-050")
    assert [(one.version, one.champion) for one in found] == [(5, False), (4, False), (3, False), (2, False), (1, True)]


@pytest.fixture
def signed(database: Database, registry: Registry) -> ModelVersion:
    """A version of two files, whose hashes are signed by its tags."""
    files = database.folder / "files"
    (files / "evaluation").mkdir(parents=True, exist_ok=True)
    (files / "model.onnx").write_bytes(b"model")
    (files / "evaluation" / "metrics.json").write_text("{}")
    made = database.client.create_model_version("model-000", files.as_uri(), tags=sign(files))
    return next(one for one in registry.versions("model-000") if one.version == int(made.version))


def test_what_was_registered_is_fetched(registry: Registry, signed: ModelVersion, tmp_path: Path) -> None:
    registry.fetch(signed, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").read_bytes() == b"model"


@pytest.mark.parametrize("name", ["model.onnx", "evaluation/metrics.json", "sha256.json"])
def test_a_file_with_one_bit_flipped_is_refused_by_name_and_nothing_is_fetched(
    registry: Registry, database: Database, signed: ModelVersion, tmp_path: Path, name: str
) -> None:
    file = database.folder / "files" / name
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(OperationError, match=rf"{name} is damaged: its SHA-256 .*invoke promote --version N"):
        registry.fetch(signed, tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


@pytest.mark.parametrize("name", ["model.onnx", "sha256.json"])
def test_a_lost_file_is_refused_by_name(
    registry: Registry, database: Database, signed: ModelVersion, tmp_path: Path, name: str
) -> None:
    (database.folder / "files" / name).unlink()
    with pytest.raises(OperationError, match=name):
        registry.fetch(signed, tmp_path / "fetched")


def test_a_look_at_a_version_is_a_point_of_its_series(database: Database) -> None:
    tracking = Tracking(database, "watched", Versions(database))
    for step, value in ((19700, 0.1), (19707, 0.2)):
        tracking.track("version 3", {step: {"shape/temp": value, "shape/a+b": 1.0}})
    client = database.client
    experiment = client.get_experiment_by_name("watched")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("version 3", "FINISHED")
    points = [(each.step, each.value) for each in client.get_metric_history(run.info.run_id, "shape/temp")]
    assert points == [(19700, 0.1), (19707, 0.2)]
    assert "shape/a_b" in run.data.metrics
