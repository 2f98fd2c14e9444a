"""Raw tables that are in the datastore of the offline workspace already, as the source of the data."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.azureml import datastores
from operation.execution.configuration.sections import Configuration
from operation.execution.tables.data import bring_data
from operation.execution.tables.snapshot import Snapshot, bring
from operation.execution.validation.validate import validate
from operation.tests.azureml.parts import QUIET, configured, connected

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
PARCELS = "courier,sent_at\nAnt,2013-01-01T10:00:00Z\nBee,2013-01-01T11:00:00Z\n"
WEATHER = "observed_at,temp,rain\n2013-02-12T08:00:00Z,999.5,0.5\n"  # the known defect
Put = Callable[[str, str], None]
Configured = Callable[..., Configuration]


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """A folder in the datastore, of this test alone."""
    return f"bought/{request.node.originalname}/2013"


@pytest.fixture
def put(workspace: "Workspace", folder: str) -> Put:
    """Writes a file in that folder."""
    datastore = workspace.get_default_datastore()
    container = datastore.blob_service.get_container_client(datastore.container_name)

    def write(name: str, text: str) -> None:
        container.upload_blob(f"{folder}/{name}", text.encode(), overwrite=True)

    return write


@pytest.fixture
def there(put: Put) -> None:
    put("parcels.csv", PARCELS)
    put("weather.csv", WEATHER)
    put("older/parcels.csv", "not this one")


@pytest.fixture
def from_datastore(offline: OfflineWorkspace, folder: str, tmp_path: Path) -> Configured:
    """The configuration whose source is that folder, or the one that is given."""

    def make(source: str = f"azureml://datastores/workspaceblobstore/paths/{folder}") -> Configuration:
        return configured(offline, f"data.source={source}", f"backend.outputs={tmp_path / 'outputs'}")

    return make


def brought(configuration: Configuration) -> Snapshot:
    return bring_data(configuration, connect(configuration))


def asked(offline: OfflineWorkspace, method: str, path: str) -> int:
    return sum(each.method == method and path in each.path for each in offline.requests())


@pytest.mark.usefixtures("there")
def test_tables_in_a_datastore_become_the_same_snapshot_as_those_of_a_folder(
    from_datastore: Configured, tmp_path: Path
) -> None:
    configuration = from_datastore()
    (tmp_path / "folder").mkdir()
    for name, text in {"parcels.csv": PARCELS, "weather.csv": WEATHER}.items():
        (tmp_path / "folder" / name).write_text(text, encoding="utf-8")
    wanted = configuration.data
    same = bring(str(tmp_path / "folder"), wanted.tables, wanted.known_defects, tmp_path / "raw", "parcels")
    found = brought(configuration)
    assert (found.sha256, found.tables) == (same.sha256, same.tables)
    assert [defect.table for defect in found.corrected] == ["weather"]


@pytest.mark.usefixtures("there")
def test_what_is_here_already_is_neither_copied_nor_sent_again(
    from_datastore: Configured, offline: OfflineWorkspace, folder: str
) -> None:
    configuration, connection = from_datastore(), connected(offline)
    place = datastores.upload(connection, brought(configuration).folder)
    before = asked(offline, "GET", f"{folder}/parcels.csv"), asked(offline, "PUT", place)
    again = brought(configuration)
    assert not again.fresh
    assert datastores.upload(connection, again.folder) == place
    assert (asked(offline, "GET", f"{folder}/parcels.csv"), asked(offline, "PUT", place)) == before
    assert min(before) > 0


@pytest.mark.usefixtures("there")
def test_a_file_that_has_changed_there_is_copied_again(from_datastore: Configured, put: Put) -> None:
    first = brought(from_datastore())
    put("parcels.csv", PARCELS + "Cat,2013-01-01T12:00:00Z\n")
    second = brought(from_datastore())
    assert [table.rows for table in (*first.tables, *second.tables)] == [2, 1, 3, 1]


@pytest.mark.usefixtures("there")
def test_a_file_that_somebody_has_deleted_here_is_copied_again(from_datastore: Configured) -> None:
    configuration = from_datastore()
    brought(configuration)
    (copied,) = configuration.outputs.rglob("datastores/*/parcels.csv")
    copied.unlink()
    assert brought(configuration).tables[0].rows == 2


def test_a_table_that_is_in_another_file_now_is_read_from_that(
    from_datastore: Configured, put: Put, workspace: "Workspace", folder: str
) -> None:
    put("parcels.csv", PARCELS)
    put("weather.parquet", "not read: there is another")
    put("weather.csv", WEATHER)
    with pytest.raises(OperationError, match=r"has weather\.parquet and weather\.csv\. Keep one\."):
        brought(from_datastore())
    datastore = workspace.get_default_datastore()
    datastore.blob_service.get_blob_client(datastore.container_name, f"{folder}/weather.parquet").delete_blob()
    assert [table.rows for table in brought(from_datastore()).tables] == [2, 1]


@pytest.mark.usefixtures("there")
def test_a_copy_that_broke_off_is_made_whole(from_datastore: Configured, offline: OfflineWorkspace) -> None:
    offline.plant(Fault(r"GET .*weather\.csv", status=403))
    with pytest.raises(OperationError, match=r"could not copy bought/.*/weather\.csv"):
        brought(from_datastore())
    assert [table.rows for table in brought(from_datastore()).tables] == [2, 1]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "azureml://bought/2013",
            r"^The data source 'azureml://bought/2013' must be .* azureml://datastores/NAME/paths/F",
        ),
        ("azureml://datastores/workspaceblobstore/paths/", r"must be the address"),
        ("azureml://datastores/nowhere/paths/bought", r"^The workspace has no datastore nowhere; it has .*blob"),
        ("azureml://datastores/workspaceblobstore/paths/sold", r"^There is nothing at azureml://.*/sold"),
    ],
    ids=["no address", "no folder", "unknown datastore", "empty folder"],
)
def test_a_wrong_address_is_named_in_one_line(source: str, message: str, from_datastore: Configured) -> None:
    with pytest.raises(OperationError, match=message) as raised:
        brought(from_datastore(source))
    assert "\n" not in str(raised.value)


def test_a_table_that_is_missing_is_named_with_those_there_are(from_datastore: Configured, put: Put) -> None:
    put("parcels.csv", PARCELS)
    with pytest.raises(
        OperationError, match=r"lacks the table 'weather': .* has no weather\.parquet or .*parcels\.csv"
    ):
        brought(from_datastore())


@pytest.mark.usefixtures("there")
def test_tables_in_a_datastore_are_validated(from_datastore: Configured) -> None:
    with pytest.raises(OperationError, match=r"The data do not meet .* expectations \(parcels, weather\)"):
        validate(from_datastore(), None)
