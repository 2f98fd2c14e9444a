"""Measure how often monitoring is wrong: on months without a fault, and with faults injected; write docs/monitoring.md.

Each month is held against a reference of the other eleven, which has not seen it. The model is the one that the
configuration trains, the same for all months, so costs in ROC AUC are partly those on rows it has learned from. A fault
is injected into the tables of the whole year, and the year is prepared once; so a month has no edges of its own.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np

from operation.execution.backends import connect
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.tables.snapshot import bring
from operation.execution.training import pipeline
from operation.monitoring.decision import decide
from operation.monitoring.performance import describe_performance
from operation.monitoring.profiles import Profile, Sums
from operation.monitoring.scores import estimate_performance
from operation.monitoring.thresholds import Finding, calibrate, compare
from operation.tests.monitoring.injections import INJECTIONS, KEPT_BACK, QUICK, Injection
from operation.tests.monitoring.tables import (
    MOST_FALSE,
    Months,
    Seen,
    alarms,
    count_found,
    describe_estimates,
    table_of_false_alarms,
    table_of_faults,
    write_page,
)

sys.path.insert(0, str(ROOT / "src"))

import prepare
import profile_data
import train
from learning.blocks import BLOCK
from learning.mean_attributions import Drawn, draw_background, rows_per_block
from learning.profiles import Plan
from learning.scoring import Scorer
from learning.use_cases import UseCase, load_preparation
from learning.use_cases import load as load_use_case

PAGE = ROOT / "docs" / "monitoring.md"
MONTHS, QUICK_MONTHS = tuple(range(1, 13)), (2, 5, 9, 11)
FIRST_FOLLOWED = 5  # the first month that is held against all before it: fewer than four are no reference
WEEKS = 4  # blocks of a month; the last one has the days after the 28th, too
SAMPLED = 9  # rows of a year, of which one is scored
SHORTER = {"a fortnight": 2, "a week": 1}  # blocks
SHORTEST = {"three days": 3, "a day": 1}
DAYS = 366  # of a year, and one more
OUTCOMES = ("outcomes", "errors", "lags/")  # what sums of outcomes are called, or begin with


@dataclass(frozen=True)
class Reference:
    """What some months look like: the bins that were chosen by them, their sums, and the limits of a month."""

    plan: Plan
    profile: Profile
    limits: Mapping[str, float]


class Proof:
    """The year's rows, the model and the reference for each month."""

    def __init__(self, folder: Path, configuration: Configuration, months: Sequence[int]) -> None:
        """Bring the data and train the model, as `invoke train` would."""
        self.raw, self.months = folder / "raw", months
        data = configuration.data
        bring(
            connect(configuration).bring(data.source, data.tables), data.tables, data.known_defects, self.raw, "flights"
        )
        places = {"raw": str(self.raw), "prepared": str(folder / "prepared"), "model": str(folder / "model")}
        assert prepare.main(pipeline.prepare(configuration).argv(places)) == 0
        assert train.main(pipeline.train(configuration).argv(places)) == 0
        self.use_case: UseCase = load_use_case("flights")
        self.scorer = Scorer.load(folder / "model")
        self.rules = load_preparation("flights").Rules(**configuration.preparation.model_dump())
        with self.opened(Injection()) as connection:
            self.references = {
                month: self.make_reference(connection, [other for other in MONTHS if other != month])
                for month in months
            }

    @contextmanager
    def opened(self, injection: Injection) -> Iterator[duckdb.DuckDBPyConnection]:
        """Prepare the year with a fault in its tables; the table `year` has the rows with their blocks."""
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for table in ("flights", "weather"):
                connection.read_parquet(str(self.raw / f"{table}.parquet")).create_view(f"good_{table}")
                connection.execute(f"CREATE VIEW {table} AS {getattr(injection, table)}")
            load_preparation("flights").prepare(connection, self.rules)
            block = f"(month - 1) * {WEEKS} + least((day(flight_date) - 1) // 7, {WEEKS - 1}) AS {BLOCK}"
            order = load_preparation("flights").ORDER  # by it, the first rows hold whole hours
            rows = f"SELECT *, {block} FROM prepared WHERE late IS NOT NULL ORDER BY {order}"  # noqa: S608
            connection.execute(f"CREATE TABLE year AS {rows}")
            yield connection

    def make_reference(self, connection: duckdb.DuckDBPyConnection, months: Sequence[int]) -> Reference:
        """Make a reference of some months."""
        choose(connection, months)
        plan = profile_data.make_plan(connection, self.use_case, self.scorer)
        profile = self.describe(connection, plan, months)
        return Reference(plan, profile, calibrate(profile, WEEKS))

    def describe(
        self,
        connection: duckdb.DuckDBPyConnection,
        plan: Plan,
        months: Sequence[int],
        bins: Sums | None = None,
        every: int = 1,
    ) -> Profile:
        """Describe the chosen months; predictions are attributed against the bins of the reference, or their own."""
        count, features = len(MONTHS) * WEEKS, self.scorer.features
        drawn = Drawn.empty(count, rows_per_block(len(features), count), len(features))
        found = profile_data.describe(connection, self.use_case, self.scorer, plan, count, drawn, every=every)
        background = draw_background(plan, features, bins or found)
        found |= profile_data.attribute(self.scorer, background, drawn)
        return self.make_profile(plan, found, [(month - 1) * WEEKS + week for month in months for week in range(WEEKS)])

    def make_profile(self, plan: Plan, found: Sums, blocks: Sequence[int], days: int = 7) -> Profile:
        """Make the profile of some blocks, of so many days each."""
        kinds = {each.name: list(each.categories) or each.kind for each in self.scorer.features}
        described = tuple({"first": block, "last": block, "days": days} for block in blocks)
        sums = {name: sums[list(blocks)] for name, sums in found.items()}
        return Profile(kinds, asdict(plan), described, sums, "", "binary")

    def describe_days(self, connection: duckdb.DuckDBPyConnection, month: int, reference: Reference) -> Profile:
        """Describe the days of a month by the bins of the reference, a block each; `year` must have these blocks."""
        choose(connection, [month])
        drawn = Drawn.empty(DAYS, 0, len(self.scorer.features))
        found = profile_data.describe(connection, self.use_case, self.scorer, reference.plan, DAYS, drawn)
        return self.make_profile(reference.plan, found, np.flatnonzero(found["rows"]).tolist(), 1)

    def look(self, injection: Injection) -> Months:
        """Monitor each month with the fault."""
        with self.opened(injection) as connection:
            return {
                month: judge(reference, self.describe_month(connection, month, reference))
                for month, reference in self.references.items()
            }

    def describe_month(
        self, connection: duckdb.DuckDBPyConnection, month: int, reference: Reference, every: int = 1
    ) -> Profile:
        """Describe a month by the bins of the reference; one row of `every` is scored."""
        choose(connection, [month])
        return self.describe(connection, reference.plan, [month], reference.profile.sums, every)

    def look_otherwise(self) -> dict[str, tuple[int, int]]:
        """Count alarms in other windows without a fault, and the windows: (alarms, windows) by kind.

        These are parts of a month, and months whose reference ends with the month before.
        """
        seen: dict[str, list[bool]] = {name: [] for name in (*SHORTER, *SHORTEST)}
        followed, sampled = [], []
        with self.opened(Injection()) as connection:
            for month, reference in self.references.items():
                window = self.describe_month(connection, month, reference)
                for name, blocks in SHORTER.items():
                    seen[name] += alarms_in_parts(reference.profile, window, blocks)
                sampled.append(judge(reference, self.describe_month(connection, month, reference, SAMPLED)))
                if month >= FIRST_FOLLOWED:
                    before = self.make_reference(connection, range(1, month))
                    followed.append(judge(before, self.describe_month(connection, month, before)))
            connection.execute(f"UPDATE year SET {BLOCK} = dayofyear(flight_date) - 1")  # noqa: S608
            for month, reference in self.references.items():
                days = self.describe_days(connection, month, reference)
                for name, number in SHORTEST.items():
                    seen[name] += alarms_in_days(reference.profile, days, number)
        counted = {name: (sum(found), len(found)) for name, found in seen.items()}
        name = "a month, with a reference that ends the month before"
        scored = f"a month of which one row in {SAMPLED} is scored, as of a year"
        return {**counted, scored: (alarms(sampled), len(sampled)), name: (alarms(followed), len(followed))}


