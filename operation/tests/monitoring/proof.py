"""Measure how often monitoring is wrong: on months without a fault, and with faults injected; write docs/monitoring.md.

Each month is held against a reference of the other eleven, which has not seen it. The model is the one that the
configuration trains, the same for all months, so costs in ROC AUC are partly those on rows it has learned from. A fault
is injected into the tables of the whole year, and the year is prepared once; so a month has no edges of its own.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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
from operation.monitoring.decision import Decision, decide
from operation.monitoring.performance import area
from operation.monitoring.profiles import Profile
from operation.monitoring.thresholds import calibrate, compare
from operation.tests.monitoring.injections import INJECTIONS, QUICK, Injection

sys.path.insert(0, str(ROOT / "src"))

import prepare
import profile_data
import train
from learning.blocks import BLOCK
from learning.profiles import Plan
from learning.scoring import Scorer
from learning.use_cases import UseCase, load_preparation
from learning.use_cases import load as load_use_case

PAGE = ROOT / "docs" / "monitoring.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
MONTHS, QUICK_MONTHS = tuple(range(1, 13)), (2, 5, 9, 11)
WEEKS = 4  # blocks of a month; the last one has the days after the 28th, too
COSTLY = 0.01  # loss of ROC AUC above which a fault must be found
MOST_FALSE, LEAST_FOUND = 1, 0.95


@dataclass(frozen=True)
class Seen:
    """What monitoring made of a month: the decision, its farthest measure, and the month's ROC AUC."""

    decision: Decision
    key: str
    excess: float
    auc: float


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
        self.references: dict[int, tuple[Plan, Profile, Mapping[str, float]]] = {}
        with self.opened(Injection()) as connection:
            for month in months:
                self.references[month] = self.make_reference(connection, month)

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

    def make_reference(
        self, connection: duckdb.DuckDBPyConnection, month: int
    ) -> tuple[Plan, Profile, Mapping[str, float]]:
        """Make a reference of all months but one, with its limits."""
        connection.execute(f"CREATE OR REPLACE TABLE blocked AS SELECT * FROM year WHERE month != {month}")  # noqa: S608
        plan = profile_data.make_plan(connection, self.use_case, self.scorer)
        kept = [block for block in range(12 * WEEKS) if block // WEEKS != month - 1]
        reference = self.describe(connection, plan, kept)
        return plan, reference, calibrate(reference, WEEKS)

    def describe(self, connection: duckdb.DuckDBPyConnection, plan: Plan, blocks: Sequence[int]) -> Profile:
        """Describe some blocks of the table `blocked`."""
        found = profile_data.describe(connection, self.use_case, self.scorer, plan, 12 * WEEKS)
        features = {each.name: list(each.categories) or each.kind for each in self.scorer.features}
        days = tuple({"first": block, "last": block, "days": 7} for block in blocks)
        return Profile(
            features, asdict(plan), days, {name: sums[list(blocks)] for name, sums in found.items()}, "", "binary"
        )

    def look(self, injection: Injection) -> dict[int, Seen]:
        """Monitor each month with the fault."""
        with self.opened(injection) as connection:
            return {month: self.judge(connection, month) for month in self.months}

    def judge(self, connection: duckdb.DuckDBPyConnection, month: int) -> Seen:
        """Monitor one month."""
        plan, reference, limits = self.references[month]
        connection.execute(f"CREATE OR REPLACE TABLE blocked AS SELECT * FROM year WHERE month = {month}")  # noqa: S608
        window = self.describe(connection, plan, range((month - 1) * WEEKS, month * WEEKS))
        findings = compare(reference, window, WEEKS, limits)
        first = max(findings, key=lambda each: each.excess)
        auc = area(*window.sums["outcomes"].sum(axis=0)) or float("nan")
        return Seen(decide(findings, window.rows, None), first.key, first.excess, auc)


def table(clean: Mapping[int, Seen], faults: Mapping[str, Mapping[int, Seen]]) -> str:
    """Return the table of what was found, in Markdown."""
    lines = [
        "| fault | months found | found / costly | mean cost in ROC AUC | farthest measure |",
        "|---|---|---|---|---|",
        f"| none | {found_in(clean)} of {len(clean)} | | | |",
    ]
    for name, seen in sorted(faults.items(), key=lambda each: -mean_cost(clean, each[1])):
        costly = [month for month in seen if clean[month].auc - seen[month].auc > COSTLY]
        hits = found_in({month: seen[month] for month in costly})
        keys = [one.key for one in seen.values()]
        usual = max(set(keys), key=lambda key: (keys.count(key), key)).replace("/", " of ")
        found = f"{found_in(seen)} of {len(seen)} | {hits} / {len(costly)}"
        lines.append(f"| {name} | {found} | {mean_cost(clean, seen):+.3f} | {usual} |")
    return "\n".join(lines)


def found_in(seen: Mapping[int, Seen]) -> int:
    """Count the months in which there was an alarm."""
    return sum(one.decision.action != "wait" for one in seen.values())


def mean_cost(clean: Mapping[int, Seen], seen: Mapping[int, Seen]) -> float:
    """Return the mean loss of ROC AUC."""
    return float(np.mean([clean[month].auc - one.auc for month, one in seen.items()]))


def totals(clean: Mapping[int, Seen], faults: Mapping[str, Mapping[int, Seen]]) -> tuple[int, int, int]:
    """Return the false alarms, the faults that cost more than COSTLY, and how many of these were found."""
    costly = [
        one.decision.action != "wait"
        for seen in faults.values()
        for month, one in seen.items()
        if clean[month].auc - one.auc > COSTLY
    ]
    return found_in(clean), len(costly), sum(costly)


def write_page(text: str) -> None:
    """Put the text between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Return 1 if there are more false alarms, or fewer faults found, than promised."""
    arguments: Any = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--quick", action="store_true", help="some months and faults; docs/monitoring.md stays")
    quick = arguments.parse_args(argv).quick
    months, names = (QUICK_MONTHS, QUICK) if quick else (MONTHS, tuple(INJECTIONS))
    with TemporaryDirectory() as folder:
        proof = Proof(Path(folder), load("local", (), "flights"), months)
        clean = proof.look(Injection())
        faults = {name: proof.look(INJECTIONS[name]) for name in names}
    false, costly, found = totals(clean, faults)
    text = (
        f"{false} false alarm{'' if false == 1 else 's'} in {len(clean)} months without a fault. Of {costly} months "
        f"with a fault that costs more than {COSTLY} of ROC AUC, {found} were found ({found / max(costly, 1):.1%}).\n\n"
    )
    text += table(clean, faults)
    print(text)
    if not quick:
        write_page(text)
    return int(false > MOST_FALSE or found < LEAST_FOUND * costly)


if __name__ == "__main__":
    raise SystemExit(main())
