"""The snapshot of the raw data: what is written, when it is written again, and which sources are refused."""

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables.known_defects import correct
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import Snapshot, bring, require_columns
from operation.tests.parcels import load

PARCELS = "carrier,arr_delay,time_hour\nUA,11,2013-01-01T10:00:00Z\nNA,,2013-01-01T11:00:00Z\n"
WEATHER = "origin,wind_speed,time_hour\nEWR,8.1,2013-01-01T10:00:00Z\nEWR,1048.4,2013-01-01T11:00:00Z\n"
TABLES = ("parcels", "weather")
WIND = KnownDefect(
    table="weather",
    key={"origin": "EWR", "time_hour": "2013-01-01T11:00:00Z"},
    column="wind_speed",
    value=1048.4,
    reason="recording error",
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "parcels.csv").write_text(PARCELS, encoding="utf-8")
    (folder / "weather.csv").write_text(WEATHER, encoding="utf-8")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "outputs" / "raw"


def bring_wind(source: Path, target: Path, force: bool = False) -> Snapshot:
    return bring(str(source), TABLES, [WIND], target, "case", force)


def test_empty_cells_and_na_are_null(source: Path) -> None:
    assert read_table(str(source), "parcels", "case").to_pydict()["carrier"] == ["UA", None]
    assert read_table(str(source), "parcels", "case").to_pydict()["arr_delay"] == [11, None]


@pytest.mark.parametrize("kind", ["parquet", "pandas categories", "csv.zip"])
def test_every_file_format_gives_the_same_table(kind: str, source: Path, tmp_path: Path) -> None:
    expected = read_table(str(source), "parcels", "case")
    if kind == "csv.zip":
        with zipfile.ZipFile(tmp_path / "parcels.csv.zip", "w") as archive:
            archive.write(source / "parcels.csv", "parcels.csv")
    else:
        table = expected.to_pandas().astype({"carrier": "category"} if kind == "pandas categories" else {})
        table.to_parquet(tmp_path / "parcels.parquet")
    assert read_table(str(tmp_path), "parcels", "case").to_pylist() == expected.to_pylist()


def test_unchanged_data_are_not_written_again(source: Path, target: Path) -> None:
    first = bring_wind(source, target)
    written = (target / "parcels.parquet").stat().st_mtime_ns
    second = bring_wind(source, target)
    assert (first.fresh, second.fresh) == (True, False)
    assert (second.sha256, second.tables, second.corrected) == (first.sha256, first.tables, first.corrected)
    assert (target / "parcels.parquet").stat().st_mtime_ns == written


def test_force_writes_the_same_bytes_again(source: Path, target: Path) -> None:
    first = bring_wind(source, target)
    again = bring_wind(source, target, force=True)
    assert again.fresh
    assert again.tables == first.tables


@pytest.mark.parametrize("change", ["source", "defects", "snapshot", "manifest"])
def test_a_change_of_any_part_writes_the_snapshot_again(change: str, source: Path, target: Path) -> None:
    bring_wind(source, target)
    if change == "source":
        (source / "parcels.csv").write_text(PARCELS.replace("11", "12"), encoding="utf-8")
    elif change == "snapshot":
        (target / "weather.parquet").write_bytes(b"broken")
    elif change == "manifest":
        (target / "manifest.json").write_text("{", encoding="utf-8")
    snapshot = bring(str(source), TABLES, [] if change == "defects" else [WIND], target, "case")
    assert snapshot.fresh
    assert pa.parquet.read_table(target / "weather.parquet").num_rows == 2


def test_a_known_defect_becomes_null_and_is_recorded(source: Path, target: Path) -> None:
    snapshot = bring_wind(source, target)
    assert pa.parquet.read_table(target / "weather.parquet")["wind_speed"].to_pylist() == [8.1, None]
    assert snapshot.corrected == (WIND,)
    assert json.loads((target / "manifest.json").read_text())["corrected"] == [WIND.model_dump(mode="json")]


@pytest.mark.parametrize(
    "difference",
    [
        {"value": 1048.5},
        {"key": {"origin": "JFK"}},
        {"key": {"origin": "EWR", "airport": "EWR"}},
        {"column": "wind_gust"},
        {"value": "fast"},
        {"table": "parcels"},
    ],
    ids=["value", "key", "key column", "column", "type", "table"],
)
def test_a_defect_that_matches_nothing_changes_nothing(difference: dict[str, object], source: Path) -> None:
    table = read_table(str(source), "weather", "case")
    cleared, corrected = correct(table, "weather", [WIND.model_copy(update=difference)])
    assert cleared == table
    assert corrected == ()


