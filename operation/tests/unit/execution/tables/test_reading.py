"""The same table comes out of whatever people keep it in, and what would lose something is refused by name."""

import bz2
import gzip
import math
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import bring

TIMES = ["2013-01-01T10:00:00Z", "2013-01-01T11:00:00Z", "2013-02-01T10:00:00Z", "2013-02-01T11:00:00Z"]
TABLE = pa.table(
    {
        "month": [1, 1, 2, 2],
        "distance": [1400, 1416, 1089, 1576],
        "arr_delay": [11, None, -18, 20],
        "carrier": ["UA", "AA", "B6", None],
        "time_hour": pa.array(TIMES).cast(pa.timestamp("us", tz="UTC")),
    }
)
CSV = (
    "month,distance,arr_delay,carrier,time_hour\n1,1400,11,UA,2013-01-01T10:00:00Z\n1,1416,,AA,2013-01-01T11:00:00Z\n"
    "2,1089,-18,B6,2013-02-01T10:00:00Z\n2,1576,20,,2013-02-01T11:00:00Z\n"
)


def retype(**columns: Any) -> pa.Table:
    """Cast columns of the table, or replace them by other arrays."""
    table = TABLE
    for name, kind in columns.items():
        values = table[name].cast(kind) if isinstance(kind, pa.DataType) else kind
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def text(*endings: str) -> pa.Array:
    return pa.array([time.replace("T", " ").removesuffix("Z") + endings[0] for time in TIMES])


TYPES = {
    "small integers": retype(month=pa.int8(), distance=pa.int32(), arr_delay=pa.int16()),
    "unsigned integers": retype(distance=pa.uint32()),
    "floats that are whole": retype(distance=pa.float64(), month=pa.float32()),
    "decimals that are whole": retype(distance=TABLE["distance"].cast(pa.decimal128(21, 2))),
    "NaN for null": retype(arr_delay=pa.array([11, math.nan, -18, 20], from_pandas=False)),
    "dictionary": retype(carrier=TABLE["carrier"].dictionary_encode()),
    "large strings": retype(carrier=pa.large_string()),
    "string views": retype(carrier=pa.string_view()),
    "binary": retype(carrier=pa.binary()),
    "large binary": retype(carrier=pa.large_binary()),
    "another zone": retype(time_hour=pa.timestamp("us", tz="America/New_York")),
    "nanoseconds": retype(time_hour=pa.timestamp("ns", tz="UTC")),
    "seconds": retype(time_hour=pa.timestamp("s", tz="UTC")),
    "no zone": retype(time_hour=pa.timestamp("us")),
    "text with UTC": retype(time_hour=text(" UTC")),
    "text with an offset": retype(time_hour=text("+00:00")),
    "text without a zone": retype(time_hour=text("")),
    "unsigned integers of eight bytes": retype(distance=pa.uint64(), month=pa.uint8()),
    "half floats": retype(month=pa.array([1, 1, 2, 2]).cast(pa.float16())),
    "decimals of 32 bytes": retype(distance=TABLE["distance"].cast(pa.decimal256(40, 2))),
    "dictionary of numbers": retype(month=TABLE["month"].dictionary_encode()),
    "a type of Arrow's own": retype(
        carrier=pa.ExtensionArray.from_storage(pa.json_(), pa.array(["UA", "AA", "B6", None])),
        month=pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 1, 2, 2], pa.int8())),
    ),
    "milliseconds in another zone": retype(time_hour=pa.timestamp("ms", tz="+02:00")),
}


@pytest.mark.parametrize("table", TYPES.values(), ids=TYPES)
def test_a_difference_of_type_that_loses_nothing_is_taken(table: pa.Table, tmp_path: Path) -> None:
    pq.write_table(table, tmp_path / "parcels.parquet")
    found = read_table(str(tmp_path), "parcels", "case")
    assert found.to_pylist() == TABLE.to_pylist()
    for name in ("month", "distance", "carrier", "time_hour"):
        assert found.schema.field(name).type == TABLE.schema.field(name).type


