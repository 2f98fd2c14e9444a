"""What each kind of suites says of each month, as it is and under each corruption. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operation.execution.expectations.facts import Expectation
from operation.execution.expectations.judgement import Known, is_met
from operation.execution.expectations.proposals import Cases, make_cases
from operation.execution.expectations.suites import names_of
from operation.tests.expectations.walk import KINDS, TABLES, Suites, Walk


@dataclass(frozen=True)
class Verdict:
    """What suites of one kind found in a month: names and severities of what failed; `corruption` is "" as it is."""

    month: int
    kind: str
    corruption: str
    failed: tuple[tuple[str, str], ...]

    @property
    def found(self) -> bool:
        """Whether anything was found."""
        return bool(self.failed)

    @property
    def refused(self) -> bool:
        """Whether a run would have stopped."""
        return any(severity == "critical" for _, severity in self.failed)

    @property
    def warnings(self) -> int:
        """How many expectations only warn."""
        return sum(severity != "critical" for _, severity in self.failed)


def verdicts_of(walked: Walk) -> list[Verdict]:
    """Judge every month but the first, of which nothing is before it."""
    months = sorted(walked.facts)[1:]
    return [verdict for month in months for kind in KINDS for verdict in _of_month(walked, month, kind)]


def _of_month(walked: Walk, month: int, kind: str) -> Iterator[Verdict]:
    suites = walked.suites[month][kind]
    clean = [each for table in TABLES for each in _failed(table, suites, walked.facts[month][table])]
    yield Verdict(month, kind, "", tuple(clean))
    for table in TABLES:
        broken = walked.broken[month][table]
        cases = make_cases(broken)
        assert cases
        names = [each["name"] for each in broken["broken"]]
        yield from _of_table(month, kind, suites[table], table, cases, names)


def _of_table(
    month: int, kind: str, suite: Sequence[Expectation], table: str, cases: Cases, names: Sequence[str]
) -> Iterator[Verdict]:
    """Judge the corruptions of a table by what its month meets as it is: other alarms find nothing."""
    able = {table: [each for each in suite if is_met(each, cases.clean)]}
    for name, (_, facts) in zip(names, cases.broken, strict=True):
        yield Verdict(month, kind, name, tuple(_failed(table, able, facts)))


def _failed(table: str, suites: Suites, facts: Known) -> list[tuple[str, str]]:
    """Return name and severity of what the facts do not meet."""
    named = zip(names_of(table, suites[table]), suites[table], strict=True)
    return [(name, each.get("severity") or "critical") for name, each in named if is_met(each, facts) is False]
