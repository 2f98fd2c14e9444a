import hashlib
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from learning.errors import InputError
from learning.files import (
    HASHES,
    PARTIAL,
    as_arrays,
    complete_file,
    complete_folder,
    read_columns,
    read_json,
    require_undamaged,
    write_json,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_halfway(output: AbstractContextManager[Path], *name: str) -> None:
    with output as path:
        path.joinpath(*name).write_text("half")
        raise InputError


def test_a_folder_gets_its_files_when_all_are_written(tmp_path: Path) -> None:
    output = tmp_path / "new" / "output"
    with complete_folder(output) as folder:
        (folder / "a").write_text("a")
        (folder / "b").write_text("b")
    assert names(output) == ["a", "b", HASHES]
    assert read_json(output / HASHES) == {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b")}


def test_a_failure_leaves_no_new_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fail_halfway(complete_folder(tmp_path / "output"), "a")
    assert names(tmp_path) == []


def test_a_failure_leaves_earlier_files_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("earlier")
    with pytest.raises(InputError):
        fail_halfway(complete_folder(tmp_path), "a")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "earlier"


def test_what_a_killed_run_left_does_not_become_output(tmp_path: Path) -> None:
    (tmp_path / PARTIAL).mkdir()
    (tmp_path / PARTIAL / "left").write_text("half")
    with complete_folder(tmp_path) as folder:
        (folder / "a").write_text("a")
    assert names(tmp_path) == ["a", HASHES]


def test_a_changed_or_unlisted_file_is_named(tmp_path: Path) -> None:
    with complete_folder(tmp_path) as folder:
        (folder / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    require_undamaged(tmp_path, ["a"])
    with pytest.raises(InputError, match=r"b is damaged: its SHA-256 is not the one in sha256\.json"):
        require_undamaged(tmp_path, ["a", "b"])
    (tmp_path / "a").write_text("A")
    with pytest.raises(InputError, match=r"a is damaged: its SHA-256 is not the one in sha256\.json"):
        require_undamaged(tmp_path, ["a"])


def test_a_folder_without_hashes_is_not_checked(tmp_path: Path) -> None:
    require_undamaged(tmp_path, ["a"])


def test_a_file_appears_when_it_is_written(tmp_path: Path) -> None:
    with complete_file(tmp_path / "new" / "a") as path:
        path.write_text("a")
        assert not (tmp_path / "new" / "a").exists()
    assert names(tmp_path / "new") == ["a"]


def test_a_failure_leaves_an_earlier_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("earlier")
    with pytest.raises(InputError):
        fail_halfway(complete_file(tmp_path / "a"))
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "earlier"


def test_json_survives_a_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": [1, 0.5, None], "a": "é"})
    assert read_json(tmp_path / "a.json") == {"b": [1, 0.5, None], "a": "é"}


def test_json_without_a_value_for_nan_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", float("nan"))


@pytest.mark.parametrize("content", [b"{", b"\xff"], ids=["cut-off", "not-utf-8"])
def test_a_broken_json_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.json is not JSON"):
        read_json(tmp_path / "a.json")


def test_nulls_become_nan_or_none(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [1, None], "x": [0.5, None], "s": ["a", None]}), tmp_path / "a.parquet")
    columns = read_columns(tmp_path / "a.parquet", ["x", "s", "n"])
    assert list(columns) == ["x", "s", "n"]
    assert columns["s"].tolist() == ["a", None]
    assert np.isnan([columns["n"][1], columns["x"][1]]).all()


COLUMNS = {
    "whole": (pa.array([3, 2**60 + 1, 5], pa.int64()), [3, 2**60 + 1, 5], np.int64),
    "whole-and-null": (pa.array([3, None, 5], pa.int8()), [3, np.nan, 5], np.float64),
    "small-and-null": (pa.array([0.5, None, 5], pa.float32()), [0.5, np.nan, 5], np.float32),
    "flags": (pa.array([True, False, True]), [True, False, True], np.bool_),
    "flags-and-null": (pa.array([True, None, False]), [True, None, False], np.object_),
    "days": (pa.array([15706, 15707, 15708], pa.date32()), ["2013-01-01", "2013-01-02", "2013-01-03"], "datetime64[D]"),
    "days-and-null": (pa.array([15706, None], pa.date32()), ["2013-01-01", "NaT"], "datetime64[D]"),
}


@pytest.mark.parametrize(("column", "values", "kind"), COLUMNS.values(), ids=COLUMNS)
def test_numbers_flags_and_days_keep_their_type_over_all_row_groups(
    tmp_path: Path, column: pa.Array, values: list[object], kind: type
) -> None:
    pq.write_table(pa.table({"x": column}), tmp_path / "a.parquet", row_group_size=2)
    found = read_columns(tmp_path / "a.parquet", ["x"])["x"]
    np.testing.assert_array_equal(found, np.array(values, kind))
    assert found.dtype == np.dtype(kind)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())], ids=str)
def test_equal_strings_are_one_object_whatever_their_kind(tmp_path: Path, kind: pa.DataType) -> None:
    pq.write_table(pa.table({"s": pa.array(["red", None, "blue", "red"], kind)}), tmp_path / "a.parquet")
    strings = read_columns(tmp_path / "a.parquet", ["s"])["s"]
    assert strings.tolist() == ["red", None, "blue", "red"]
    assert strings[0] is strings[3]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.parquet does not exist"):
        read_columns(tmp_path / "a.parquet", ["x"])


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1], "y": [1]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a\.parquet lacks the column z; it has x, y"):
        read_columns(tmp_path / "a.parquet", ["x", "z"])


def test_a_truncated_parquet_file_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "whole.parquet")
    (tmp_path / "a.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:-100])
    with pytest.raises(InputError, match=r"a\.parquet cannot be read as parquet"):
        read_columns(tmp_path / "a.parquet", ["x"])


VALUES = {
    "float64": pa.array([0.5, None, -1.0, float("nan")]),
    "float32": pa.array([0.5, None, 2.0, 3.0], pa.float32()),
    "int8": pa.array([1, 2, 3, -4], pa.int8()),
    "int64 with null": pa.array([1, None, 3, 4]),
    "date": pa.array([date(2013, 1, 1), date(1969, 7, 20), date(2013, 1, 2), date(2013, 1, 3)]),
    "date with null": pa.array([date(2013, 1, 1), None, date(2013, 1, 2), date(2013, 1, 3)]),
    "boolean": pa.array([True, False, True, True]),
    "text": pa.array(["red", "", "blue", "red"]),
    "text with null": pa.array(["red", None, "blue", "red"]),
}


@pytest.mark.parametrize("chunks", [[slice(0, 4)], [slice(1, 4), slice(0, 2)], [slice(0, 0)], []], ids=str)
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_arrays_are_what_arrow_itself_makes_of_the_values(values: pa.Array, chunks: list[slice]) -> None:
    column = pa.chunked_array([values[chunk] for chunk in chunks], values.type)
    found, expected = as_arrays(pa.table({"x": column}))["x"], column.to_numpy(zero_copy_only=False)
    assert found.dtype == expected.dtype
    assert str(found.tolist()) == str(expected.tolist())
    assert found.flags.writeable
