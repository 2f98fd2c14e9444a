"""Walk forward over the history: which days train for which month, by policy. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from operation.errors import OperationError

FROZEN = "frozen"  # trained once, before the first month: what every policy is compared with
MONTHLY = "monthly"  # retrained each month on all that is known by then
ROLLING = "rolling"  # retrained each month on the newest months of it alone
POLICIES = (MONTHLY, ROLLING)
LEAST_DAYS = 28  # to train on
NEARLY = timedelta(days=6)  # a month counts as whole if the data reach into its last week

Span = tuple[date, date]  # first and last day, both included


@dataclass(frozen=True)
class Asked:
    """What the verb was asked for."""

    months: int
    policies: tuple[str, ...]
    rolling_months: int
    delay_days: int


@dataclass(frozen=True)
class Cell:
    """A month of a policy: the model of the days `train` is tested in the days `test`.

    With a delay, outcomes are known so many days afterwards, so the newest of them cannot train.
    """

    policy: str
    delay_days: int
    test: Span
    train: Span

    @property
    def name(self) -> str:
        """Return the policy in words, with its delay."""
        return f"{self.policy}, {self.delay_days} days delayed" if self.delay_days else self.policy

    @property
    def month(self) -> str:
        """Return the month of the test as YYYY-MM."""
        return f"{self.test[0]:%Y-%m}"


def check(asked: Asked) -> None:
    """Raise OperationError for what no data could answer."""
    for option, value, least in (
        ("months", asked.months, 1),
        ("rolling-months", asked.rolling_months, 1),
        ("delay-days", asked.delay_days, 0),
    ):
        if value < least:
            raise OperationError(f"--{option} must be at least {least}, not {value}.")
    for policy in asked.policies:
        if policy not in (*POLICIES, FROZEN):
            near = get_close_matches(policy, POLICIES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(POLICIES)}"
            raise OperationError(f"--policies: unknown policy {policy!r}: {hint}")
    if not set(asked.policies) & set(POLICIES):
        raise OperationError(f"--policies must name what to compare with {FROZEN}: {' or '.join(POLICIES)}.")


def months_of(asked: Asked, first: date, last: date) -> list[Span]:
    """List the last whole months of data from `first` to `last`, oldest first.

    Raises:
        OperationError: there are fewer months than asked for, before each of which there is enough to train on, or no
            month has as many before it as rolling is to train on.
    """
    months, start = list[Span](), _next(first.replace(day=1))
    while (end := _next(start) - timedelta(days=1)) - NEARLY <= last:
        if (start - first).days >= LEAST_DAYS + asked.delay_days:
            months.append((start, end))
        start = _next(start)
    if len(months) < asked.months:
        allowed = f"allow --months {len(months)}" if months else "allow none"
        delay = f" and --delay-days {asked.delay_days}" if asked.delay_days else ""
        raise OperationError(
            f"--months {asked.months} is too many: data from {first} to {last} {allowed}, as whole months with at "
            f"least {LEAST_DAYS} days{delay} before the first. Ask for fewer, or use more data."
        )
    if ROLLING in asked.policies and _number(months[-1][0]) - asked.rolling_months < _number(first):
        raise OperationError(
            f"--rolling-months {asked.rolling_months} is too many: data from {first} on have fewer before {last}, so "
            f"{ROLLING} would be {MONTHLY}. Ask for fewer, or leave it out: --policies {MONTHLY}"
        )
    return months[-asked.months :]


def walk(asked: Asked, months: Sequence[Span], first: date) -> list[Cell]:
    """List the cells of every policy, with and without the delay, in the order of the months."""
    cells = list[Cell]()
    for policy in (each for each in POLICIES if each in asked.policies):
        for delay in sorted({0, asked.delay_days}):
            for test in months:
                end = test[0] - timedelta(days=delay + 1)
                since = first
                if policy == ROLLING:
                    since = max(first, _months_before(test[0], asked.rolling_months) - timedelta(days=delay))
                cells.append(Cell(policy, delay, test, (since, end)))
    return cells


def frozen_span(months: Sequence[Span], first: date) -> Span:
    """Return the days that the frozen model learns from: all before the first month."""
    return first, months[0][0] - timedelta(days=1)


def rule(span: Span) -> str:
    """Write the span as a rule of the split."""
    return f"{span[0]} to {span[1]}"


def _next(month: date) -> date:
    return _months_before(month, -1)


def _number(day: date) -> int:
    """Count the day's month, so that months farther away than a calendar reaches can be compared."""
    return day.year * 12 + day.month - 1


def _months_before(month: date, count: int) -> date:
    number = _number(month) - count
    return date(number // 12, number % 12 + 1, 1)