def test_a_uuid_is_taken_as_people_write_it(tmp_path: Path) -> None:
    written = "0f8fad5b-d9cb-469f-a165-70867728950e"
    values = pa.array([UUID(written).bytes, None, None, None], pa.binary(16))
    table = TABLE.append_column("delivery", pa.ExtensionArray.from_storage(pa.uuid(), values))
    pq.write_table(table, tmp_path / "parcels.parquet")
    assert read_table(str(tmp_path), "parcels", "case")["delivery"].to_pylist() == [written, None, None, None]


def test_int96_times_are_taken(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "parcels.parquet", use_deprecated_int96_timestamps=True)
    assert read_table(str(tmp_path), "parcels", "case").to_pylist() == TABLE.to_pylist()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("distance", pa.array([1400.5, 1416, 1089, 1576])),
        ("distance", pa.array(["1,400", "1,416", "1,089", "1,576"])),
        ("distance", pa.array([2.0**60, 1, 2, 3])),
        ("distance", pa.array([math.inf, 1, 2, 3])),
        ("time_hour", pa.array(["1 January", *TIMES[1:]])),
        ("time_hour", pa.array([2**61, 1, 2, 3], pa.timestamp("ms", tz="UTC"))),
    ],
    ids=["fraction", "thousands", "too large for a float", "infinite", "no time", "beyond microseconds"],
)
def test_what_would_lose_something_stays_for_validation_to_refuse(
    column: str, values: pa.Array, tmp_path: Path
) -> None:
    pq.write_table(retype(**{column: values}), tmp_path / "parcels.parquet")
    assert read_table(str(tmp_path), "parcels", "case")[column].combine_chunks() == values


def test_a_decimal_with_fractions_becomes_a_float(tmp_path: Path) -> None:
    values = pa.array([Decimal("1.25"), Decimal("2.50"), None, Decimal("4.75")])
    pq.write_table(pa.table({"temp": values}), tmp_path / "weather.parquet")
    assert read_table(str(tmp_path), "weather", "case")["temp"].to_pylist() == [1.25, 2.5, None, 4.75]


def hive(folder: Path) -> None:
    pq.write_to_dataset(TABLE, folder / "parcels", partition_cols=["month"])


def spark(folder: Path) -> None:
    (folder / "parcels.parquet").mkdir()
    for part, start in enumerate((0, 2)):
        pq.write_table(TABLE.slice(start, 2), folder / "parcels.parquet" / f"part-{part:05}.snappy.parquet")
    (folder / "parcels.parquet" / "part-00002.parquet").write_bytes(
        (folder / "parcels.parquet" / "part-00001.snappy.parquet").read_bytes()
    )
    pq.write_table(TABLE.slice(0, 0), folder / "parcels.parquet" / "part-00002.parquet")
    (folder / "parcels.parquet" / "_SUCCESS").touch()
    (folder / "parcels.parquet" / ".part-00000.crc").touch()


def monthly(folder: Path) -> None:
    for month, start in enumerate((0, 2), 1):
        pq.write_table(TABLE.slice(start, 2), folder / f"parcels-2013-{month:02}.parquet")
    (folder / "parcels-old.csv").write_text("other", encoding="utf-8")


def monthly_csv(folder: Path) -> None:
    head, *lines = CSV.splitlines(keepends=True)
    (folder / "parcels_201301.csv").write_text(head + "".join(lines[:2]), encoding="utf-8")
    (folder / "parcels_201302.csv.gz").write_bytes(gzip.compress((head + "".join(lines[2:])).encode()))


