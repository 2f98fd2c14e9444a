"""The registry of this machine: whole versions, one champion, and what it remembers never outlives a change."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.registry import Registry
from operation.execution.backends.local.runs import Runs
from operation.execution.backends.local.versions import Versions
from operation.execution.configuration.sections import ROOT
from operation.execution.file_hashes import sign
from operation.execution.json_files import read_json, seal, write_json
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.values import ModelVersion, Run
from operation.tests.unit.execution.backends.local.mlflow_store import AlreadyThereError, Store, opened


class KnownRuns(Runs):
    """Runs that MLflow knows by the name of their folder."""

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder / "runs", Machine(ROOT, Cache(folder / "cache", print), threads=1))
        self._store = store

    def mlflow_id(self, run: Run) -> str | None:
        return f"mlflow-{run.id}" if f"mlflow-{run.id}" in self._store.runs else None


def command(words: str) -> str:
    return f"invoke {words} --use-case wine"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return opened(tmp_path / "mlflow")[0]


@pytest.fixture
def store(database: Database) -> Store:
    found = vars(database)["_client"]
    assert isinstance(found, Store)
    return found


@pytest.fixture
def registry(database: Database, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    exceptions = ModuleType("mlflow.exceptions")  # MLflow takes seconds to import
    exceptions.MlflowException = AlreadyThereError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    monkeypatch.setitem(sys.modules, "mlflow.exceptions", exceptions)
    return Registry(database, Versions(database), KnownRuns(tmp_path, store), command)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "model.onnx").write_bytes(b"model")
    return tmp_path / "package"


def run(store: Store, tmp_path: Path, name: str = "a-run") -> Run:
    store.runs[f"mlflow-{name}"] = tmp_path / "artifacts of é" / name
    return Run(name, "completed", tmp_path / name)


def add(registry: Registry, store: Store, package: Path, name: str = "delays") -> ModelVersion:
    tags = {"seed": "7", **sign(package)}
    return registry.register(run(store, package.parent), name, package, tags)


def test_a_registered_version_is_returned_found_and_fetched(
    registry: Registry, store: Store, package: Path, tmp_path: Path
) -> None:
    made = add(registry, store, package)
    assert made == ModelVersion("delays", 1, "a-run", {"seed": "7", **sign(package)}, champion=False)
    assert registry.versions("delays") == [made]
    assert registry.find("delays", 1) == made
    assert store.made[0].run_id == "mlflow-a-run"
    registry.fetch(made, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").read_bytes() == b"model"


def test_files_of_another_registry_are_kept_with_the_run_that_made_them(
    registry: Registry, store: Store, package: Path, tmp_path: Path
) -> None:
    for version in (1, 2):
        made = registry.receive(f"run-{version}", "delays", package, sign(package))
        assert made == ModelVersion("delays", version, f"run-{version}", sign(package))
    assert store.ended == {"received-run-1": "FINISHED", "received-run-2": "FINISHED"}
    registry.fetch(made, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").read_bytes() == b"model"


def test_mlflow_shows_with_the_run_where_its_model_is_and_what_the_version_is(
    registry: Registry, store: Store, package: Path
) -> None:
    (package / "MLmodel").write_text("flavors: {python_function: {}}\n", encoding="utf-8")
    add(registry, store, package)
    (place,) = (path.name for path in store.runs["mlflow-a-run"].iterdir())
    (noted,) = json.loads(store.tags["mlflow-a-run"]["mlflow.log-model.history"])
    assert (noted["artifact_path"], noted["run_id"]) == (place, "mlflow-a-run")
    assert "Run a-run, commit unknown" in store.made[0].description


def test_a_note_on_a_version_is_read_with_it_by_whoever_asks_next(
    registry: Registry, store: Store, package: Path, database: Database
) -> None:
    first, second = (add(registry, store, package) for _ in range(2))
    registry.annotate(first, "monitoring.0", "wait")
    found = {version.version: version.tags.get("monitoring.0") for version in registry.versions("delays")}
    assert found == {1: "wait", 2: None}
    assert registry.find("delays", second.version) == second


def test_what_loading_writes_beside_the_files_is_not_fetched(
    registry: Registry, store: Store, package: Path, tmp_path: Path
) -> None:
    made = add(registry, store, package)
    (kept,) = store.runs["mlflow-a-run"].iterdir()
    (kept / "__pycache__").mkdir()
    registry.fetch(made, tmp_path / "fetched")
    assert {path.name for path in (tmp_path / "fetched").iterdir()} == {"model.onnx", "sha256.json"}


def test_two_versions_of_a_run_have_files_of_their_own(registry: Registry, store: Store, package: Path) -> None:
    first, second = (add(registry, store, package) for _ in range(2))
    assert (first.version, second.version) == (1, 2)
    assert len({one.source for one in store.made}) == 2
    assert all("/model-" in one.source and len(one.source.rpartition("-")[2]) == 8 for one in store.made)


def test_a_run_that_mlflow_does_not_know_is_refused_and_leaves_nothing(
    registry: Registry, store: Store, package: Path, tmp_path: Path
) -> None:
    with pytest.raises(OperationError, match=r"^MLflow has no run another\. .*: invoke train --use-case wine\.$"):
        registry.register(Run("another", "completed", tmp_path), "delays", package, {})
    assert store.models == {}


def test_exactly_one_version_is_the_champion(registry: Registry, store: Store, package: Path) -> None:
    assert registry.find("delays") is None
    first, second = (add(registry, store, package) for _ in range(2))
    assert registry.find("delays") is None
    for promoted in (first, second, first):
        registry.promote(promoted)
        champion = registry.find("delays")
        assert champion is not None
        assert (champion.version, champion.champion) == (promoted.version, True)
        assert [one.version for one in registry.versions("delays") if one.champion] == [promoted.version]


def test_versions_are_those_of_the_model_newest_first_however_many_pages_there_are(
    registry: Registry, store: Store, package: Path
) -> None:
    for name in ("delays", "other") * 6:
        add(registry, store, package, name)
    assert [one.version for one in registry.versions("delays")] == [6, 5, 4, 3, 2, 1]
    assert {one.name for one in registry.versions("delays")} == {"delays"}
    assert registry.find("delays", 7) is None
    assert registry.versions("none") == []


def test_ten_is_newer_than_nine(registry: Registry, store: Store, package: Path) -> None:
    for _ in range(10):
        made = add(registry, store, package)
    assert registry.versions("delays")[0] == made
    registry.promote(made)
    assert [one.version for one in registry.versions("delays") if one.champion] == [10]


def test_a_version_whose_files_are_lost_does_not_become_the_champion(
    registry: Registry, store: Store, package: Path, tmp_path: Path
) -> None:
    registry.promote(kept := add(registry, store, package))
    (before,) = (tmp_path / "artifacts of é" / "a-run").iterdir()
    lost = add(registry, store, package)
    (artifacts,) = {*(tmp_path / "artifacts of é" / "a-run").iterdir()} - {before}
    artifacts.rename(tmp_path / "elsewhere")
    with pytest.raises(OperationError, match=r"^The files of delays version 2 are gone"):
        registry.promote(lost)
    champion = registry.find("delays")
    assert champion is not None
    assert champion.version == kept.version


def test_lost_files_are_named_with_the_way_out(registry: Registry, store: Store, package: Path, tmp_path: Path) -> None:
    made = add(registry, store, package)
    (artifacts,) = (tmp_path / "artifacts of é" / "a-run").iterdir()
    artifacts.rename(tmp_path / "elsewhere")
    with pytest.raises(OperationError) as raised:
        registry.fetch(made, tmp_path / "fetched")
    assert str(raised.value) == (
        f"The files of delays version 1 are gone: {artifacts}. Restore them, or make another version the champion: "
        "invoke promote --version N --use-case wine."
    )


def test_damaged_files_are_not_fetched(registry: Registry, store: Store, package: Path, tmp_path: Path) -> None:
    made = add(registry, store, package)
    (artifacts,) = (tmp_path / "artifacts of é" / "a-run").iterdir()
    (artifacts / "model.onnx").write_bytes(b"nodel")
    with pytest.raises(OperationError, match=r"model\.onnx is damaged"):
        registry.fetch(made, tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_of_two_versions_the_one_that_was_asked_for_is_fetched(
    registry: Registry, store: Store, package: Path, tmp_path: Path
) -> None:
    first = add(registry, store, package)
    (package / "model.onnx").write_bytes(b"another")
    second = add(registry, store, package)
    for name, model, content in (("one", first, b"model"), ("two", second, b"another")):
        registry.fetch(model, tmp_path / name)
        assert (tmp_path / name / "model.onnx").read_bytes() == content


def test_another_error_of_mlflow_is_no_model_that_is_there(
    registry: Registry, store: Store, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(registry, store, package)
    monkeypatch.setattr(AlreadyThereError, "error_code", "INTERNAL_ERROR")
    with pytest.raises(AlreadyThereError):
        add(registry, store, package)


def test_what_is_remembered_is_not_asked_for_again(database: Database, store: Store, registry: Registry) -> None:
    store.create_registered_model("delays")
    store.create_model_version("delays", "file:///x", "mlflow", {"run": "a-run", "seed": "7"})
    store.set_registered_model_alias("delays", "champion", "1")
    asked = Versions(database).of("delays")
    Versions(database).remember()
    before = store.asked
    assert Versions(database).of("delays") == asked
    assert Versions(database).of("another") == []
    assert store.asked == before
    (one,) = asked
    assert (one.source, one.model) == ("file:///x", ModelVersion("delays", 1, "a-run", {"seed": "7"}, champion=True))


def test_what_somebody_else_changed_is_asked_for_once(database: Database, store: Store) -> None:
    Versions(database).remember()
    store.create_registered_model("delays")  # as a move of the outputs folder changes the database
    asked = Versions(database).of("delays")
    before = store.asked
    assert Versions(database).of("delays") == asked
    assert store.asked == before


def test_a_registry_that_may_only_be_read_is_read(database: Database, store: Store) -> None:
    store.create_registered_model("delays")
    store.create_model_version("delays", "file:///x", "mlflow", {})
    (database.folder / "versions.json").mkdir()  # root may write everywhere, but not here
    assert [one.source for one in Versions(database).of("delays")] == ["file:///x"]


def test_a_change_by_somebody_else_is_seen(database: Database, store: Store, registry: Registry) -> None:
    Versions(database).remember()
    assert Versions(database).of("delays") == []
    store.create_registered_model("delays")
    store.create_model_version("delays", "file:///x", "mlflow", {})
    assert [one.model.run for one in Versions(database).of("delays")] == [""]


DAMAGE = {
    '"tags"': '"tagz"',
    '"models"': '"modelz"',
    '"version": 1': '"version": 2',
    '"champion": true': '"champion": null',
    "file:///x": "file:///y",
}


@pytest.fixture
def memory(database: Database, store: Store) -> Path:
    """The file in which one version, the champion, is remembered."""
    store.create_registered_model("delays")
    store.create_model_version("delays", "file:///x", "mlflow", {})
    store.set_registered_model_alias("delays", "champion", "1")
    Versions(database).remember()
    return database.folder / "versions.json"


def remembered_well(database: Database) -> bool:
    (one,) = Versions(database).of("delays")
    return (one.source, one.model) == ("file:///x", ModelVersion("delays", 1, "", {}, champion=True))


@pytest.mark.parametrize("damage", ["{", "[]", "{}"])
def test_a_damaged_memory_is_passed_over(damage: str, memory: Path, database: Database) -> None:
    memory.write_text(damage)
    assert remembered_well(database)


@pytest.mark.parametrize(("old", "new"), DAMAGE.items(), ids=DAMAGE)
def test_a_changed_memory_is_passed_over(old: str, new: str, memory: Path, database: Database) -> None:
    assert old in memory.read_text()
    memory.write_text(memory.read_text().replace(old, new))
    assert remembered_well(database)


@pytest.mark.parametrize(
    "models", [None, [], {"delays": 5}, {"delays": [{"model": {"tagz": {}}, "source": ""}]}, {"delays": [{}]}]
)
def test_a_memory_of_another_form_is_passed_over(models: object, memory: Path, database: Database) -> None:
    write_json(memory, seal({"database": database.state(), "models": models}))
    assert remembered_well(database)


def test_without_a_database_there_are_no_versions_whatever_is_remembered(tmp_path: Path) -> None:
    write_json(tmp_path / "versions.json", {"database": [], "models": {"delays": [{"model": {}, "source": ""}]}})
    assert Versions(Database(tmp_path)).of("delays") == []


class ChangingStore(Store):
    """A store that somebody else changes while it is asked."""

    def search_model_versions(self, page_token: str | None = None) -> object:  # type: ignore[override]
        found = super().search_model_versions(page_token)
        self.create_registered_model(f"model-{len(self.models)}")
        return found


def test_what_changes_while_it_is_asked_for_is_not_remembered(tmp_path: Path) -> None:
    database, _ = opened(tmp_path)
    Versions(database).remember()
    known = read_json(tmp_path / "versions.json")
    assert known["database"] == database.state()
    vars(database)["_client"] = ChangingStore(database.file)
    Versions(database).remember()
    assert read_json(tmp_path / "versions.json") == known


def test_a_version_whose_model_is_not_listed_is_no_champion(database: Database, store: Store) -> None:
    store.create_model_version("delays", "file:///x", "mlflow", {})
    assert [one.model.champion for one in Versions(database).of("delays")] == [False]
