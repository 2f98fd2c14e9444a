"""Folders in the datastore, environments and clusters of the Azure ML backend, in the offline workspace."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml import compute, datastores, job_definition
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import ROOT
from operation.tests.azureml.parts import QUIET, connected

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET


@pytest.fixture
def connection(offline: OfflineWorkspace, workspace: "Workspace") -> Connection:
    return connected(offline)


@pytest.fixture
def raw(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder whose content is this test's alone."""
    (tmp_path / "raw" / "below").mkdir(parents=True)
    (tmp_path / "raw" / "parcels.parquet").write_text(request.node.name, encoding="utf-8")
    (tmp_path / "raw" / "below" / "weather.parquet").write_bytes(b"\x00")
    return tmp_path / "raw"


def uploads(offline: OfflineWorkspace, place: str) -> int:
    """Count how often something was written below the place, whether it was accepted or not."""
    return sum(place in each.path and each.method == "PUT" for each in offline.requests())


def test_what_comes_back_is_what_was_uploaded(
    connection: Connection, raw: Path, workspace: "Workspace", tmp_path: Path
) -> None:
    place = datastores.upload(connection, raw)
    workspace.get_default_datastore().download(str(tmp_path / "back"), f"{place}/", show_progress=False)
    files = {file.relative_to(tmp_path / "back" / place).as_posix() for file in (tmp_path / "back").rglob("*.parquet")}
    assert files == {"parcels.parquet", "below/weather.parquet"}
    assert (tmp_path / "back" / place / "parcels.parquet").read_bytes() == (raw / "parcels.parquet").read_bytes()


def test_the_same_content_is_not_uploaded_twice(connection: Connection, raw: Path, offline: OfflineWorkspace) -> None:
    place = datastores.upload(connection, raw)
    before = uploads(offline, place)
    assert datastores.upload(connection, raw) == place
    assert before > 0
    assert uploads(offline, place) == before


def test_other_content_goes_elsewhere(connection: Connection, raw: Path) -> None:
    place = datastores.upload(connection, raw)
    (raw / "parcels.parquet").write_text("changed", encoding="utf-8")
    assert datastores.upload(connection, raw) != place


def test_an_upload_that_broke_off_is_done_again(connection: Connection, raw: Path, offline: OfflineWorkspace) -> None:
    offline.plant(Fault(r"PUT .*weather\.parquet", status=403))
    with pytest.raises(OperationError, match="could not upload raw"):
        datastores.upload(connection, raw)
    place = datastores.upload(connection, raw)
    before = uploads(offline, place)
    datastores.upload(connection, raw)
    assert uploads(offline, place) == before


def test_the_environment_is_registered_once_and_remembered(connection: Connection, tmp_path: Path) -> None:
    definition = job_definition.read_environment(ROOT / "operation" / "configuration" / "train.yml")
    environments = Environments(connection, tmp_path / "environments.json")
    assert environments.version(definition) is None
    first, second = (environments.register(definition) for _ in range(2))
    assert Environments(connection, tmp_path / "environments.json").version(definition) == first.version
    assert (first.name, first.version) == ("train", second.version)
    assert any("lightgbm==" in each for each in first.python.conda_dependencies.pip_packages)


def test_a_cluster_is_made_once_and_then_found(offline: OfflineWorkspace) -> None:
    connection = connected(offline, compute="{name: made-once}")
    assert compute.find(connection) is None
    assert compute.ensure(connection).startswith("made-once made: Standard_DS3_v2 dedicated, 0 to 2 nodes")
    assert compute.ensure(connection).startswith("made-once is there")
    assert compute.require(connection).name == "made-once"


@pytest.mark.parametrize(
    "change", ["vm_size: Standard_NC6", "most_nodes: 4", "idle_seconds: 60", "priority: lowpriority"]
)
def test_a_cluster_that_is_another_is_left_alone(change: str, offline: OfflineWorkspace) -> None:
    connection = connected(offline, compute="{name: another}")
    compute.ensure(connection)
    with pytest.raises(OperationError, match="The cluster another is"):
        compute.ensure(connected(offline, compute=f"{{name: another, {change}}}"))
    assert compute.ensure(connection).startswith("another is there")


def test_an_unknown_compute_target_is_named_with_those_there_are(offline: OfflineWorkspace) -> None:
    with pytest.raises(OperationError, match=r"no compute target nowhere \(it has: .*cpu"):
        compute.require(connected(offline, compute="{name: nowhere}"))