def csv(suffix: str, change: Callable[[str], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / f"parcels{suffix}").write_bytes(change(CSV))


def number_rows(content: str) -> bytes:
    head, *lines = content.splitlines()
    return "\n".join([f'"",{head}', *(f'"{row}",{line}' for row, line in enumerate(lines, 1))]).encode()


def dated(folder: Path) -> None:
    for month, start in enumerate((0, 2), 1):
        (folder / f"2013-{month:02}").mkdir()
        pq.write_table(TABLE.slice(start, 2), folder / f"2013-{month:02}" / "parcels.parquet")


def years_and_months(folder: Path) -> None:
    for month, start in enumerate((0, 2), 1):
        (folder / "parcels" / "2013" / str(month)).mkdir(parents=True)
        pq.write_table(TABLE.slice(start, 2), folder / "parcels" / "2013" / str(month) / "data.parquet")


def zstd(folder: Path) -> None:
    packed = pa.compress(CSV.encode(), codec="zstd", asbytes=True)
    (folder / "parcels.csv.zst").write_bytes(packed)


LAYOUTS: dict[str, Callable[[Path], object]] = {
    "hive folders": hive,
    "Spark folder": spark,
    "monthly files": monthly,
    "monthly CSV, one of them packed": monthly_csv,
    "folders named by a date": dated,
    "folders of years and months": years_and_months,
    "csv.zst": zstd,
    "csv.gz": csv(".csv.gz", lambda text: gzip.compress(text.encode())),
    "csv.bz2": csv(".csv.bz2", lambda text: bz2.compress(text.encode())),
    "byte order mark": csv(".csv", lambda text: text.encode("utf-8-sig")),
    "mixed line endings": csv(".csv", lambda text: text.replace("\n", "\r\n", 2).encode()),
    "\\N for null": csv(".csv", lambda text: text.replace(",,", ",\\N,").encode()),
    "NULL for null": csv(".csv", lambda text: text.replace(",,", ",NULL,").encode()),
    "NaN for null": csv(".csv", lambda text: text.replace(",,", ",NaN,").encode()),
    "row numbers without a name": csv(".csv", number_rows),
    "an hour without minutes": csv(
        ".csv", lambda text: text.replace("-02-01T10:00:00", "-02-01T10").replace("Z", " UTC").encode()
    ),
    "times with UTC": csv(".csv", lambda text: text.replace("T", " ").replace("Z", " UTC").encode()),
}


@pytest.mark.parametrize("write", LAYOUTS.values(), ids=LAYOUTS)
def test_a_difference_of_layout_is_taken(write: Callable[[Path], object], tmp_path: Path) -> None:
    write(tmp_path)
    found = read_table(str(tmp_path), "parcels", "case")
    assert found.select(TABLE.column_names).to_pylist() == TABLE.to_pylist()
    assert sorted(found.column_names) == sorted(TABLE.column_names)


def test_a_column_that_nobody_wants_may_be_missing_in_a_part(tmp_path: Path) -> None:
    pq.write_table(TABLE.slice(0, 2), tmp_path / "parcels-01.parquet")
    further = TABLE.slice(2).append_column("loaded_at", pa.array([1, 2]))
    pq.write_table(further, tmp_path / "parcels-02.parquet")
    assert read_table(str(tmp_path), "parcels", "case")["loaded_at"].to_pylist() == [None, None, 1, 2]


def test_a_date_in_place_of_a_time_is_its_midnight(tmp_path: Path) -> None:
    dates = TABLE["time_hour"].cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
    pq.write_table(retype(time_hour=dates), tmp_path / "parcels.parquet")
    times = read_table(str(tmp_path), "parcels", "case")["time_hour"]
    assert times.type == pa.timestamp("us", tz="UTC")
    assert times[0].as_py().isoformat() == "2013-01-01T00:00:00+00:00"


def test_a_type_that_shows_late_is_inferred_from_all_of_a_csv(tmp_path: Path) -> None:
    lines = "\n".join(["1"] * 600_000 + ["1.5"])
    (tmp_path / "weather.csv").write_text(f"temp\n{lines}\n", encoding="utf-8")
    assert read_table(str(tmp_path), "weather", "case")["temp"][-1].as_py() == 1.5


def test_text_of_digits_stays_text_where_text_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "parcels.csv").write_text("carrier,month\n09,1\n10,1\n", encoding="utf-8")
    assert read_table(str(tmp_path), "parcels", "case")["carrier"].to_pylist() == ["09", "10"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["12345678901234567890", "12345678901234567891"], ["12345678901234567890", "12345678901234567891"]),
        (["9007199254740993", "1.5"], ["9007199254740993", "1.5"]),
        (["9007199254740993", "-5"], [9007199254740993, -5]),
        (["1e300", "0.5"], [1e300, 0.5]),
        (["123456789012345", "0.5"], [123456789012345.0, 0.5]),
    ],
    ids=["20 digits", "beside a fraction", "whole", "not whole", "short"],
)
def test_a_number_of_a_csv_that_a_float_would_round_stays_text(
    column: list[str], expected: list[Any], tmp_path: Path
) -> None:
    lines = "".join(f"{number},1\n" for number in column)
    (tmp_path / "orders.csv").write_text(f"id,count\n{lines}", encoding="utf-8")
    assert read_table(str(tmp_path), "orders", "case").to_pydict() == {"id": expected, "count": [1, 1]}