def choose(connection: duckdb.DuckDBPyConnection, months: Sequence[int]) -> None:
    """Make the table `blocked` of the rows of some months."""
    condition = f"month IN ({', '.join(map(str, months))})"
    connection.execute(f"CREATE OR REPLACE TABLE blocked AS SELECT * FROM year WHERE {condition}")  # noqa: S608


def judge(reference: Reference, window: Profile) -> Seen:
    """Monitor a month, also as it would be while no outcome is known."""
    findings = compare(reference.profile, window, WEEKS, reference.limits)
    sums = {name: sums * (not name.startswith(OUTCOMES)) for name, sums in window.sums.items()}
    blind = compare(reference.profile, replace(window, sums=sums), WEEKS, reference.limits)
    performance = describe_performance(window) or {}
    return Seen(
        alarm=is_alarm(findings, window),
        alarm_without_outcomes=is_alarm(blind, window),
        key=max((each for each in findings if each.measure.shows != "evidence"), key=lambda each: each.excess).key,
        auc=performance.get("roc_auc", float("nan")),
        estimate=estimate_performance(reference.profile, window) or float("nan"),
    )


def is_alarm(findings: Sequence[Finding], window: Profile) -> bool:
    """Say whether the decision is another one than to wait."""
    return decide(findings, window.rows, None).action != "wait"


