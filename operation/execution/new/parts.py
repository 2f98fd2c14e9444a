"""Whether the split leaves both parts what training and testing need; else the files would be written in vain."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from operation.console import counted
from operation.errors import OperationError
from operation.execution.new.asked import Plan
from operation.execution.new.profile import quoted
from operation.execution.new.raw_tables import LEAST_ROWS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TEST = 0.2  # of the rows, as `configuration` of settings.py has it
FEWEST = 3  # days or groups: for training, for what candidates are compared on, and for testing


def check_parts(connection: "DuckDBPyConnection", plan: Plan) -> None:
    """Raise OperationError unless the table `prepared` can be divided as the plan says."""
    target = quoted(plan.target)
    rows, outcomes = _row(connection, f"SELECT count(*), count(DISTINCT {target}) FROM prepared")
    if rows < LEAST_ROWS or outcomes < 2:
        few = f"{counted(rows)} with {_named(plan)} can be learned from, and at least {LEAST_ROWS} are needed"
        same = f"{plan.target} is the same in all rows that have {_named(plan)}"
        raise OperationError(f"{few if rows < LEAST_ROWS else same}. {_otherwise(plan)}.")
    if plan.time:
        _check_days(connection, plan)
    elif plan.group:
        _check_groups(connection, plan)


def _check_days(connection: "DuckDBPyConnection", plan: Plan) -> None:
    day = f"{quoted(plan.time)}::DATE"
    days, first, last = _row(connection, f"SELECT count(DISTINCT {day}), min({day}), max({day}) FROM prepared")
    if days < FEWEST:
        raise OperationError(
            f"{plan.time} has {counted(days, 'day')} ({first} to {last}), and at least {FEWEST} are needed to train "
            f"and to test. {_otherwise(plan)}."
        )
    since = f"SELECT {day} AS day, sum(count(*)) OVER (ORDER BY {day} DESC) AS since FROM prepared GROUP BY 1"
    whole = f"(SELECT count(*) * {TEST} FROM prepared)"
    (start,) = _row(connection, f"SELECT max(day) FROM ({since}) WHERE since >= {whole}")
    for words, condition in ((f"before {start}", "<"), (f"from {start} on", ">=")):
        query = f"SELECT DISTINCT {quoted(plan.target)} FROM prepared WHERE {day} {condition} DATE '{start}'"
        _check_outcomes(plan, words, [value for (value,) in connection.execute(query).fetchall()], condition == "<")


def _check_outcomes(plan: Plan, words: str, found: Sequence[Any], trains: bool) -> None:
    """Refuse a part of one outcome, and a class that is only tested."""
    missing = [each for each in plan.classes if each not in found] if plan.task == "multiclass" and trains else []
    if missing or len(found) < 2:
        lack = f"lack the class {missing[0]!r}" if missing else "all have the same outcome"
        raise OperationError(f"The rows {words}, by {plan.time}, {lack}. {_otherwise(plan)}.")


def _check_groups(connection: "DuckDBPyConnection", plan: Plan) -> None:
    group, target = quoted(plan.group), quoted(plan.target)
    (groups,) = _row(connection, f"SELECT count(DISTINCT coalesce({group}::VARCHAR, '')) FROM prepared")
    if groups < FEWEST:
        raise OperationError(
            f"--group {plan.group} has {counted(groups, 'value')}, and at least {FEWEST} are needed, each on one side "
            "of the split. Name another column, or leave --group out."
        )
    if plan.task == "regression":
        return
    by_class = f"SELECT {target} AS value, count(DISTINCT coalesce({group}::VARCHAR, '')) AS n FROM prepared GROUP BY 1"
    value, fewest = _row(connection, f"SELECT value, n FROM ({by_class}) ORDER BY n, value LIMIT 1")
    if fewest < FEWEST:
        shown = f"the class {value!r}" if plan.task == "multiclass" else ("the event" if value else "no event")
        raise OperationError(
            f"--group {plan.group}: {shown} is in {counted(fewest, 'group')} alone, and at least {FEWEST} are needed "
            "to train and to test. Name another column, or leave --group out."
        )


def _named(plan: Plan) -> str:
    return f"{plan.target} and {plan.time}" if plan.time else plan.target


def _otherwise(plan: Plan) -> str:
    if not plan.time:
        return "Add rows"
    return f"Name another --time, or leave --time out and divide at random: --drop {plan.time}"


def _row(connection: "DuckDBPyConnection", query: str) -> Sequence[Any]:
    return tuple(connection.execute(query).fetchall()[0])