def open_quote(content: str) -> bytes:
    return content.replace("AA", '"AA', 1).encode()


def archive(**header: int) -> Callable[[Path], object]:
    """Write a zip archive, with other numbers in the fields of its two headers."""

    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / "parcels.csv.zip", "w") as file:
            file.writestr("parcels.csv", CSV)
        content = bytearray((folder / "parcels.csv.zip").read_bytes())
        for beginning, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
            for field, place in (("flags", 6), ("method", 8)):
                if field in header:
                    content[content.find(beginning) + place + shift] = header[field]
        (folder / "parcels.csv.zip").write_bytes(content)

    return write


def twice(folder: Path) -> None:
    monthly(folder)
    pq.write_table(TABLE, folder / "parcels.parquet")


def both_kinds(folder: Path) -> None:
    pq.write_table(TABLE, folder / "parcels.parquet")
    (folder / "parcels.csv").write_text(CSV, encoding="utf-8")


def packed_beside(folder: Path) -> None:
    (folder / "parcels").mkdir()
    (folder / "parcels" / "part-0.csv").write_text(CSV, encoding="utf-8")
    (folder / "parcels" / "part-0.csv.gz").write_bytes(gzip.compress(CSV.encode()))


def delta(folder: Path) -> None:
    spark(folder)
    (folder / "parcels.parquet" / "_delta_log").mkdir()
    (folder / "parcels.parquet" / "_delta_log" / "0.json").touch()


def different(folder: Path) -> None:
    monthly(folder)
    pq.write_table(TABLE.drop_columns("carrier"), folder / "parcels-2013-03.parquet")


def mixed(folder: Path) -> None:
    monthly(folder)
    (folder / "parcels-2013-03.csv").write_text(CSV, encoding="utf-8")


def contradicting(folder: Path) -> None:
    hive(folder)
    (folder / "parcels" / "month=3").mkdir()
    pq.write_table(TABLE, folder / "parcels" / "month=3" / "part-0.parquet")


