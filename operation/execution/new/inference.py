"""Guess everything that a use case needs from the profiles of its tables.

Nothing here reads or writes a file. Each function returns what it found and appends to the guesses that are shown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from operation.console import counted
from operation.errors import OperationError
from operation.execution.new.asked import Asked, FeatureKind, Guess, Plan
from operation.execution.new.explanation import explain_joins, explain_left_out, explain_plan
from operation.execution.new.features import WORDS, Measured, choose_slices, find_features, gives_away, is_leak
from operation.execution.new.joins import Found as FoundJoins
from operation.execution.new.naming import noun_of, text_of
from operation.execution.new.profile import FEW, ISO, Column, Table
from operation.execution.new.raw_tables import require_column
from operation.execution.new.targets import Target

Repeated = Callable[[Sequence[str]], int]  # counts the rows that repeat values of these columns
MARKS = {"0001-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "2999-12-31", "9999-12-31"}  # for no day
COPIES = 0.02  # of the rows: so many equal ones are said
BIRTH = re.compile(r"birth|born|dob", re.IGNORECASE)


def find_time(asked: Asked, main: Table, measured: Measured, guesses: list[Guess]) -> Column | None:
    """Return the column of the time by which train and test are divided; None for another split.

    A date that is there for one outcome alone, such as that of the event, divides nothing.

    Raises:
        OperationError: what `--time` names is not there or no date; `--group` is given, too.
    """
    where = f"configuration/use_cases/{asked.name}.yaml"
    if asked.time and asked.group:
        raise OperationError("Rows are divided by --time or by --group. Leave one of them out.")
    if asked.time:
        column = require_column(asked.time, main, "time")
        if not column.is_date:
            example = text_of(column.top[0][0]) if column.top else "nothing"
            raise OperationError(
                f"--time {asked.time}: its values do not read as dates of one form, such as {example!r}. "
                "Write them as 2024-01-31, or leave --time out for a random split."
            )
        return _dated(column, asked, guesses)
    if asked.group:
        require_column(asked.group, main, "group")
        guesses.append(Guess(f"split by {asked.group}: rows that share a value stay together", where, "by:"))
        return None
    dates = [each for each in main.columns.values() if each.is_date and each.name != asked.target]
    fit = [
        each
        for each in dates
        if not BIRTH.search(each.name)
        and each.distinct >= FEW
        and each.nulls < each.rows / 2
        and not gives_away(each.name, measured)
    ]
    if len(fit) == 1:
        span = f"({fit[0].least} to {fit[0].greatest})"
        text = f"split by time: {fit[0].name} is the only date {span}; it is not a feature, as future days are all new"
        guesses.append(Guess(text, where, "by:"))
        return _dated(fit[0], asked, guesses)
    several = f"; {', '.join(each.name for each in fit)} are dates: take one with --time" if fit else ""
    guesses.append(Guess(f"split at random{several}{_shared(main, asked)}", where, "by:"))
    return None


def _shared(main: Table, asked: Asked) -> str:
    """Name an identifier that several rows share: a customer in both parts makes the test too easy."""
    for each in main.columns.values():
        if each.is_identifier and each.name != asked.target and FEW < each.distinct <= each.filled / 2:
            return f"; rows share {each.name}: with --group {each.name} they stay on one side of the split"
    return ""


def _dated(column: Column, asked: Asked, guesses: list[Guess]) -> Column:
    where = f"src/{asked.name}/data.py", "IS NOT NULL"
    if column.date_format not in ("", ISO):
        text = f"{column.name} is read as {column.date_format}{_or_month_first(column)}"
        guesses.append(Guess(text, f"src/{asked.name}/data.py", column.date_format))
    if column.unreadable is not None:
        guesses.append(
            Guess(
                f"rows whose {column.name} is not a date, such as {column.unreadable!r}, are left out",
                *where,
            )
        )
    elif column.nulls:
        verb = "is" if column.nulls == 1 else "are"
        guesses.append(Guess(f"{counted(column.nulls)} without {column.name} {verb} left out", *where))
    for mark in sorted({str(column.least), str(column.greatest)} & MARKS):
        guesses.append(Guess(f"{column.name} is sometimes {mark}, taken as a day: make it NULL if it means unknown"))
    return column


def _or_month_first(column: Column) -> str:
    """Say that day and month may stand the other way round, if no day is above 12."""
    firsts = [re.match(r"\d+", str(value)) for value, _ in column.top]
    seconds = [re.match(r"\d+\D(\d+)", str(value)) for value, _ in column.top]
    either = all(first and int(first[0]) <= 12 for first in firsts) and all(seconds)
    return ", but may be month first" if either and column.date_format.startswith(("%d/%m", "%d-%m")) else ""


def find_key(asked: Asked, main: Table, repeated: Repeated, guesses: list[Guess]) -> tuple[str, ...]:
    """Return the columns that are unique together, () if rows are known by their number alone."""
    for name in asked.key:
        column = require_column(name, main, "key")
        if column.nulls:
            raise OperationError(f"--key {name} is empty in {column.nulls:,} rows. Name columns that are always there.")
    repeats = repeated(asked.key) if asked.key else 0
    if repeats:
        raise OperationError(
            f"--key {','.join(asked.key)}: {repeats:,} rows repeat it. "
            "Name columns that are unique together, or remove the repetitions."
        )
    if asked.key:
        return asked.key
    schema = f"src/{asked.name}/schema.py"
    unique = [each for each in main.columns.values() if each.unique and each.name != asked.target and _can_be_key(each)]
    unique.sort(key=lambda each: not each.is_identifier)
    for column in unique:
        if main.sampled and repeated((column.name,)):
            continue
        guesses.append(Guess(f"the key is {column.name}, which is unique; choose another with --key", schema, "KEYS"))
        return (column.name,)
    guesses.append(
        Guess(
            "no column is a unique key, so equal rows cannot be told apart; name one with --key",
            schema,
            "KEYS",
        )
    )
    copies = 0 if main.sampled else repeated([*main.columns])
    if copies >= COPIES * main.rows:
        text = f"{copies:,} of {main.rows:,} rows repeat another one in every column: remove them if they are copies"
        guesses.append(Guess(f"{text}, or the test would know what has trained"))
    return ()


def _can_be_key(column: Column) -> bool:
    if column.kind == "integer":
        return column.is_identifier or column.counts_rows
    plain = not column.date_format and not column.written_number
    return column.kind == "text" and plain and column.words <= WORDS


def together(time: Column | None, keys: Sequence[str], group: str, rows: int) -> str:
    """Choose the column whose rows the bootstrap draws as one: days with several rows, if there are enough of them.

    Moments are prepared as their days, but for those of the key, which stay as they are.
    """
    if time is None:
        return group
    drawn = time.distinct if time.name in keys else time.days
    return time.name if 100 <= drawn <= rows / 2 else ""


@dataclass(frozen=True)
class Parts:
    """The part that each column plays; `left_out` has the reasons."""

    time: Column | None
    keys: tuple[str, ...]
    features: dict[str, FeatureKind]
    left_out: dict[str, str]


def find_parts(
    asked: Asked,
    main: Table,
    columns: Mapping[str, Column],
    measured: Measured,
    repeated: Repeated,
    guesses: list[Guess],
) -> Parts:
    """Give each of the joined rows' columns its part.

    Raises:
        OperationError: as the functions above.
    """
    time = find_time(asked, main, measured, guesses)
    keys = find_key(asked, main, repeated, guesses)
    features, left_out = find_features(asked, columns, measured, _excluded(asked, main, keys, time))
    return Parts(time, keys, features, left_out)


def infer(
    asked: Asked,
    source: str,
    main: Table,
    tables: Mapping[str, Table],
    target: Target,
    joins: FoundJoins,
    measured: Measured,
    repeated: Repeated,
    guesses: list[Guess],
) -> Plan:
    """Put together all that is written; `repeated` counts in all rows of the main table; raises as `find_parts`."""
    columns = joined_columns(main, tables, joins)
    parts = find_parts(asked, main, columns, measured, repeated, guesses)
    plan = Plan(
        name=asked.name,
        source=source,
        main=main.name,
        raw={},
        joins=joins.joins,
        target=asked.target,
        task=target.task,
        event=target.event,
        rows_are=noun_of(main.name),
        positive=target.positive,
        classes=target.classes,
        features=parts.features,
        leakage=tuple(name for name, reason in parts.left_out.items() if is_leak(reason)),
        left_out=parts.left_out,
        keys=parts.keys,
        time=parts.time.name if parts.time else "",
        time_format=parts.time.date_format if parts.time else "",
        group=asked.group,
        together=together(parts.time, parts.keys, asked.group, main.rows),
        slices=choose_slices(parts.features, columns),
        guesses=(),
    )
    return _completed(plan, main, tables, joins, guesses)


def _completed(
    plan: Plan, main: Table, tables: Mapping[str, Table], joins: FoundJoins, guesses: Sequence[Guess]
) -> Plan:
    """Add to the plan what of the tables it needs, and every guess with the place to change it."""
    columns = joined_columns(main, tables, joins)
    explained = [*explain_plan(plan, columns), *explain_joins(plan, joins), *explain_left_out(plan, columns)]
    needed = _only_needed(replace(plan, left_out={**plan.left_out, **dict(joins.left_out)}))
    return replace(needed, raw=_raw_columns(needed, main, tables), guesses=(*guesses, *explained))


def _excluded(asked: Asked, main: Table, keys: Sequence[str], time: Column | None) -> set[str]:
    """Return the columns that have another part to play, and row numbers."""
    excluded = {asked.target, *keys, *([time.name] if time else []), *([asked.group] if asked.group else [])}
    return excluded | {name for name, each in main.columns.items() if each.unique and not keys and each.counts_rows}


def joined_columns(main: Table, tables: Mapping[str, Table], joins: FoundJoins) -> dict[str, Column]:
    """Return the columns of the joined rows by their names there."""
    columns = dict(main.columns)
    for join in joins.joins:
        columns |= {name: tables[join.table].columns[theirs] for theirs, name in join.columns.items()}
    return columns


def _only_needed(plan: Plan) -> Plan:
    """Keep of each join the columns that are features, and drop a join of none."""
    joins = [
        replace(join, columns={theirs: name for theirs, name in join.columns.items() if name in plan.features})
        for join in plan.joins
    ]
    return replace(plan, joins=tuple(join for join in joins if join.columns))


def _raw_columns(plan: Plan, main: Table, tables: Mapping[str, Table]) -> dict[str, tuple[str, ...]]:
    """List the columns that are read of each table, in its own order."""
    needed = {plan.target, *plan.features, *plan.identity, *(name for join in plan.joins for name in join.on)}
    raw = {main.name: tuple(name for name in main.columns if name in needed)}
    for join in plan.joins:
        wanted = {*join.on, *join.columns}
        raw[join.table] = tuple(name for name in tables[join.table].columns if name in wanted)
    return raw
