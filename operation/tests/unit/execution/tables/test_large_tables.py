"""A table in pieces is the one that is read whole, byte for byte, and what is wrong with it is said as well."""

import bz2
import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables import large_tables, reading, snapshot
from operation.execution.tables.known_defects import correct
from operation.execution.tables.large_tables import is_large, write_large
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import bring, write_table

ROWS = 400
WANTED = {"id": "", "whole": "int64", "number": "float64", "word": "str", "at": "Timestamp"}
DEFECT = KnownDefect(table="orders", key={"id": 390}, column="number", value=390.5, reason="a test")


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "PIECE", 1_000)
    monkeypatch.setattr(large_tables, "wanted_types", lambda table, use_case: WANTED)
    monkeypatch.setattr(reading, "wanted_types", lambda table, use_case: WANTED)


def lines(*columns: str, first: str = "id,number,word,at") -> str:
    """CSV of ROWS rows; a column is a text with `{n}`, in its place the row's number."""
    template = ",".join(columns or ("{n}", "{n}.5", "w{n}", "2024-01-01 00:00:00"))
    return "".join(f"{line}\n" for line in [first, *(template.replace("{n}", str(n)) for n in range(ROWS))])


def late(usual: str, other: str) -> str:
    """Two columns, the second of which changes its kind in row 300."""
    rows = [f"{n},{usual if n < 300 else other}" for n in range(ROWS)]
    return "\n".join(["id,x", *rows, ""])


def zipped(text: str) -> bytes:
    path = Path("orders.csv")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("any.csv", text)
    return path.read_bytes()


def both(folder: Path, *defects: KnownDefect) -> tuple[Path, Path]:
    """The files that the two ways write, given a source."""
    whole, pieces = folder / "whole", folder / "pieces"
    for each in (whole, pieces):
        each.mkdir()
    source = str(folder / "source")
    found = write_large(source, "orders", "any", defects, pieces / "orders.parquet")
    table, expected = correct(read_table(source, "orders", "any"), "orders", defects)
    write_table(table, "orders", whole)
    assert found == expected
    assert [each.name for each in pieces.iterdir()] == ["orders.parquet"]
    return whole / "orders.parquet", pieces / "orders.parquet"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.mark.parametrize(
    "text",
    [
        lines(),
        lines().rstrip("\n"),
        lines().replace("\n", "\r\n"),
        "\ufeff" + lines(),
        lines("{n}", "{n}.5", "{n}", "2024-01-01T00:00:00Z"),
        lines("{n}", "a", first=",word"),
        lines("{n}", "", first="id,word"),
        lines("{n}", '"a, b"', "true", first="id,word,flag"),
        lines("{n}.0", "{n}", first="whole,number"),
        late("1", "1.5"),
        late("1234567890123456789", "1.5"),
        late("1", "unknown"),
        late("", "7"),
        late("2024-01-01", "2024-01-01 10:00:00").replace("id,x", "id,at"),
        late("1", "1.5").replace("id,x", "id,whole"),
        late("1", "").replace("id,x", "id,number"),
        late("many", "1.5").replace("id,x", "id,number"),
        late("soon", "2024-01-01").replace("id,x", "id,at"),
    ],
    ids=[
        *("plain", "no last newline", "windows", "byte order mark", "digits as text", "row numbers", "all empty"),
        *("commas in quotes", "whole as floats", "fractions later", "long numbers", "text later", "empty first"),
        *("times later", "wanted whole", "wanted number", "no number", "no time"),
    ],
)
def test_csv_in_pieces_is_as_in_one(text: str, source: Path, tmp_path: Path) -> None:
    (source / "orders.csv").write_text(text, encoding="utf-8", newline="")
    whole, pieces = both(tmp_path)
    assert pq.read_table(pieces).equals(pq.read_table(whole))
    assert pieces.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("orders.csv.gz", lambda text: gzip.compress(text.encode())),
        ("orders.csv.bz2", lambda text: bz2.compress(text.encode())),
        ("orders.csv.zst", lambda text: pa.Codec("zstd").compress(text.encode(), asbytes=True)),
        ("orders.csv.zip", zipped),
    ],
    ids=["gz", "bz2", "zst", "zip"],
)
def test_packed_csv_is_unpacked_in_pieces(name: str, pack: object, source: Path, tmp_path: Path) -> None:
    assert callable(pack)
    (source / name).write_bytes(pack(lines()))
    whole, pieces = both(tmp_path)
    assert pieces.read_bytes() == whole.read_bytes()