def alarms_in_parts(reference: Profile, window: Profile, blocks: int) -> list[bool]:
    """Say for each part of so many blocks whether it alarms."""
    limits = calibrate(reference, blocks)
    parts = []
    for first in range(0, len(window.blocks), blocks):
        part = slice(first, first + blocks)
        sums = {name: sums[part] for name, sums in window.sums.items()}
        parts.append(replace(window, blocks=window.blocks[part], sums=sums))
    return [is_alarm(compare(reference, part, blocks, limits), part) for part in parts]


def alarms_in_days(reference: Profile, days: Profile, number: int) -> list[bool]:
    """Say for each so many days in a row whether they alarm; they are one block, as of a window of fewer than seven."""
    limits, found = calibrate(reference, 1), []
    for first in range(0, len(days.blocks) - number + 1, number):
        chosen = slice(first, first + number)
        sums = {name: sums[chosen].sum(axis=0, keepdims=True) for name, sums in days.sums.items()}
        window = replace(days, blocks=({**days.blocks[first], "days": number},), sums=sums)
        found.append(is_alarm(compare(reference, window, 1, limits), window))
    return found


def measure(configuration: Configuration, quick: bool) -> tuple[str, bool]:
    """Return the text for the page, and whether monitoring is as good as promised."""
    months = QUICK_MONTHS if quick else MONTHS
    with TemporaryDirectory() as folder:
        proof = Proof(Path(folder), configuration, months)
        clean = proof.look(Injection())
        otherwise = proof.look_otherwise()
        seen = {}
        for name, injection in {**INJECTIONS, **KEPT_BACK}.items():
            if not quick or name in QUICK:
                seen[name] = proof.look(injection)
                print(f"{alarms(seen[name].values()):2} of {len(months)} {name}", flush=True)
    known, kept = ({name: seen[name] for name in names if name in seen} for names in (INJECTIONS, KEPT_BACK))
    false, found, found_kept = alarms(clean.values()), count_found(clean, known), count_found(clean, kept)
    text = (
        f"{table_of_false_alarms(clean, otherwise)}\n\n{describe_estimates(clean)}\n\n"
        f"## Faults that limits were chosen with\n{found}\n\n{table_of_faults(clean, known)}\n\n"
        f"## Faults kept back\n{found_kept}\n\n{table_of_faults(clean, kept)}"
    )
    return text, false <= MOST_FALSE and found.is_enough and found_kept.is_enough


def main(argv: Sequence[str] | None = None) -> int:
    """Return 1 if there are more false alarms, or fewer faults found, than promised."""
    arguments: Any = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--quick", action="store_true", help="some months and faults; docs/monitoring.md stays")
    quick = arguments.parse_args(argv).quick
    text, good = measure(load("local", (), "flights"), quick)
    print(text)
    if not quick:
        write_page(PAGE, text)
    return int(not good)


if __name__ == "__main__":
    raise SystemExit(main())
