"""What strangers bring: spreadsheets, dates of every form, targets of every spelling, columns that look like others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from operation.errors import OperationError
from operation.execution.new import settings
from operation.execution.new.asked import Asked, Plan
from operation.execution.new.column_checks import column_checks
from operation.execution.new.features import _judge
from operation.execution.new.inference import _can_be_key, _or_month_first
from operation.execution.new.leaks import strengths
from operation.execution.new.new import _summary, prepare
from operation.execution.new.profile import Column, profile
from operation.execution.new.targets import find_target
from operation.tests.studying import Study

ROWS = 60
RNG = np.random.default_rng(5)
DAYS = pd.date_range("2023-01-01", periods=ROWS)
Planned = Callable[..., Plan]


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": RNG.normal(size=ROWS).round(2), "y": np.resize(["yes", "no", "no"], ROWS), **columns})


@pytest.fixture
def planned(tmp_path: Path, study: Study) -> Planned:
    """Plan and prepare what a frame holds, as `invoke new` does before it writes."""

    def plan(rows: pd.DataFrame, target: str = "y", **options: Any) -> Plan:
        rows.to_parquet(tmp_path / "orders.parquet")
        studied = study(Asked("churn", str(tmp_path / "orders.parquet"), target, **options))
        prepare(studied)
        return studied.plan

    return plan


@pytest.fixture
def column(connection: Any) -> Callable[..., Column]:
    """Profile one column."""

    def describe(values: Any, name: str = "c") -> Column:
        content = values if isinstance(values, pa.Table) else pa.table({name: pa.array(values, from_pandas=True)})
        connection.register("given", content)
        found = profile(connection, "given", content, content.num_rows).columns[name]
        connection.unregister("given")
        return found

    return describe


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("%d-%b-%Y", "%d-%b-%Y"),
        ("%d.%m.%y", "%d.%m.%y"),
        ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"),
        ("%b %Y", "%b %Y"),
    ],
)
def test_dates_as_programs_write_them_are_read(column: Callable[..., Column], written: str, form: str) -> None:
    found = column([f"{day:{written}}" for day in DAYS])
    assert (found.date_format, found.least) == (form, "2023-01-01")


def test_dates_that_are_read_are_met_by_their_own_check(column: Callable[..., Column]) -> None:
    found = column([f"{day:%d-%b-%y %I:%M %p}" for day in DAYS])
    (regex,) = [each["kwargs"]["regex"] for each in column_checks(found, strict=False) if "regex" in each["kwargs"]]
    assert regex == r"^\d{1,2}-[A-Za-z]{3}-\d{2} \d{1,2}:\d{1,2} [AaPp][Mm]$"


def test_days_that_may_be_months_are_said(column: Callable[..., Column]) -> None:
    ambiguous = column([f"{1 + n % 12:02}/{1 + n % 7:02}/2023" for n in range(ROWS)])
    assert _or_month_first(ambiguous) == ", but may be month first"
    assert _or_month_first(column([f"{day:%d/%m/%Y}" for day in DAYS])) == ""


@pytest.mark.parametrize("last", ["9999-12-31", "2023-03-01"])
def test_the_range_of_days_has_years_of_four_digits(column: Callable[..., Column], last: str) -> None:
    found = column(pd.Series([*DAYS[:-1].date, pd.Timestamp("2023-02-28").date()]))
    (days,) = [
        each["kwargs"] for each in column_checks(replace(found, greatest=last), strict=False) if "max" in str(each)
    ]
    assert len(days["max_value"]) == len("2023-12-31T00:00:00+00:00")


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("quarter", [f"{day.year}Q{day.quarter}" for day in DAYS.shift(45)], "holds periods such as 2023Q"),
        ("week", [f"{day:%G-W%V}" for day in DAYS], "holds periods such as 2023-W01"),
        ("order_date", range(44_562, 44_562 + ROWS), "holds days written as numbers: write 44562 as 2022-01-01"),
        ("tweet", range(2**60, 2**60 + ROWS), "identifies rows"),
        ("zip", range(10_000, 10_000 + 13 * ROWS, 13), "identifies rows"),
        ("period", [100 * (2020 + n // 12) + n % 12 + 1 for n in range(ROWS)], "months written as numbers: write 2020"),
        (
            "day",
            [f"2023-{1 + n % 9:02}-11" if n % 2 else f"11/0{1 + n % 9}/2023" for n in range(ROWS)],
            "several forms",
        ),
        ("call", [f"{n // 60}:{n % 60:02}:{n % 50:02}" for n in range(ROWS)], "holds times such as 0:00:00: write"),
        ("at", [time(n % 24, n % 50) for n in range(ROWS)], "holds times such as 00:00:00: write them as numbers"),
    ],
)
def test_periods_and_post_codes_are_no_features(
    column: Callable[..., Column], name: str, values: Any, reason: str
) -> None:
    assert reason in _judge(column(list(values), name))[1]


def test_a_decimal_that_no_float_holds_is_named_by_its_type(column: Callable[..., Column]) -> None:
    found = column(pa.table({"c": pa.array([10**30 + n for n in range(ROWS)], pa.decimal128(38, 2))}))
    assert _judge(found) == (None, "is neither number, text nor date, but decimal128(38, 2)")
    assert list(column_checks(found, strict=False)) == []


def test_years_are_numbers_and_later_ones_are_no_news(column: Callable[..., Column]) -> None:
    found = column(np.resize([2021, 2022, 2023], ROWS), "year")
    assert _judge(found)[0] == "number"
    checks = [each["kwargs"] for each in column_checks(found, strict=False) if "min_value" in each["kwargs"]]
    assert checks == [{"column": "year", "min_value": 2011, "max_value": 2033}]


def test_months_that_were_not_seen_stop_no_run(column: Callable[..., Column]) -> None:
    def in_set(name: str) -> list[str]:
        found = column_checks(column(np.resize([1, 2, 3], ROWS), name), strict=False)
        return [each["severity"] for each in found if each["type"] == "expect_column_values_to_be_in_set"]

    assert in_set("month") == ["warning"]
    assert in_set("code") == ["warning", "critical"]


def test_whole_numbers_beside_nothing_are_whole_in_parquet_too(column: Callable[..., Column]) -> None:
    assert column([1.0, None, 2.0, 3.0] * 10).kind == "integer"
    assert column([1.0, None, 2.5, 3.0] * 10).kind == "number"
    assert column([1.0, 2.0, 3.0] * 10).kind == "number"


@pytest.mark.parametrize(
    ("form", "is_number"),
    [("{}.50 EUR", True), ("{}kg", True), ("1'{:03}", True), ("1\u202f{:03}", True), ("({}.5)", True), ("{}-A", False)],
)
def test_numbers_with_a_unit_or_separators_are_known_as_numbers(
    column: Callable[..., Column], form: str, is_number: bool
) -> None:
    assert bool(column([form.format(n) for n in range(ROWS)]).written_number) == is_number


def test_letters_that_differ_are_no_unit(column: Callable[..., Column]) -> None:
    assert not column([f"{n}{letter}" for n, letter in zip(range(ROWS), "ABC" * 20, strict=True)]).written_number


@pytest.mark.parametrize("mark", ["nan", " ?", ""])
def test_a_text_that_may_stand_for_nothing_is_said(planned: Planned, mark: str) -> None:
    plan = planned(frame(plan=np.resize([mark, "a", "b", "c", "d"], ROWS)))
    said = f"plan is {mark!r} in 12 rows, a value of its own: make it NULL if it means unknown"
    assert said in [guess.text for guess in plan.guesses]


@pytest.mark.parametrize(("mark", "share", "is_said"), [(999, 1, True), (999, 8, True), (99, 1, False)])
def test_a_frequent_number_far_above_all_others_is_said(planned: Planned, mark: int, share: int, is_said: bool) -> None:
    ages = [mark if n % 10 < share else 20 + n for n in range(ROWS)]
    said = [guess.text for guess in planned(frame(age=ages)).guesses]
    expected = f"age is often {mark}, far above all others, and stays a number: make it NULL if it means unknown"
    assert (expected in said) == is_said


def test_rows_that_stand_there_twice_are_said(planned: Planned) -> None:
    rows = frame(z=RNG.normal(size=ROWS))
    said = [guess.text for guess in planned(pd.concat([rows, rows.head(5)])).guesses]
    assert any("5 of 65 rows repeat another one in every column" in each for each in said)
    assert not any("repeat another" in guess.text for guess in planned(rows).guesses)


def test_numbers_that_give_the_target_together_are_leaks(planned: Planned) -> None:
    rows = frame(casual=RNG.integers(0, 50, ROWS), registered=RNG.integers(0, 50, ROWS), y=0)
    total = rows.assign(y=rows["casual"] + rows["registered"])
    assert planned(total).leakage == ("casual", "registered")
    assert planned(total, keep=("casual",)).leakage == ("registered",)
    assert planned(total.assign(y=total["y"] + RNG.integers(0, 2, ROWS))).leakage == ()


def test_codes_for_no_answer_are_said_beside_one_another(planned: Planned) -> None:
    answers = [99 if n % 10 == 0 else 98 if n % 10 == 1 else n % 11 for n in range(ROWS)]
    assert any("q2 is often 99, far above" in guess.text for guess in planned(frame(q2=answers)).guesses)


def test_of_an_identifier_that_rows_share_it_is_said_how_they_stay_together(planned: Planned) -> None:
    said = [guess.text for guess in planned(frame(user_id=np.resize(np.arange(20), ROWS))).guesses]
    assert "split at random; rows share user_id: with --group user_id they stay on one side of the split" in said
    assert "split at random" in [guess.text for guess in planned(frame(user_id=range(ROWS))).guesses]


def test_version_numbers_are_no_dates(column: Callable[..., Column]) -> None:
    assert _judge(column([f"{n % 20}.{n % 7}.1" for n in range(ROWS * 10)]))[0] == "category"


def test_one_feature_is_not_several(planned: Planned) -> None:
    assert _summary(planned(frame())).endswith("from 1 feature")


def test_numbers_written_as_text_are_no_key(column: Callable[..., Column]) -> None:
    assert not _can_be_key(column([f"1,{n:03}.50" for n in range(ROWS)]))


TARGETS: list[tuple[list[Any], dict[str, str], str]] = [
    (["Yes", "yes", "No"], {}, r"has 'Yes' and 'yes', which look like one value. Write each value in one way, or"),
    (
        [f"€ {n}.50" for n in range(ROWS)],
        {},
        r"holds numbers written as text, such as '€ 0.50'. Write them as plain",
    ),
    ([f"{day:%d.%m.%Y}" for day in DAYS], {}, r"holds dates, such as '\d\d.\d\d.2023'. It must be classes or numbers"),
    ([1, None], {}, r"is 1 in every row but 30, where it is empty: .* or write one where it is empty"),
    ([0.0, 1.0, 2.5], {"task": "multiclass"}, "holds fractions"),
]


@pytest.mark.parametrize(("values", "options", "message"), TARGETS, ids=["spelling", "money", "dates", "x", "fraction"])
def test_a_target_is_refused_with_the_way_out(
    column: Callable[..., Column], values: list[Any], options: dict[str, str], message: str
) -> None:
    with pytest.raises(OperationError, match=message):
        find_it(column(np.resize(np.array(values, dtype=object), ROWS).tolist()), **options)


def find_it(column: Column, **options: Any) -> Any:
    from operation.execution.new.profile import Table

    guesses: list[Any] = []
    found = find_target(Asked("churn", "", "c", **options), Table("orders", ROWS, ROWS, {"c": column}), guesses)
    return found.task, found.event, found.positive, guesses[0].text


@pytest.mark.parametrize(
    ("values", "options", "task", "event"),
    [
        (["Yes ", "No"], {}, "binary", "c"),
        ([">50K", "<=50K", "<=50K"], {}, "binary", "c above 50K"),
        (["A", "a", "B"], {}, "multiclass", "c"),
        ([1.0, 2.0, 3.0, None], {}, "multiclass", "c"),
        ([1.0, 2.0, 3.0], {"task": "multiclass"}, "multiclass", "c"),
        ([1.0, 2.0, 3.0], {}, "regression", "c"),
    ],
    ids=["a space", "a bound", "letters", "whole beside nothing", "whole, asked for", "whole"],
)
def test_a_target_is_understood_however_it_is_written(
    column: Callable[..., Column], values: list[Any], options: dict[str, str], task: str, event: str
) -> None:
    given = values * (ROWS // len(values)) if values != ["A", "a", "B"] else ["A", "a", "B", "b", "C", "c"] * 10
    found = find_it(column(given), **options)
    assert found[:2] == (task, event)
    assert task != "regression" or "--task multiclass if the numbers are classes" in found[3]


def test_classes_of_whole_numbers_beside_nothing_are_written_whole(planned: Planned, connection: Any) -> None:
    plan = planned(frame(y=np.resize([1.0, 2.0, 3.0, np.nan], ROWS)))
    assert plan.classes == ("1", "2", "3")
    assert set(connection.execute("SELECT DISTINCT y FROM prepared").fetchall()) == {("1",), ("2",), ("3",)}


def test_a_leak_of_a_number_is_found_under_a_logarithm() -> None:
    amounts = pd.Series(np.exp(np.random.default_rng(1).normal(size=200) * 4))
    assert strengths(pd.DataFrame({"log": np.log(amounts)}), amounts, "regression")["log"] > 0.99


def test_a_date_that_is_there_for_one_outcome_alone_is_a_leak_and_divides_nothing(planned: Planned) -> None:
    bought = np.resize(["yes", "yes", "no"], ROWS)
    plan = planned(
        frame(y=bought, paid=[day if each == "yes" else None for day, each in zip(DAYS, bought, strict=True)])
    )
    assert (plan.time, plan.leakage) == ("", ("paid",))


def test_names_with_spaces_around_them_are_found_as_people_write_them(planned: Planned) -> None:
    spaced = frame().rename(columns={"y": " y "}).assign(**{" id ": range(ROWS), "z ": 1.5})
    plan = planned(spaced, key=("id",), drop=("z",))
    assert (plan.target, plan.keys) == (" y ", (" id ",))


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"day": [*DAYS[:20], *[None] * 40], "y": ["yes", "no"] * 30},
            {"time": "day"},
            r"^20 rows with y and day can be learned from, and at least 30 are needed. Name another --time",
        ),
        (
            {"day": [*DAYS[:40], *[None] * 20], "y": ["no"] * 40 + ["yes"] * 20},
            {"time": "day"},
            r"^y is the same in all rows that have y and day. Name another --time, or leave --time out",
        ),
        ({"day": DAYS[0]}, {"time": "day"}, r"day has 1 day \(2023-01-01 to .*leave --time out .*: --drop day"),
        ({"day": DAYS, "y": ["no"] * 40 + ["yes"] * 20}, {}, r"rows from 2023-02-18 on, by day, all have the same"),
        ({"day": DAYS, "y": ["a", "b"] * 25 + ["c"] * 10}, {}, r"rows before 2023-02-18, by day, lack the class 'c'"),
        ({"__Part": 1.5}, {}, r"The column '__Part' of orders has a name that preparation needs.*: --drop __Part"),
        ({"site": np.resize(["A", "B"], ROWS)}, {"group": "site"}, r"--group site has 2 values, and at least 3"),
        ({"site": np.arange(ROWS) // 20}, {"group": "site", "target": "part"}, r"the event is in 1 group alone"),
        (
            {"x": [*range(1, ROWS), sum(range(1, ROWS))]},
            {},
            r"The last row of orders is a total: its x is the sum of all others. Delete that row",
        ),
    ],
    ids=[
        "few rows have a day",
        "one outcome has days",
        "one day",
        "one outcome is tested",
        "a class is only tested",
        "a name",
        "two groups",
        "event in one group",
        "total",
    ],
)
def test_what_cannot_be_divided_is_refused_before_anything_is_written(
    planned: Planned, columns: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    part = np.resize([1], 20).tolist() + [0] * (ROWS - 20)
    with pytest.raises(OperationError, match=message):
        planned(frame(**columns, **({"part": part} if "target" in options else {})), **options)


def test_a_file_without_a_header_is_told_from_a_name_that_is_misspelt(tmp_path: Path, study: Study) -> None:
    (tmp_path / "flowers.csv").write_text("5.1,3.5,-1.4,setosa\n" * 40, encoding="utf-8")
    with pytest.raises(OperationError, match=r"'kind'. The first line seems to be data \(5.1, 3.5, -1.4, ...\): write"):
        study(Asked("churn", str(tmp_path / "flowers.csv"), "kind"))


def test_tables_whose_keys_are_stored_otherwise_are_left_out_for_that(tmp_path: Path, study: Study) -> None:
    frame(shop=range(ROWS)).to_parquet(tmp_path / "orders.parquet")
    pd.DataFrame({"shop": list(map(str, range(ROWS))), "size": 1.5}).to_parquet(tmp_path / "shops.parquet")
    left_out = study(Asked("churn", str(tmp_path), "y")).plan.left_out
    assert left_out["shops"] == "its shop is stored as text, and that of orders as integer: store both in one way"


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("orders.CSV", "Rename it to orders.csv"),
        ("orders.zip", r"Rename it to orders.csv.zip if it holds a CSV file"),
        ("orders.tsv", r"python -c \"import pandas as p; p.read_csv\('.*orders.tsv', sep='\\t'\).to_csv\("),
        ("orders.xlsx", "in Excel, CSV UTF-8 with commas"),
    ],
)
def test_of_a_file_of_another_kind_it_is_said_how_it_becomes_one_of_ours(
    file: str, remedy: str, tmp_path: Path, study: Study
) -> None:
    (tmp_path / file).write_bytes(b"a,b\n")
    with pytest.raises(OperationError, match=remedy):
        study(Asked("churn", str(tmp_path / file), "b"))


def test_of_a_rare_event_trees_are_small_and_that_is_said(planned: Planned, column: Callable[..., Column]) -> None:
    outcome = [1] * 5 + [0] * (ROWS - 5)
    plan = planned(frame(y=outcome))
    assert "5 rows of the rarer outcome are few, so the trees are small" in [guess.text for guess in plan.guesses]
    written = yaml.safe_load(settings.configuration(plan, column(outcome), ROWS))
    assert (written["training"]["trees"], written["training"]["leaves"]) == (40, 4)
    assert written["sweep"]["parameters"]["leaves"] == [4, 7, 9]


def test_of_many_classes_with_few_rows_trees_are_small(planned: Planned, column: Callable[..., Column]) -> None:
    plan = planned(frame(stars=np.resize(range(1, 6), ROWS)), "stars")
    assert "12 rows for each class are few, so the trees are small" in [guess.text for guess in plan.guesses]
    assert settings.small_trees(plan, column(np.resize(range(1, 6), 500))) == ""
    assert settings.small_trees(plan, column(np.resize(range(1, 4), ROWS))) == ""


@pytest.mark.parametrize(
    ("amounts", "floors"),
    [
        (np.linspace(1, 9, ROWS), {"r2": 0.0}),
        ([1e9, *np.linspace(1, 9, 199)], {}),
        ([*np.linspace(1, 9, 10), *[0.0] * 50], {}),
    ],
    ids=["even", "one far beyond", "most are nothing"],
)
def test_amounts_whose_mean_few_rows_decide_have_no_floor_of_squares(
    planned: Planned, column: Callable[..., Column], amounts: Any, floors: dict[str, float]
) -> None:
    plan = replace(planned(frame()), task="regression")
    found = settings.gate(plan, column(list(amounts)), ROWS)
    assert found.at_least == floors
    assert [*found.at_most] == (["rmse"] if floors else ["mae"])