def parquet(table: pa.Table) -> Callable[[Path], object]:
    return lambda folder: pq.write_table(table, folder / "parcels.parquet")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "twice": (twice, r"has the table 'parcels' twice: .*parcels\.parquet and parcels-2013-01\.parquet\. Keep one"),
    "parquet beside CSV": (both_kinds, r"'parcels' twice: .* has parcels\.parquet and parcels\.csv\. Keep one"),
    "a part beside its archive": (packed_beside, r"same part twice: parcels/part-0\.csv and parcels/part-0\.csv\.gz\."),
    "Delta table": (delta, r"parcels\.parquet is a Delta table"),
    "parts of other columns": (different, r"parcels-2013-03\.parquet .*only one of them has the column 'carrier'"),
    "parts of other formats": (mixed, "parquet and CSV files of one table"),
    "folder against file": (contradicting, "has other values in its column 'month' than its folder's name"),
    "one name twice": (
        parquet(TABLE.append_column("carrier", TABLE["carrier"])),
        r"parcels\.parquet has 2 columns named 'carrier'\. Rename or drop all but one",
    ),
    "one name twice in CSV": (
        csv(".csv", lambda text: text.replace("carrier", "month").encode()),
        "2 columns named 'm",
    ),
    "one name but for case": (
        parquet(TABLE.append_column("Carrier", TABLE["carrier"])),
        "'carrier' and 'Carrier': the same name but for case",
    ),
    "nested": (parquet(TABLE.append_column("obs", pa.array([{"t": 1.0}] * 4))), r"nested columns: 'obs' \(struct<t"),
    "git-lfs pointer": (
        lambda folder: (folder / "parcels.parquet").write_text("version https://git-lfs.github.com/spec/v1\n"),
        "is a git-lfs pointer, .*git lfs pull",
    ),
    "semicolons": (csv(".csv", lambda text: text.replace(",", ";").encode()), "has semicolons between its columns"),
    "a quote that is never closed": (
        csv(".csv", lambda text: open_quote(text + 40_000 * "2,1,1,UA,2013-02-01T10:00:00Z\n")),
        r"has a quote that is never closed, probably in line 3: '1,1416,,\"AA,2013",
    ),
    "a quote that is never closed, at the end of a line": (
        csv(".csv", lambda text: text.replace("\n", ",note\n").replace(":00Z,note", ':00Z,"note', 1).encode()),
        r"has a quote that is never closed, probably in line 2: '1,1400,11,UA,2013",
    ),
    "a name with a comma among semicolons": (
        csv(".csv", lambda text: text.replace(",", ";").replace("distance", '"distance, miles"').encode()),
        "has semicolons between its columns",
    ),
    "a name with commas among semicolons": (
        csv(".csv", lambda text: text.replace(",", ";").replace("distance", "distance, miles").encode()),
        "has semicolons between its columns",
    ),
    "a link to nothing": (
        lambda folder: (folder / "parcels.parquet").symlink_to("moved.parquet"),
        r"parcels\.parquet is a link to moved\.parquet, which is not there\. Restore",
    ),
    "a link to itself": (
        lambda folder: (folder / "parcels.csv").symlink_to("parcels.csv"),
        r"parcels\.csv is a link to parcels\.csv, which is not there",
    ),
    "a NUL byte": (
        csv(".csv", lambda text: text.replace("AA", "A\0").encode()),
        r"has a NUL byte at position \d+ \(line 3\), .*\. Restore it",
    ),
    "an error of a spreadsheet": (
        csv(".csv", lambda text: text.replace("1416", "#DIV/0!").encode()),
        r"has 1 value in the column 'distance' that cannot be a number: '#DIV/0!' in row 2 below the header\.",
    ),
    "a word among dates": (
        csv(".csv", lambda text: text.replace("2013-02-01T11:00:00Z", "soon").encode()),
        r"has \d values? in the column 'time_hour' that cannot be a date: 'soon' in row \d below",
    ),
    "header again": (csv(".csv", lambda text: (text + text).encode()), "has its header again after 4 rows"),
    "cut off": (csv(".csv.gz", lambda text: gzip.compress(text.encode())[:-9]), r"not a whole \.gz file"),
    "cut off, bz2": (csv(".csv.bz2", lambda text: bz2.compress(text.encode())[:-9]), r"not a whole \.bz2 file"),
    "control characters": (
        csv(".csv", lambda text: text.replace(",", "\x01").encode()),
        r"has control characters \(0x01\) between its columns",
    ),
    "no header": (
        csv(".csv", lambda text: text.partition("\n")[2].encode()),
        r"none of its columns in its first line: '1,1400,11,UA,.*\. Give it a header \(year, month, day, \.\.\.\)",
    ),
    "parquet named csv": (
        csv(".csv", lambda _: b"PAR1\x15\x04"),
        r"is a parquet file, not CSV\. Rename it to parcels\.par",
    ),
    "gzip named csv": (
        csv(".csv", lambda text: gzip.compress(text.encode())),
        r"is packed with gzip, not CSV\. Rename it to parcels\.csv\.gz",
    ),
    "zip with a password": (archive(flags=1), r"not a whole zip archive: .*password"),
    "zip of another method": (archive(method=97), r"not a whole zip archive: .*not supported"),
    "another kind of file": (csv(".xlsx", lambda _: b"PK"), r"lacks the table 'parcels': .*; it has parcels\.xlsx"),
}


@pytest.mark.parametrize(("write", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_one_table_is_refused_by_name(
    write: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    write(tmp_path)
    with pytest.raises(OperationError, match=message):
        read_table(str(tmp_path), "parcels", "case")


def test_another_month_makes_another_snapshot(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "raw"
    source.mkdir()
    monthly(source)
    assert bring(str(source), ["parcels"], [], target, "case").fresh
    assert not bring(str(source), ["parcels"], [], target, "case").fresh
    pq.write_table(TABLE.slice(0, 1), source / "parcels-2013-03.parquet")
    snapshot = bring(str(source), ["parcels"], [], target, "case")
    assert (snapshot.fresh, snapshot.tables[0].rows) == (True, 5)
