"""The tables of docs/data/flights.md say of every column what the data hold."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from operation.tests.use_cases.flights.conftest import packaged

ROW = re.compile(r"^\| `(\w+)` \| ([\w, ]+) \| ([\d,]+) \| (.*?) \| .*\|$", re.MULTILINE)
TABLES = {"flights": 336_776, "weather": 26_115}


def described(repository: Path, table: str) -> tuple[int, dict[str, tuple[str, int, str]]]:
    """The number of rows, and by column its type, how many are empty, and its values, as the page has them."""
    page = (repository / "docs" / "data" / "flights.md").read_text(encoding="utf-8")
    section = page.partition(f"## {table.capitalize()}\n")[2].partition("\n## ")[0]
    rows = {name: (kind, int(empty.replace(",", "")), values) for name, kind, empty, values in ROW.findall(section)}
    return int(section.partition(" rows")[0].replace(",", "")), rows


def profile(column: Any) -> tuple[str, int, str]:
    kind = {pa.string(): "string", pa.int64(): "int64", pa.float64(): "float64"}.get(column.type, "timestamp, UTC")
    if kind == "string":
        counts = sorted(column.drop_null().value_counts().to_pylist(), key=lambda each: -each["counts"])
        return kind, column.null_count, ", ".join(each["values"] for each in counts[:4])
    least, greatest = pc.min_max(column).as_py().values()
    if kind.startswith("timestamp"):
        return kind, column.null_count, f"{least:%Y-%m-%d %H:%M} to {greatest:%Y-%m-%d %H:%M}"
    median = pc.quantile(column, 0.5, interpolation="lower")[0].as_py()
    return kind, column.null_count, ", ".join(f"{each:.9g}" for each in dict.fromkeys((least, median, greatest)))


@pytest.mark.parametrize("table", TABLES)
def test_the_page_of_the_data_has_the_profile_of_every_column(repository: Path, table: str) -> None:
    data = packaged(f"{table}.csv")
    rows, columns = described(repository, table)
    assert rows == data.num_rows == TABLES[table]
    for name in data.column_names:
        kind, empty, values = profile(data[name])
        assert columns[name][:2] == (kind, empty), name
        assert same(columns[name][2], values), name


def same(shown: str, values: str) -> bool:
    """Whether they are equal; a page may name an equal number thrice, and fewer of the frequent values."""
    wanted, found = shown.split(", "), values.split(", ")
    return wanted == found or list(dict.fromkeys(wanted)) == found or sorted(wanted) == sorted(found[: len(wanted)])