def test_parquet_parts_in_folders_are_joined(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "ROW_GROUP", 100)
    parts: list[list[float | None]] = [[1, 2, 3], [1.5, None, 2.0]]
    for month, x in enumerate(parts):
        folder = source / "orders" / f"month={month}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"x": x * 50, **({"y": ["a"] * 150} if month else {})}), folder / "part-0.parquet")
    monkeypatch.setattr(reading, "wanted_types", lambda table, use_case: {"x": "float64"})
    monkeypatch.setattr(large_tables, "wanted_types", lambda table, use_case: {"x": "float64"})
    whole, pieces = both(tmp_path)
    assert pq.read_table(pieces).equals(pq.read_table(whole))
    groups = pq.read_metadata(pieces)
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [100, 100, 100]


def test_known_defects_are_corrected_wherever_they_are(source: Path, tmp_path: Path) -> None:
    (source / "orders.csv").write_text(lines())
    whole, pieces = both(tmp_path, DEFECT, DEFECT.model_copy(update={"value": 1.0}))
    assert pieces.read_bytes() == whole.read_bytes()
    assert pq.read_table(pieces)["number"].null_count == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text + "1,2\n", r"is not a CSV table: .* Expected 4 columns, got 2.* counted from byte \d"),
        (lambda text: text + text, r"has its header again after \d+ rows.*counted from byte \d"),
        (lambda text: text.replace("w399", "w\xff"), r"is not UTF-8: byte 0xff .* counted from byte \d"),
        (lambda text: text.replace("number", "id"), r"2 columns named 'id'"),
        (
            lambda text: text.replace(",", ";"),
            r"orders\.csv has semicolons between its columns, and commas are expected, .* points\. Write a copy, .*\"$",
        ),
    ],
    ids=["short row", "header again", "latin-1", "twice a name", "semicolons"],
)
def test_what_is_wrong_is_named(damage: object, message: str, source: Path) -> None:
    assert callable(damage)
    (source / "orders.csv").write_bytes(damage(lines(first="word,number,id,at")).encode("latin-1"))
    with pytest.raises(OperationError, match=message):
        write_large(str(source), "orders", "any", (), source / "out.parquet")


def test_parts_that_do_not_go_together_are_named(source: Path) -> None:
    for number, x in enumerate((["a"], [1])):
        pq.write_table(pa.table({"x": x}), source / f"orders-{number}.parquet")
    with pytest.raises(OperationError, match=r"The files beside .*orders-0\.parquet are not parts of one table"):
        write_large(str(source), "orders", "any", (), source / "out.parquet")


@pytest.mark.parametrize(("name", "large"), [("orders.csv", False), ("orders.csv.gz", True)])
def test_packed_files_count_by_what_they_may_hold(
    name: str, large: bool, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_tables, "LARGE", 1_000)
    (source / name).write_bytes(b"x" * 900)
    assert is_large(str(source), "orders") == large


def test_parquet_counts_unpacked(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "LARGE", 20_000)
    pq.write_table(pa.table({"x": range(5_000)}), source / "orders.parquet", compression="zstd", use_dictionary=False)
    assert (source / "orders.parquet").stat().st_size < 20_000
    assert is_large(str(source), "orders")


def test_parquet_with_few_different_values_counts_as_in_memory(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "LARGE", 20_000)
    pq.write_table(pa.table({"x": [1, 2] * 2_500}), source / "orders.parquet")
    packed = pq.read_metadata(source / "orders.parquet").row_group(0).total_byte_size
    assert packed < 20_000 < pq.read_table(source / "orders.parquet").nbytes
    assert is_large(str(source), "orders")


def test_a_snapshot_is_the_same_whichever_way(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / "orders.csv").write_text(lines())
    snapshots = []
    for name, large in (("pieces", 0), ("whole", 10**9)):
        monkeypatch.setattr(large_tables, "LARGE", large)
        snapshots.append(bring(str(source), ["orders"], [DEFECT], tmp_path / name, "any"))
    ways = [(each.sha256, each.tables, each.corrected) for each in snapshots]
    assert ways[0] == ways[1]
    assert snapshot.MANIFEST in {path.name for path in (tmp_path / "pieces").iterdir()}
