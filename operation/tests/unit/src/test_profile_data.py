"""profile_data.py on a small sample: what it counts, of what it makes series, and what it refuses."""

import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import profile_data
from learning import blocks
from learning.features import Feature
from learning.files import read_json
from learning.profiles import Series
from operation.monitoring.profiles import read_profile


def described(output: Path, model: Path, *more: str) -> dict[str, Any]:
    given = ["--model", str(model), "--output", str(output), "--threads", "1"]
    assert profile_data.main([*given, *more]) == 0
    found: dict[str, Any] = read_json(output / "profile.json")
    return found


@pytest.fixture(scope="module")
def reference(prepared: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the profile of all prepared parcels."""
    folder = tmp_path_factory.mktemp("reference")
    described(folder, model, "--data", str(prepared))
    return folder


def test_every_row_is_in_one_bin_of_every_feature(reference: Path, prepared: Path) -> None:
    found = read_json(reference / "profile.json")
    rows = sum(pq.read_metadata(prepared / f"{part}.parquet").num_rows for part in ("train", "test"))
    assert sum(found["sums"]["rows"]) == rows
    for name in found["features"]:
        assert np.sum(found["sums"][f"bins/{name}"]) == rows
    assert np.sum(found["sums"]["scores"]) == np.sum(found["sums"]["outcomes"]) == rows


def test_blocks_are_weeks_without_a_gap(reference: Path) -> None:
    found = read_json(reference / "profile.json")["blocks"]
    assert (found[0]["first"], found[0]["last"], found[0]["days"]) == ("2013-01-01", "2013-01-07", 7)
    assert found[-1]["last"] == "2013-12-31"
    assert len(found) == 53


def test_numbers_that_are_the_same_at_a_time_are_series_and_those_of_other_tables_are_joined(reference: Path) -> None:
    series = read_json(reference / "profile.json")["plan"]["series"]
    assert [(each["clock"], each["group"], each["names"], each["joined"]) for each in series] == [
        ("sent_at", "", ["hour", "temp", "rain"], ["temp", "rain"])
    ]


def test_a_profile_is_the_same_whatever_the_batch(
    reference: Path, prepared: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BATCH", 1000)
    found = described(tmp_path / "again", model, "--data", str(prepared))["sums"]
    for name, sums in read_json(reference / "profile.json")["sums"].items():
        np.testing.assert_allclose(np.hstack(found[name]), np.hstack(sums), rtol=1e-3, atol=1e-3)


@pytest.fixture(scope="module")
def window(reference: Path, raw: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The profile of the same rows as a window, prepared anew."""
    folder = tmp_path_factory.mktemp("window")
    return described(folder, model, "--raw", str(raw), "--reference", str(reference))


def test_a_window_has_the_bins_of_its_reference(window: dict[str, Any], reference: Path) -> None:
    before = read_json(reference / "profile.json")
    assert window["plan"] == before["plan"]
    assert window["sums"]["bins/temp"] == before["sums"]["bins/temp"]


def test_slices_of_a_window_add_up_to_its_outcomes(window: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(json.dumps(window))
    sums = read_profile(tmp_path / "profile.json", "").sums
    assert len(window["sums"]["outcomes/courier"]["places"]) < sums["outcomes/courier"].size / 2  # no 0 is written
    for name in ("outcomes", "errors"):
        np.testing.assert_allclose(np.sum(sums[f"{name}/courier"], axis=1), sums[name], rtol=1e-4)
    rows = np.sum(sums["errors/courier"], axis=0)[:, 0]
    assert len(window["slices"]["courier"]) == len(rows) > 1
    assert (np.diff(rows) <= 0).all()  # the largest first


def test_of_a_large_window_a_sample_is_scored_the_same_in_any_order(
    window: dict[str, Any], reference: Path, raw: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, limit = sum(window["sums"]["rows"]), sum(window["sums"]["rows"]) // 4
    monkeypatch.setattr(profile_data, "MOST_SCORED", limit)
    turned = Path(shutil.copytree(raw, tmp_path / "turned"))
    parcels = pq.read_table(turned / "parcels.parquet")
    pq.write_table(parcels.take(np.arange(len(parcels))[::-1]), turned / "parcels.parquet")
    given = ["--reference", str(reference), "--slices", "courier"]
    found, again = (
        described(tmp_path / name, model, "--raw", str(folder), *given)["sums"]
        for name, folder in (("one", raw), ("other", turned))
    )
    assert sum(found["rows"]) == rows
    assert found["bins/temp"] == window["sums"]["bins/temp"]
    assert limit / 2 < np.sum(found["scores"]) < limit * 1.2
    assert np.sum(found["scores"]) == np.sum(found["outcomes"]) == np.sum(found["outcomes/courier"]["counts"])
    assert (found["scores"], found["attributed"]) == (again["scores"], again["attributed"])


def test_slices_are_of_a_window_and_of_columns_that_there_are(
    reference: Path, raw: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--raw", str(raw), "--model", str(model), "--output", str(tmp_path / "o")]
    assert profile_data.main([*given, "--slices", "courier"]) == 1
    assert "--slices is about a window: give --reference, too" in capsys.readouterr().err
    lacking = described(tmp_path / "w", model, "--raw", str(raw), "--reference", str(reference), "--slices", "nobody")
    assert lacking["slices"] == {}


def test_the_largest_slices_are_taken_and_named_as_in_a_card(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "MOST_SLICES", 3)
    values = [1.0] * 4 + [2.5] * 3 + [None] * 2 + [7.0, 7.0]
    connection.register("given", pa.table({"it's": values, "target": [1] * 9 + [None] * 2}))
    connection.execute("CREATE TABLE blocked AS FROM given")
    assert blocks.find_slices(connection, ["it's", "nobody"], "target") == {"it's": ["1", "2.5", "None"]}


@pytest.mark.parametrize("names", [1, 2, 3])
def test_only_symmetric_sums_are_halved(names: int) -> None:
    sums = np.arange(4.0 * names * names).reshape(4, names, names)
    assert np.shape(profile_data.compact(profile_data.halved("steps/0", sums))) == (4, names, names)
    assert np.shape(profile_data.compact(profile_data.halved("products", sums))) == (4, names * (names + 1) // 2)


def test_rows_whose_outcome_nobody_knows_are_described_too(
    reference: Path, raw: Path, model: Path, tmp_path: Path
) -> None:
    young = Path(shutil.copytree(raw, tmp_path / "raw"))
    pq.write_table(pq.read_table(young / "parcels.parquet").drop_columns("hours"), young / "parcels.parquet")
    found = described(tmp_path / "window", model, "--raw", str(young), "--reference", str(reference))["sums"]
    assert sum(found["rows"]) == pq.read_metadata(young / "parcels.parquet").num_rows
    assert np.sum(found["outcomes"]) == 0


def test_a_window_without_a_row_has_no_block(reference: Path, raw: Path, model: Path, tmp_path: Path) -> None:
    empty = Path(shutil.copytree(raw, tmp_path / "raw"))
    pq.write_table(pq.read_table(empty / "parcels.parquet").slice(0, 0), empty / "parcels.parquet")
    found = described(tmp_path / "window", model, "--raw", str(empty), "--reference", str(reference))
    assert found["blocks"] == []


@pytest.mark.parametrize("huge", [1e300, -1e300, float("inf"), 3e38])
def test_numbers_without_end_are_outside_and_break_nothing(
    reference: Path, raw: Path, model: Path, tmp_path: Path, huge: float
) -> None:
    damaged = Path(shutil.copytree(raw, tmp_path / "damaged"))
    weather = pq.read_table(damaged / "weather.parquet")
    place = weather.column_names.index("temp")
    weather = weather.set_column(place, "temp", pa.array([huge] * len(weather)))
    pq.write_table(weather, damaged / "weather.parquet")
    found = described(tmp_path / "out", model, "--raw", str(damaged), "--reference", str(reference))["sums"]
    outside = np.sum(found["bins/temp"], axis=0)
    assert outside[0] + outside[-2] + outside[-1] == sum(found["rows"])


def test_a_key_that_stands_again_is_counted(reference: Path, raw: Path, model: Path, tmp_path: Path) -> None:
    twice = Path(shutil.copytree(raw, tmp_path / "raw"))
    table = pq.read_table(twice / "parcels.parquet")
    pq.write_table(pa.concat_tables([table, table]), twice / "parcels.parquet")
    found = described(tmp_path / "window", model, "--raw", str(twice), "--reference", str(reference))["sums"]
    assert sum(found["repeated"]) == sum(found["rows"]) / 2


def test_a_reference_of_another_model_is_refused(
    reference: Path, raw: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(reference, tmp_path / "reference"))
    text = (other / "profile.json").read_text(encoding="utf-8")
    (other / "profile.json").write_text(text.replace('"model_sha256":"', '"model_sha256":"0'), encoding="utf-8")
    given = ["--raw", str(raw), "--model", str(model), "--reference", str(other), "--output", str(tmp_path / "o")]
    assert profile_data.main(given) == 1
    assert "is of another model" in capsys.readouterr().err


def test_rows_come_from_one_place(
    raw: Path, prepared: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--model", str(model), "--output", str(tmp_path / "o")]
    assert profile_data.main(given) == 1
    assert profile_data.main([*given, "--raw", str(raw), "--data", str(prepared)]) == 1
    assert capsys.readouterr().err.count("give either --data") == 2


def test_rows_without_dates_are_in_blocks_of_their_order(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE VIEW rows AS SELECT range AS id FROM range(95)")
    found = blocks.make_blocks(connection, "", days=7)
    assert (len(found), found[0], found[-1]["last"]) == (24, {"first": 0, "last": 3, "days": 0}, 94)
    assert connection.execute("SELECT max(__block), count(*) FROM blocked").fetchall() == [(23, 95)]


def test_a_column_may_have_any_name(connection: duckdb.DuckDBPyConnection) -> None:
    odd = 'sent "at"', 'size 12"'
    days = [date(2013, 1, 1 + number // 4) for number in range(80)]
    connection.register("given", pa.table({odd[0]: days, odd[1]: [day.day for day in days]}))
    connection.execute("CREATE VIEW rows AS FROM given")
    assert [each["days"] for each in blocks.make_blocks(connection, odd[0], days=7)] == [7, 7, 6]
    assert blocks.is_determined(connection, odd[0], "", [odd[1]]) == {odd[1]: True}
    assert blocks.usual_step(connection, odd[0], odd[1]) == 1
    assert blocks.is_time(connection, odd[0]) is False


def test_rows_of_each_category_are_compared_with_all_others(reference: Path) -> None:
    found = read_json(reference / "profile.json")
    groups = np.array(found["sums"]["groups/courier"])
    assert groups.shape[1] == len(found["features"]["courier"])
    bins = np.array(found["sums"]["bins/courier"])
    np.testing.assert_array_equal(groups[:, :, -1], bins[:, :-1])


@pytest.mark.parametrize(("hours", "place"), [(0, 3), (24, 4), (-24, 2), (2400, 6)])
def test_days_and_moments_are_counted_by_how_far_they_are_apart(
    connection: duckdb.DuckDBPyConnection, hours: int, place: int
) -> None:
    given = [datetime(2013, 1, 5, 7) + timedelta(hours=hours)] * 2  # noqa: DTZ001  no zone
    connection.register("given", pa.table({"sent_date": [date(2013, 1, 5), None], "at": given, "__block": [1, 1]}))
    connection.execute("CREATE TABLE blocked AS FROM given")
    case: Any = SimpleNamespace(time="sent_date", keys=("sent_date", "at"))
    found = blocks.count_days_apart(connection, case, 2)
    assert found is not None
    assert (found.sum(), found[1, place]) == (1, 1)
    undated: Any = SimpleNamespace(time="", keys=("at",))
    assert blocks.count_days_apart(connection, undated, 2) is None


def test_moments_know_the_place_of_their_group_among_the_categories(connection: duckdb.DuckDBPyConnection) -> None:
    given = {"place": ["b's", "a", "new", None], "temp": [1.0, 2.0, 3.0, 4.0], "outcome": [1] * 4, "__block": [0] * 4}
    connection.register("given", pa.table({**given, "seen_at": [datetime(2013, 1, 1, 5)] * 4}))  # noqa: DTZ001  no zone
    connection.execute("CREATE TABLE blocked AS FROM given")
    series = Series("seen_at", 3600, "place", ("temp",), ())
    features = [Feature("place", "category", ("a", "b's")), Feature("temp", "number")]
    case: Any = SimpleNamespace(target="outcome")
    found = blocks.read_moments(connection, case, "binary", series, features)
    assert dict(zip(found.values[:, 0].tolist(), found.place.tolist(), strict=True)) == {
        1.0: 1,
        2.0: 0,
        3.0: -1,
        4.0: -1,
    }
    assert found.places == 2


def test_predictions_are_attributed_to_features_in_some_rows_of_each_block(reference: Path, model: Path) -> None:
    found = read_json(reference / "profile.json")
    sums, rows = np.array(found["sums"]["attributions"]), np.array(found["sums"]["attributed"])
    assert sums.shape == (len(found["blocks"]), len(found["features"]))
    assert 0 < rows.max() <= 64
    assert (sums.sum(axis=1) > 0).all()


def test_a_window_is_attributed_as_its_reference_was(window: dict[str, Any], reference: Path) -> None:
    before, now = read_json(reference / "profile.json")["sums"], window["sums"]
    assert 0 < max(now["attributed"]) < max(before["attributed"])  # of a year, less of each week is enough
    ours, theirs = (np.sum(sums["attributions"], axis=0) / np.sum(sums["attributions"]) for sums in (now, before))
    np.testing.assert_allclose(ours, theirs, atol=0.03)


def test_a_window_of_an_older_reference_has_no_attributions(
    reference: Path, raw: Path, model: Path, tmp_path: Path
) -> None:
    older = read_json(reference / "profile.json")
    del older["sums"]["attributed"], older["sums"]["attributions"]
    (tmp_path / "profile.json").write_text(json.dumps(older))
    found = described(tmp_path / "window", model, "--raw", str(raw), "--reference", str(tmp_path))["sums"]
    assert not found.keys() & {"attributed", "attributions"}


def test_sums_keep_five_digits_and_whole_numbers_all_of_theirs() -> None:
    drawn = np.random.default_rng(1).normal(size=2000) * 10.0 ** np.random.default_rng(2).integers(-15, 15, 2000)
    sums = np.array([[0.5, 0, -123456.0], [123456.7, 0.099999999, 9.99996]])
    for values in (sums, drawn):
        expected = [value if value.is_integer() else float(f"{value:.5g}") for value in values.ravel().tolist()]
        assert np.ravel(profile_data.compact(values)).tolist() == expected
    assert profile_data.compact(np.array([1e-310, -2.54e-200])) == pytest.approx([0, -2.54e-200], rel=1e-12)
    assert json.dumps(profile_data.compact(np.array([[1.0, 2.0]]))) == "[[1, 2]]"
