"""An outputs folder may be moved, renamed or copied, with its clone or alone: its models and runs come along."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from operation.execution.backends import connect
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.relocation import ADDRESSES, path_of
from operation.execution.configuration.sections import Configuration
from operation.tests.integration.conftest import Invoke, configured


@pytest.fixture
def former(trained: Configuration, tmp_path: Path) -> Path:
    """Outputs that have been where they are: MLflow's database names them by that path."""
    outputs = Path(shutil.copytree(trained.outputs.parent, tmp_path / "a clone" / "outputs"))
    Database(outputs / "parcels" / "mlflow").check()
    return outputs


def addresses(outputs: Path) -> set[str]:
    """All that the database says about where files are; MLflow's own default experiment has none."""
    with closing(sqlite3.connect(outputs / "parcels" / "mlflow" / "mlflow.db")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [(table, row[1]) for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]
        found = {
            row[0]
            for table, column in columns
            if column in ADDRESSES
            for row in connection.execute(f"SELECT {column} FROM {table}")  # noqa: S608  names of the schema
        }
    return {one for one in found if one and "mlruns" not in one}


def test_a_fresh_database_names_the_folder_it_is_in(former: Path) -> None:
    assert len(addresses(former)) > 2
    assert all(path_of(one).is_relative_to(former) for one in addresses(former))


@pytest.mark.parametrize("place", ["a clone/outputs of May", "another/clone/outputs"], ids=["renamed", "clone-moved"])
def test_every_verb_works_after_a_move(invoke: Invoke, former: Path, tmp_path: Path, place: str) -> None:
    moved = tmp_path / place
    moved.parent.mkdir(parents=True, exist_ok=True)
    former.rename(moved)
    for verb, said in (
        ("models", "champion"),
        ("promote", "version 1 is the champion now"),
        ("train", "Nothing has changed since run"),
    ):
        result = invoke(verb, moved)
        assert (result.returncode, result.stderr) == (0, ""), verb
        assert said in result.stdout
    assert all(path_of(one).is_relative_to(moved) for one in addresses(moved))


def test_a_version_registered_after_the_move_is_beside_the_first(former: Path, tmp_path: Path) -> None:
    moved = former.rename(tmp_path / "moved")
    backend = connect(configured(Path("nowhere"), moved))
    backend.check()
    run = backend.runs.find()
    assert run is not None
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "model.onnx").write_bytes(b"model")
    backend.registry.register(run, "other", tmp_path / "files", {})
    assert not former.exists()
    assert all(path_of(one).is_relative_to(moved) for one in addresses(moved))
    champion = backend.registry.find("parcel-delays")
    assert champion is not None
    backend.registry.fetch(champion, tmp_path / "fetched")
    assert (tmp_path / "fetched" / "model.onnx").is_file()


def test_a_copy_uses_its_own_files_and_leaves_the_original_alone(former: Path, tmp_path: Path) -> None:
    before = addresses(former)
    copy = Path(shutil.copytree(former, tmp_path / "copy"))
    Database(copy / "parcels" / "mlflow").check()
    assert all(path_of(one).is_relative_to(copy) for one in addresses(copy))
    Database(former / "parcels" / "mlflow").check()
    assert addresses(former) == before


def test_files_that_people_keep_elsewhere_stay_where_they_are(former: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "shared" / "mlflow" / "artifacts"
    elsewhere.mkdir(parents=True)
    client = Database(former / "parcels" / "mlflow").client
    client.create_experiment("theirs", artifact_location=elsewhere.as_uri())
    client.create_registered_model("theirs")
    client.create_model_version("theirs", "s3://bucket/mlflow/artifacts/model")
    moved = former.rename(tmp_path / "moved")
    Database(moved / "parcels" / "mlflow").check()
    assert {elsewhere.as_uri(), "s3://bucket/mlflow/artifacts/model"} <= addresses(moved)


def test_a_folder_that_is_reached_through_a_link_was_not_moved(former: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(former)
    before = Database(former / "parcels" / "mlflow").state()
    Database(tmp_path / "link" / "parcels" / "mlflow").check()
    assert Database(former / "parcels" / "mlflow").state() == before
