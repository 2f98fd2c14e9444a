"""The registry and the default datastore, as the SDK sees them."""

from pathlib import Path

import pytest
from azureml.core import Model, Workspace
from azureml.exceptions import WebserviceException


@pytest.fixture
def files(folder: Path) -> Path:
    """A model's files, below the current folder."""
    (folder / "model" / "part").mkdir(parents=True)
    (folder / "model" / "model.bin").write_bytes(bytes(range(256)))
    (folder / "model" / "part" / "card.md").write_text("a model\n", encoding="utf-8")
    return folder / "model"


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_folder_is_registered_with_tags_and_fetched_with_equal_bytes(workspace: Workspace, files: Path) -> None:
    registered = Model.register(workspace, "model", "folder", tags={"data": "abc"}, properties={"seed": "7"})
    found = Model(workspace, "folder", version=registered.version)
    assert (found.version, found.tags, found.properties) == (1, {"data": "abc"}, {"seed": "7"})
    fetched = Path(found.download("fetched"))
    assert contents(fetched) == contents(files)


def test_each_registration_is_the_next_version_and_the_newest_is_found(workspace: Workspace, files: Path) -> None:
    versions = [Model.register(workspace, "model/model.bin", "counted").version for _ in range(3)]
    assert versions == [1, 2, 3]
    assert Model(workspace, "counted").version == 3
    assert [model.version for model in Model.list(workspace, "counted")] == [3, 2, 1]
    assert [model.version for model in Model.list(workspace, "counted", latest=True)] == [3]


def test_models_are_listed_by_tag(workspace: Workspace, files: Path) -> None:
    for stage in ("old", "new"):
        Model.register(workspace, "model/model.bin", "staged", tags={"stage": stage})
    found = Model.list(workspace, "staged", tags=[["stage", "new"]])
    assert [model.tags for model in found] == [{"stage": "new"}]
    assert len(Model.list(workspace, "staged", tags=["stage"])) == 2


def test_tags_are_added_and_removed(workspace: Workspace, files: Path) -> None:
    model = Model.register(workspace, "model/model.bin", "tagged", tags={"champion": "true"})
    model.add_tags({"gate/verdict": "promote"})
    model.remove_tags("champion")
    assert Model(workspace, "tagged").tags == {"gate/verdict": "promote"}


def test_an_unknown_model_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(WebserviceException, match="ModelNotFound"):
        Model(workspace, "nobody")


def test_an_unknown_version_is_not_found(workspace: Workspace, files: Path) -> None:
    Model.register(workspace, "model/model.bin", "single")
    with pytest.raises(WebserviceException, match="single:9"):
        Model(workspace, "single", version=9)


def test_a_deleted_model_is_gone(workspace: Workspace, files: Path) -> None:
    Model.register(workspace, "model/model.bin", "brief").delete()
    assert Model.list(workspace, "brief") == []


def test_files_go_to_the_datastore_and_come_back_equal(workspace: Workspace, files: Path, folder: Path) -> None:
    store = workspace.get_default_datastore()
    store.upload(str(files), "snapshots/abc", show_progress=False)
    assert store.download(str(folder / "back"), "snapshots/abc", show_progress=False) == 2
    assert contents(folder / "back" / "snapshots" / "abc") == contents(files)


def test_a_file_of_many_blocks_comes_back_equal(workspace: Workspace, folder: Path) -> None:
    large = folder / "large" / "table.bin"
    large.parent.mkdir()
    large.write_bytes(bytes(range(256)) * 300_000)  # 77 MB: more than the SDK sends at once
    store = workspace.get_default_datastore()
    store.upload(str(large.parent), "large", show_progress=False)
    store.download(str(folder / "back"), "large", show_progress=False)
    assert (folder / "back" / "large" / "table.bin").read_bytes() == large.read_bytes()
