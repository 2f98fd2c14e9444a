"""compare.py on two small models: paired on the rows that both runs have, each on its own features."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import compare
from learning.files import read_json

Compare = Callable[..., int]


@pytest.fixture
def compared(prepared: Path, model: Path, poor_model: Path, tmp_path: Path) -> Compare:
    """Compare the poor model with the good one, whose data may be others."""

    def run(second_data: Path | None = None, *more: str) -> int:
        words = ["--first-model", poor_model, "--second-model", model, "--first-data", prepared]
        words += ["--second-data", second_data or prepared, "--output", tmp_path / "out"]
        settings = ["--target", "overdue", "--metric", "log_loss", "--resamples", "60", "--resample-by", "sent_date"]
        return compare.main([*map(str, words), *settings, "--slices", "courier", *more])

    return run


def changed(prepared: Path, folder: Path, change: Callable[[pa.Table], pa.Table]) -> Path:
    folder.mkdir()
    pq.write_table(change(pq.read_table(prepared / "test.parquet")), folder / "test.parquet")
    return folder


def found(tmp_path: Path) -> dict[str, Any]:
    document: dict[str, Any] = read_json(tmp_path / "out" / "compared.json")
    return document


def test_a_positive_difference_means_that_the_second_is_better_in_every_metric(
    compared: Compare, tmp_path: Path
) -> None:
    assert compared() == 0
    metrics = found(tmp_path)["metrics"]
    for name, sign in (("roc_auc", 1), ("log_loss", -1)):
        each = metrics[name]
        assert each["difference"] == pytest.approx(sign * (each["second"] - each["first"]))
        assert 0 < each["lower"] < each["difference"] < each["upper"]
    assert all(row["gain"]["lower"] > 0 for row in found(tmp_path)["slices"]["courier"])


def test_only_rows_that_are_in_both_test_parts_are_compared_each_with_its_own_values(
    compared: Compare, prepared: Path, tmp_path: Path
) -> None:
    rows = pq.read_metadata(prepared / "test.parquet").num_rows
    turn = [*range(rows // 2 - 1, -1, -1)]
    half = changed(prepared, tmp_path / "half", lambda table: table.slice(rows // 2, rows // 2).take(turn))
    assert compared(half) == 0
    assert found(tmp_path)["rows"] == rows // 2
    turned = found(tmp_path)["metrics"]["log_loss"]
    there = changed(prepared, tmp_path / "there", lambda table: table.slice(rows // 2, rows // 2))
    assert compared(there) == 0
    assert found(tmp_path)["metrics"]["log_loss"]["difference"] == pytest.approx(turned["difference"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda table: table.set_column(
                table.column_names.index("parcel"), "parcel", pa.compute.add(table["parcel"], 10**6)
            ),
            "no row is in the test parts of both runs",
        ),
        (
            lambda table: table.set_column(
                table.column_names.index("overdue"), "overdue", pa.compute.subtract(1, table["overdue"])
            ),
            "have another overdue in each run",
        ),
        (lambda table: table.drop_columns("rain"), "lacks the column rain"),
    ],
    ids=["other rows", "another outcome", "a feature is gone"],
)
def test_what_cannot_be_compared_is_one_line(
    change: Any, message: str, compared: Compare, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(changed(prepared, tmp_path / "changed", change)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "out").exists()
