"""The months of the flights, their facts, and the suites by which each is judged: guessed, learned, committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from operation.execution.expectations import acceptance
from operation.execution.expectations.facts import Expectation, Facts
from operation.execution.expectations.learning import Accepted
from operation.execution.expectations.measuring import measure_corruptions, measure_table, opened
from operation.execution.expectations.proposals import propose
from operation.execution.expectations.suites import Suite, names_of
from operation.execution.new.asked import Asked
from operation.execution.new.new import study
from operation.execution.new.suites import raw_suite

MONTHS = tuple(range(1, 13))
TABLES = ("flights", "weather")
TIME = "flight_date"  # of the prepared rows, which no raw table has: the suites say what the day of a row is
GUESSED, LEARNED, COMMITTED = "guessed from January", "learned", "committed"
KINDS = (GUESSED, LEARNED, COMMITTED)
Suites = dict[str, list[Expectation]]  # by table
Files = Mapping[str, Sequence[Path]]  # likewise


@dataclass(frozen=True)
class Walk:
    """By month and table: the facts, what the corruptions do to them, and the suites of each kind."""

    facts: dict[int, dict[str, Facts]]
    broken: dict[int, dict[str, Any]]
    suites: dict[int, dict[str, Suites]]


def split_by_month(raw: Path, folder: Path, months: Sequence[int]) -> dict[int, dict[str, list[Path]]]:
    """Write the tables of each month into a folder of its own."""
    found: dict[int, dict[str, list[Path]]] = {}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for month in months:
            place = folder / f"2013-{month:02}"
            place.mkdir(parents=True)
            for table in TABLES:
                rows = connection.read_parquet(str(raw / f"{table}.parquet")).filter(f"month = {month}")
                rows.write_parquet(str(place / f"{table}.parquet"))
            found[month] = {table: [place / f"{table}.parquet"] for table in TABLES}
    return found


def guess(folder: Path) -> Suites:
    """Return the suites that `invoke new` would write for the tables of one month."""
    asked = Asked("walk", str(folder), "arr_delay", key=("time_hour", "carrier", "flight"), time="time_hour")
    with study(asked) as studied:
        return {name: list(raw_suite(studied.plan, studied.tables[name], studied.connection)) for name in TABLES}


def walk(files: Mapping[int, Files], committed: Mapping[str, Suite]) -> Walk:
    """Measure every month, and learn for each from those before it what a reviewer would have been shown and taken."""
    guessed = guess(files[min(files)]["flights"][0].parent)
    meta = {table: suite.content.get("meta") or {} for table, suite in committed.items()}
    hand: Suites = {table: list(suite.expectations) for table, suite in committed.items()}
    walked, learned = Walk({}, {}, {}), guessed
    for month, tables in files.items():
        if walked.facts:
            before = walked.broken[max(walked.broken)]
            learned = {
                table: accept_all(table, learned[table], accepted(walked.facts, table), before[table])
                for table in TABLES
            }
        walked.suites[month] = {GUESSED: guessed, LEARNED: learned, COMMITTED: hand}
        walked.facts[month], walked.broken[month] = measure(tables, [guessed, learned, hand], meta)
        print(f"2013-{month:02}", flush=True)
    return walked


def accepted(facts: Mapping[int, Mapping[str, Facts]], table: str) -> list[Accepted]:
    """Return the months as accepted data sets."""
    return [Accepted(each[table]) for each in facts.values()]


def accept_all(
    table: str, expectations: Sequence[Expectation], known: Sequence[Accepted], broken: Mapping[str, Any]
) -> list[Expectation]:
    """Return the suite with every proposal accepted, as by a reviewer who refuses nothing."""
    changed: list[Expectation] = list(expectations)
    for each in propose(make_suite(table, expectations, {}), known, broken):
        new = acceptance.learned(each, len(known), "2013-12-31")
        if each.place is None:
            changed.append(new)
        else:
            changed[each.place] = new
    return changed


def make_suite(table: str, expectations: Sequence[Expectation], meta: Mapping[str, Any]) -> Suite:
    """Make a suite that is in no file."""
    content = {"expectations": list(expectations), "meta": dict(meta)}
    return Suite(table, Path(f"{table}.json"), content, names_of(table, expectations))


def measure(
    files: Files, suites: Sequence[Suites], meta: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Facts], dict[str, Any]]:
    """Describe a month's tables, and what the corruptions do to them, with all that any of the suites asks."""
    with opened(files) as connection:
        asked = {
            table: make_suite(table, [each for suite in suites for each in suite[table]], meta[table])
            for table in TABLES
        }
        facts = {table: measure_table(connection, asked[table], TIME) for table in TABLES}
        broken = {table: measure_corruptions(connection, asked[table], facts[table], 1.0) for table in TABLES}
    return facts, broken