def write_damaged(source: Path, damage: str) -> None:
    """Replace the parcels of `source` by a file with one damage."""
    whole = PARCELS.encode()
    parquet = source / "parcels.parquet"
    table = read_table(str(source), "parcels", "case")
    (source / "parcels.csv").unlink()
    if damage in ("truncated parquet", "parquet without rows"):
        pa.parquet.write_table(table.slice(0, 0 if "without" in damage else 2), parquet)
        if damage == "truncated parquet":
            parquet.write_bytes(parquet.read_bytes()[:-20])
        return
    contents = {
        "no bytes": ("parcels.csv", b""),
        "no rows": ("parcels.csv", whole.splitlines(keepends=True)[0]),
        "truncated csv": ("parcels.csv", whole[:-24]),
        "latin-1": ("parcels.csv", whole.replace(b"UA", "Ü".encode("latin-1"))),
        "utf-16": ("parcels.csv", PARCELS.encode("utf-16")),
        "utf-16 without mark": ("parcels.csv", PARCELS.encode("utf-16-le")),
        "not a zip": ("parcels.csv.zip", gzip.compress(whole)),
        "missing": ("planes.csv", whole),
    }
    name, content = contents[damage]
    (source / name).write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param("no bytes", r"parcels\.csv is empty", id="no bytes"),
        pytest.param("no rows", r"parcels\.csv holds no rows", id="no rows"),
        pytest.param("parquet without rows", r"parcels\.parquet holds no rows", id="parquet without rows"),
        pytest.param("truncated csv", r"parcels\.csv is not a CSV table: .*Expected 3 columns", id="truncated csv"),
        pytest.param("truncated parquet", r"parcels\.parquet is not a whole parquet file", id="truncated parquet"),
        pytest.param(
            "latin-1", r"parcels\.csv is not UTF-8: byte 0xdc at position 28 \(line 2\)\. .* -f LATIN1", id="latin-1"
        ),
        pytest.param(
            "utf-16", r"parcels\.csv is not UTF-8: byte 0xff at position 0 \(line 1\)\. .* -f UTF-16", id="utf-16"
        ),
        pytest.param(
            "utf-16 without mark",
            r"parcels\.csv is not UTF-8: byte 0x00 at position 1 .* -f UTF-16",
            id="utf-16 without mark",
        ),
        pytest.param("not a zip", r"parcels\.csv\.zip is not a whole zip archive", id="not a zip"),
        pytest.param("missing", r"lacks the table 'parcels': .* it has planes\.csv, weather\.csv", id="missing"),
    ],
)
def test_a_damaged_file_is_refused_and_nothing_is_written(
    damage: str, message: str, source: Path, target: Path
) -> None:
    write_damaged(source, damage)
    with pytest.raises(OperationError, match=message):
        bring_wind(source, target)
    assert not target.exists()


def test_files_that_change_while_they_are_read_are_refused(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_change(*arguments: str) -> pa.Table:
        (source / "weather.csv").write_text(WEATHER + "JFK,5.0,2013-01-01T10:00:00Z\n", encoding="utf-8")
        return read_table(*arguments)

    monkeypatch.setattr("operation.execution.tables.reading.read_table", read_and_change)
    with pytest.raises(OperationError, match=r"have changed while they were read\. Wait, then run again"):
        bring_wind(source, target)
    assert not target.exists()


def test_a_damaged_file_leaves_the_former_snapshot(source: Path, target: Path) -> None:
    bring_wind(source, target)
    before = {file.name: file.read_bytes() for file in target.iterdir()}
    write_damaged(source, "truncated csv")
    with pytest.raises(OperationError):
        bring_wind(source, target)
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before
    assert [file.name for file in target.parent.iterdir() if file.is_dir()] == ["raw"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("no_such_package", "pip install no_such_package"), ("no/such/folder", "nor a folder")],
    ids=["package", "folder"],
)
def test_an_unknown_source_is_named(name: str, message: str, target: Path) -> None:
    with pytest.raises(OperationError, match=f"Unknown data source '{name}'.*{message}"):
        bring(name, TABLES, [], target, "case")


def test_a_folder_of_other_files_is_never_replaced(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    (target / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OperationError, match="holds files that are not a snapshot"):
        bring_wind(source, target)
    assert (target / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_the_snapshot_cannot_replace_its_own_source(source: Path) -> None:
    with pytest.raises(OperationError, match="Choose another source"):
        bring_wind(source, source)


def test_a_folder_that_cannot_be_made_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OperationError, match=r"Cannot write the data into .*file.*raw"):
        bring_wind(source, tmp_path / "file" / "raw")


def test_what_a_killed_run_left_is_cleared_away(source: Path, target: Path) -> None:
    leftover = target.with_name(".raw.partial")
    leftover.mkdir(parents=True)
    (leftover / "parcels.parquet").write_bytes(b"half")
    assert bring_wind(source, target).fresh
    assert not leftover.exists()


def test_a_source_in_a_datastore_needs_an_environment_with_a_workspace(tmp_path: Path) -> None:
    backend = connect(load(settings=[f"backend.outputs={tmp_path}"]))
    with pytest.raises(OperationError, match=r"this environment has no workspace.*--environment dev") as raised:
        backend.bring("azureml://datastores/workspaceblobstore/paths/parcels", TABLES)
    assert "\n" not in str(raised.value)


def test_columns_that_a_source_lacks_are_named_with_the_source(source: Path, target: Path) -> None:
    snapshot = bring_wind(source, target)
    require_columns(snapshot, {"parcels": ("carrier",), "weather": ()}, str(source), "monitoring")
    needed = {"parcels": ("carrier", "town", "weight"), "weather": ()}
    with pytest.raises(
        OperationError,
        match=r"^The table parcels of .*source lacks the columns town, weight, which monitoring needs; it has carrier,",
    ):
        require_columns(snapshot, needed, str(source), "monitoring")


def test_only_who_asks_for_it_gets_tables_without_rows(source: Path, target: Path) -> None:
    for table in TABLES:
        header, *_ = (source / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        (source / f"{table}.csv").write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(OperationError, match=r"parcels\.csv holds no rows"):
        bring(str(source), TABLES, [], target, "case")
    found = bring(str(source), TABLES, [WIND], target, "case", may_be_empty=True)
    assert [(table.rows, table.columns[1]) for table in found.tables] == [(0, "arr_delay"), (0, "wind_speed")]
