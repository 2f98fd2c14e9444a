"""A rule divides rows the same way every time, moves with the data, and refuses what it cannot mean."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from learning.errors import InputError
from learning.splitting import Columns, Last, Share, Span, Split, count_parts, divide, parse, part_rows

FIRST = date(2013, 1, 1)
COLUMNS = Columns(keys=("id",), target="outcome", task="multiclass", time="day", group="household")
BY_TIME = Split("time", "last 10 days", "last 20 days", "test", 7)
AT_RANDOM = replace(BY_TIME, split_by="random", test="20 %", selection="20 %")


@pytest.fixture(autouse=True)
def rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Two rows of each of 500 days, in households of four and in three classes, one of which is rare."""
    make(connection, 1000)


def make(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TABLE prepared AS
        SELECT
            number AS id, $first + (number // 2)::INTEGER AS day, (number // 4)::VARCHAR AS household,
            CASE WHEN number % 40 = 0 THEN 'rare' WHEN number % 3 = 0 THEN 'third' ELSE 'usual' END AS outcome,
            number % 40 = 0 AS is_rare
        FROM range($rows) _(number)
        """,
        {"first": FIRST, "rows": rows},
    )


def divided(
    connection: duckdb.DuckDBPyConnection, split: Split, columns: Columns = COLUMNS, train: str = ""
) -> dict[str, set[Any]]:
    """Return the ids of each part."""
    connection.execute("DROP VIEW IF EXISTS divided")
    divide(connection, split, columns, train)
    parts = {part: part_rows(connection, part).project("id").fetchall() for part in ("train", "test")}
    return {part: {row[0] for row in rows} for part, rows in parts.items()}


def facts(connection: duckdb.DuckDBPyConnection, split: Split, columns: Columns = COLUMNS) -> dict[str, Any]:
    connection.execute("DROP VIEW IF EXISTS divided")
    return divide(connection, split, columns)


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        ("last 61 days", Last(61)),
        ("last 1 day", Last(1)),
        ("20 %", Share(0.2)),
        ("12.5%", Share(0.125)),
        ("2013-11-01 to 2013-12-31", Span(date(2013, 11, 1), date(2013, 12, 31))),
        ("2013-11-01 to 2013-11-01", Span(date(2013, 11, 1), date(2013, 11, 1))),
    ],
)
def test_a_rule_is_days_a_share_or_a_span(rule: str, meaning: Last | Share | Span) -> None:
    assert parse(rule) == meaning


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "soon",
        "61 days",
        "last 0 days",
        "last days",
        "0.2",
        "-5 %",
        "100 %",
        "2013-11-01",
        "2013-13-01 to 2014-01-01",
    ],
)
def test_another_rule_is_refused_with_the_valid_forms(rule: str) -> None:
    forms = '--test must be "last 61 days", "20 %" or "2013-11-01 to 2013-12-31", not '
    with pytest.raises(InputError) as caught:
        parse(rule)
    assert str(caught.value) == f'{forms}"{rule}"'


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("0 %", '--selection "0 %" must be above 0 %'),
        ("2013-02-30 to 2013-03-01", '--selection "2013-02-30 to 2013-03-01" is not a span of days: day'),
        ("2013-03-01 to 2013-02-01", '--selection "2013-03-01 to 2013-02-01" ends before it begins'),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_the_reason(rule: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse(rule, "--selection")


def test_the_last_days_end_with_the_data(connection: duckdb.DuckDBPyConnection) -> None:
    assert divided(connection, BY_TIME) == {"train": set(range(980)), "test": set(range(980, 1000))}
    make(connection, 1200)
    assert divided(connection, BY_TIME) == {"train": set(range(1180)), "test": set(range(1180, 1200))}


def test_the_selection_is_counted_from_the_day_before_the_test_part(connection: duckdb.DuckDBPyConnection) -> None:
    held = divided(connection, replace(BY_TIME, hold_out="selection"))
    assert held == {"train": set(range(940)), "test": set(range(940, 980))}
    assert count_parts(connection, COLUMNS)[1] == 20


def test_a_share_by_time_is_whole_days_and_no_less(connection: duckdb.DuckDBPyConnection) -> None:
    assert len(divided(connection, replace(BY_TIME, test="20 %"))["test"]) == 200
    assert len(divided(connection, replace(BY_TIME, test="0.25 %"))["test"]) == 4


def test_rows_after_a_span_are_in_neither_part_and_counted(connection: duckdb.DuckDBPyConnection) -> None:
    first, last = (FIRST + timedelta(days=days) for days in (100, 109))
    held = divided(connection, replace(BY_TIME, test=f"{first} to {last}"))
    assert held == {"train": set(range(200)), "test": set(range(200, 220))}
    assert count_parts(connection, COLUMNS)[1] == 780


def test_a_span_limits_what_trains_and_the_rest_is_in_neither_part(connection: duckdb.DuckDBPyConnection) -> None:
    first, last = (FIRST + timedelta(days=days) for days in (100, 109))
    span = f"{first} to {last}"
    assert divided(connection, BY_TIME, train=span) == {"train": set(range(200, 220)), "test": set(range(980, 1000))}
    assert count_parts(connection, COLUMNS)[1] == 960
    connection.execute("DROP VIEW divided")
    assert divide(connection, BY_TIME, COLUMNS, span)["train"] == span


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ("last 9 days", '--train "last 9 days" must be a span'),
        ("2013-01-01 to 2014-05-10", 'reaches into the test part, --test "last 10 days": end it earlier'),
        ("2012-01-01 to 2012-12-31", "leaves no row for the train part: the data are from 2013-01-01"),
    ],
    ids=["no span", "into the test part", "no rows"],
)
def test_a_span_to_train_on_that_cannot_be_is_refused(
    connection: duckdb.DuckDBPyConnection, train: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        divided(connection, BY_TIME, train=train)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (replace(BY_TIME, test="last 500 days"), '--test "last 500 days" leaves no row for the train part'),
        (replace(BY_TIME, test="2015-01-01 to 2015-02-01"), '--test "2015-01-01 .*" leaves no row for the test part'),
        (
            replace(BY_TIME, selection="last 490 days", hold_out="selection"),
            '--selection "last 490 days" leaves no row for the train part: the data are from 2013-01-01 to 2014-05-05',
        ),
    ],
    ids=["no-train", "no-test", "no-selection"],
)
def test_an_empty_part_is_an_error_that_names_the_rule_and_the_days(
    connection: duckdb.DuckDBPyConnection, split: Split, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        divided(connection, split)
    assert "the data are from 2013-01-01 to 2014-05-" in str(caught.value)


def test_a_moment_is_of_the_same_day_whatever_the_zone(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("ALTER TABLE prepared ALTER day TYPE TIMESTAMP")
    connection.execute(
        "ALTER TABLE prepared ALTER day TYPE TIMESTAMPTZ USING (day + INTERVAL 1 HOUR) AT TIME ZONE 'UTC'"
    )
    before, days = divided(connection, BY_TIME), count_parts(connection, COLUMNS)[0]["test"]
    keyed = replace(COLUMNS, keys=("day",))
    drawn = divided(connection, AT_RANDOM, keyed)
    connection.execute("SET TimeZone = 'America/New_York'")
    assert divided(connection, BY_TIME) == before == {"train": set(range(980)), "test": set(range(980, 1000))}
    assert count_parts(connection, COLUMNS)[0]["test"] == days
    assert divided(connection, AT_RANDOM, keyed) == drawn


def test_a_random_part_has_the_share_of_every_class(connection: duckdb.DuckDBPyConnection) -> None:
    divided(connection, AT_RANDOM)
    counts = {part: found["classes"] for part, found in count_parts(connection, COLUMNS)[0].items()}
    assert {*counts["test"]} == {"rare", "third", "usual"}
    for name, number in counts["test"].items():
        assert number == pytest.approx(0.2 * (number + counts["train"][name]), rel=0.11)


def test_a_class_of_two_rows_is_in_both_parts_and_one_alone_trains(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE prepared SET outcome = 'pair' WHERE id IN (3, 4)")
    connection.execute("UPDATE prepared SET outcome = 'alone' WHERE id = 5")
    for seed in range(5):
        parts = divided(connection, replace(AT_RANDOM, seed=seed))
        assert len({3, 4} & parts["test"]) == 1
        assert 5 in parts["train"]


def test_a_row_keeps_its_part_as_rows_arrive(connection: duckdb.DuckDBPyConnection) -> None:
    regression = replace(COLUMNS, task="regression", target="id")
    before = divided(connection, AT_RANDOM, regression)
    make(connection, 5000)
    after = divided(connection, AT_RANDOM, regression)
    assert before["test"] == {row for row in after["test"] if row < 1000}
    assert facts(connection, AT_RANDOM, regression) == {"by": "random", "columns": "id", "test": "20 %", "seed": 7}


def test_another_seed_draws_others_and_the_order_of_rows_does_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    before = divided(connection, AT_RANDOM)
    connection.execute("CREATE OR REPLACE TABLE prepared AS SELECT * FROM prepared ORDER BY hash(id)")
    assert divided(connection, AT_RANDOM) == before
    assert len(divided(connection, replace(AT_RANDOM, seed=8))["test"] & before["test"]) < 100


def test_a_row_is_drawn_by_the_upper_half_of_an_md5_whatever_the_version_of_duckdb(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    half = {row: hashlib.md5(f"test 7\x1f{row}".encode(), usedforsecurity=False).digest()[8:] for row in range(1000)}
    drawn = {row for row, part in half.items() if int.from_bytes(part, "little") < 0.2 * 2**64}
    assert divided(connection, AT_RANDOM, replace(COLUMNS, task="regression"))["test"] == drawn


def test_without_keys_equal_rows_stay_together(connection: duckdb.DuckDBPyConnection) -> None:
    keyless = replace(COLUMNS, keys=())
    parts = divided(connection, AT_RANDOM, keyless)
    assert 150 < len(parts["test"]) < 250
    connection.execute("INSERT INTO prepared SELECT * FROM prepared")
    assert divided(connection, AT_RANDOM, keyless) == parts


@pytest.mark.parametrize("change", ["ADD COLUMN extra INTEGER", "ALTER is_rare TYPE INTEGER"], ids=["another", "type"])
def test_without_keys_the_split_says_of_which_columns_it_is_made(
    connection: duckdb.DuckDBPyConnection, change: str
) -> None:
    keyless = replace(COLUMNS, keys=())
    before = facts(connection, AT_RANDOM, keyless)["columns"]
    assert before == facts(connection, AT_RANDOM, keyless)["columns"]
    connection.execute("DROP VIEW divided")
    connection.execute(f"ALTER TABLE prepared {change}")
    after = facts(connection, AT_RANDOM, keyless)["columns"]
    assert before.startswith("all 4 columns (")
    assert after != before


def test_the_selection_is_drawn_from_what_trains(connection: duckdb.DuckDBPyConnection) -> None:
    test = divided(connection, AT_RANDOM)
    held = divided(connection, replace(AT_RANDOM, hold_out="selection"))
    assert held["test"] | held["train"] == test["train"]
    assert 130 < len(held["test"]) < 190
    regression = replace(COLUMNS, task="regression", target="id")
    assert "borders" not in facts(connection, replace(AT_RANDOM, hold_out="selection"), regression)


def test_a_group_is_in_one_part(connection: duckdb.DuckDBPyConnection) -> None:
    parts = divided(connection, replace(AT_RANDOM, split_by="group"))
    assert not {row // 4 for row in parts["train"]} & {row // 4 for row in parts["test"]}
    assert sum(map(len, parts.values())) == 1000
    assert 160 < len(parts["test"]) < 240


def test_few_groups_are_divided_all_the_same(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE prepared SET household = (id % 3)::VARCHAR")
    for seed in range(5):
        parts = divided(connection, replace(AT_RANDOM, split_by="group", seed=seed))
        assert len({row % 3 for row in parts["test"]}) == 1


@pytest.mark.parametrize(
    ("split", "columns", "message"),
    [
        (replace(AT_RANDOM, test="last 3 days"), COLUMNS, '--test "last 3 days" needs --split-by time; by random it'),
        (BY_TIME, replace(COLUMNS, time=""), "--split-by time needs a column: name it as TIME of the use case"),
        (
            replace(AT_RANDOM, split_by="group"),
            replace(COLUMNS, group=""),
            "--split-by group needs a column: name it as",
        ),
        (BY_TIME, replace(COLUMNS, time="outcome"), "column outcome is VARCHAR, and rows can be divided by a date"),
        (BY_TIME, replace(COLUMNS, time="when"), "the prepared rows have no column when; they have id, day, household"),
        (replace(AT_RANDOM, split_by="group"), replace(COLUMNS, group="x"), "the prepared rows have no column x"),
    ],
    ids=["days-at-random", "no-time", "no-group", "text-as-time", "unknown-time", "unknown-group"],
)
def test_a_rule_that_does_not_fit_the_use_case_is_one_line(
    connection: duckdb.DuckDBPyConnection, split: Split, columns: Columns, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        divided(connection, split, columns)


def test_rows_without_a_day_are_an_error_and_no_part(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE prepared SET day = NULL WHERE id < 3")
    with pytest.raises(InputError, match="3 rows have no day, by which they are divided"):
        divided(connection, BY_TIME)


def test_no_row_at_all_is_an_error_that_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM prepared")
    with pytest.raises(InputError, match="no row has an outcome"):
        divided(connection, AT_RANDOM)


@pytest.mark.parametrize(
    ("task", "target", "measure"),
    [("binary", "is_rare", {"positive_share": 0.0}), ("regression", "id", {"target_mean": 989.5})],
)
def test_a_part_is_counted_with_its_target_and_its_days(
    connection: duckdb.DuckDBPyConnection, task: str, target: str, measure: dict[str, float]
) -> None:
    connection.execute("ALTER TABLE prepared ALTER is_rare TYPE TINYINT")
    columns = replace(COLUMNS, task=task, target=target)
    divided(connection, BY_TIME, columns)
    days = {"first_date": "2014-05-06", "last_date": "2014-05-15"}
    assert count_parts(connection, columns)[0]["test"] == {"rows": 20, **measure, **days}
    assert count_parts(connection, replace(columns, time=""))[0]["test"] == {"rows": 20, **measure}


def test_names_and_values_of_any_characters_are_divided(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""ALTER TABLE prepared RENAME outcome TO "out'come[""]" """)
    connection.execute("""UPDATE prepared SET "out'come[""]" = 'it''s' WHERE id < 10""")
    parts = divided(connection, AT_RANDOM, replace(COLUMNS, target="out'come[\"]"))
    assert len({*range(10)} & parts["test"]) == 2
