"""Guess everything that a use case needs from the profiles of its tables, and refuse what cannot be learned from.

Nothing here reads or writes a file. Each function returns what it found and appends to the guesses that are shown.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, cast

from operation.errors import OperationError
from operation.execution.new.asked import Asked, FeatureKind, Guess, Plan, Task
from operation.execution.new.joins import Found as FoundJoins
from operation.execution.new.naming import NO, YES, nearest, noun_of, words_of
from operation.execution.new.profile import ISO, Column, Table

LEAST_ROWS = 30
LEAST_OF_A_CLASS = 5
MOST_COLUMNS = 500  # Great Expectations alone would take minutes with more
MOST_CLASSES = 50
FEW = 10  # values: a whole number with so few is a category
MOST_CATEGORIES = 1000
LEAK = 0.99
WORDS = 3.0  # on average: a text of more is free text
OWN_SHARE = 0.5  # a text of which so many of the rows have a value of their own identifies rather than groups
EMPTY = 0.995
ALIKE = 0.98  # the rarer of two classes must be more than 1 - ALIKE for a slice
TASKS = ("binary", "multiclass", "regression")
IDENTIFIER = re.compile(r"(^|_)(id|ids|key|uuid|guid|nr|no|number|ref|index)$|[a-z](Id|ID|Key|No|Ref)$", re.IGNORECASE)
BIRTH = re.compile(r"birth|born|dob", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What is predicted."""

    column: Column
    task: Task
    event: str
    positive: object = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What was measured on the joined rows: how well each column alone predicts the target, and which equal it."""

    strengths: Mapping[str, float]
    same: Collection[str] = ()


def choose_main(asked: Asked, tables: Mapping[str, Table]) -> Table:
    """Return the table that has the target.

    Raises:
        OperationError: none or several have, or it is too small or too wide.
    """
    if not asked.target:
        names = [name for table in tables.values() for name in table.columns]
        raise OperationError(f"Name the column to predict: --target COLUMN. {nearest('', names)}")
    having = [table for table in tables.values() if asked.target in table.columns]
    if not having:
        names = [name for table in tables.values() for name in table.columns]
        raise OperationError(f"No column is named {asked.target!r}. {nearest(asked.target, names)}")
    if len(having) > 1:
        shown = ", ".join(table.name for table in having)
        raise OperationError(f"The target {asked.target!r} is in several tables: {shown}. Keep it in the main one.")
    (main,) = having
    if main.rows < LEAST_ROWS:
        raise OperationError(
            f"{main.name} has {main.rows} rows, and at least {LEAST_ROWS} are needed to train and to test. Add rows."
        )
    return main


def drop_columns(asked: Asked, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables without the columns that `--drop` names.

    Raises:
        OperationError: a pattern matches no column, or one that another option names; too many columns are left.
    """
    names = [name for table in tables.values() for name in table.columns]
    needed = {"target": (asked.target,), "key": asked.key, "time": (asked.time,), "group": (asked.group,)}
    for pattern in asked.drop:
        matched = [name for name in names if _matches(name, [pattern])]
        if not matched:
            raise OperationError(f"--drop {pattern}: no column has this name. {nearest(pattern, names)}")
        for option, named in {**needed, "keep": asked.keep}.items():
            for name in set(matched) & set(named):
                raise OperationError(f"--drop {pattern} drops {name!r}, which --{option} names. Take it out of one.")
    kept = {table.name: without(asked, table) for table in tables.values()}
    for table in kept.values():
        check_width(table)
    return kept


def without(asked: Asked, table: Table) -> Table:
    """Return the table without the columns that `--drop` names."""
    return replace(table, columns={name: c for name, c in table.columns.items() if not _matches(name, asked.drop)})


def check_width(table: Table) -> None:
    """Raise OperationError for a table of too many columns."""
    if len(table.columns) > MOST_COLUMNS:
        raise OperationError(
            f"{table.name} has {len(table.columns):,} columns, and {MOST_COLUMNS} are the most that are checked in "
            "reasonable time. Choose among them first, or leave some out: --drop 'gene_*,x1??'"
        )


def find_target(asked: Asked, main: Table, guesses: list[Guess]) -> Target:
    """Find the task, and what of the target is predicted.

    Raises:
        OperationError: the column cannot be a target, or not of the task that is asked for.
    """
    column = main.columns[asked.target]
    _check_target(asked, column)
    task = _task(asked, column)
    source = f"src/{asked.name}/use_case.py"
    if task == "binary":
        positive = _positive(asked, column)
        event = _event(column, positive)
        share = dict(column.top).get(positive, 0) / column.filled
        others = ", ".join(_text(value) for value, _ in column.top if value != positive)
        guesses.append(
            Guess(
                f"{task}: {event!r} where {column.name} is {_text(positive)} ({share:.1%} of the rows), "
                f"not {others}; another with --positive",
                f"src/{asked.name}/data.py",
                "::TINYINT",
            )
        )
        target = Target(column, task, event, positive)
    elif task == "multiclass":
        classes = tuple(sorted(_text(value) for value, _ in column.top))
        guesses.append(
            Guess(
                f"multiclass: {column.name} has {column.distinct} classes; --task regression if they are amounts"
                if column.kind == "integer"
                else f"multiclass: {column.name} has {column.distinct} classes",
                source,
                "TASK =",
            )
        )
        target = Target(column, task, words_of(column.name), classes=classes)
    else:
        guesses.append(
            Guess(
                f"regression: {column.name} is a number, {column.least:.6g} to {column.greatest:.6g}", source, "TASK ="
            )
        )
        target = Target(column, task, words_of(column.name))
    if column.nulls:
        guesses.append(
            Guess(
                f"{column.nulls:,} rows without {column.name} are left out", f"src/{asked.name}/data.py", "IS NOT NULL"
            )
        )
    return target


def _check_target(asked: Asked, column: Column) -> None:
    name = column.name
    if asked.task and asked.task not in TASKS:
        raise OperationError(f"--task must be one of {', '.join(TASKS)}, not {asked.task!r}.")
    if not column.filled:
        raise OperationError(f"The target {name!r} is empty in every row. Name another: --target COLUMN.")
    if column.filled < LEAST_ROWS:
        raise OperationError(
            f"The target {name!r} has a value in {column.filled} rows, and at least {LEAST_ROWS} are needed. Add rows."
        )
    if column.distinct == 1:
        raise OperationError(
            f"The target {name!r} is {_text(column.top[0][0])} in every row: there is nothing to learn. "
            "Add rows with another outcome."
        )
    if column.kind in ("date", "time", "other"):
        raise OperationError(
            f"The target {name!r} holds {column.kind}s. It must be classes or numbers, such as days until then."
        )
    if column.kind == "text" and column.distinct > MOST_CLASSES and not asked.positive:
        unique = "a text of its own in every row" if column.unique else f"{column.distinct:,} different texts"
        raise OperationError(
            f"The target {name!r} has {unique}: neither classes nor numbers. Name another column, or one value to "
            "predict: --positive VALUE"
        )
    if column.kind == "integer" and column.unique and (_is_identifier(column) or _counts_rows(column)):
        raise OperationError(
            f"The target {name!r} is another number in every row, as an identifier is. Name another: --target COLUMN."
        )


def _task(asked: Asked, column: Column) -> Task:
    """Choose the task, by default by the number of different values."""
    if asked.positive and asked.task in ("multiclass", "regression"):
        raise OperationError(f"--positive is for the task binary, not {asked.task}. Leave one of both out.")
    if asked.task == "regression" and column.kind not in ("integer", "number"):
        raise OperationError(f"The target {column.name!r} is {column.kind}, and --task regression needs numbers.")
    if asked.task == "binary" and column.distinct > 2 and not asked.positive:
        shown = ", ".join(_text(value) for value, _ in column.top[:FEW])
        raise OperationError(
            f"The target {column.name!r} has {column.distinct} values: {shown}. "
            "Say which is the event: --positive VALUE"
        )
    if asked.task == "multiclass" and (column.distinct > MOST_CLASSES or column.kind == "number"):
        raise OperationError(
            f"The target {column.name!r} has {column.distinct:,} values, and {MOST_CLASSES} classes are the most. "
            "Try --task regression."
        )
    if asked.task:
        return cast(Task, asked.task)
    if asked.positive or column.distinct == 2:
        return "binary"
    few = column.kind == "text" or (column.kind == "integer" and column.distinct <= FEW)
    return "multiclass" if few else "regression"


def _positive(asked: Asked, column: Column) -> Any:
    """Choose the value that becomes 1: what is asked for, what says yes, or the rarer one."""
    values = {_text(value): value for value, _ in column.top}
    if asked.positive:
        folded = {text.casefold(): value for text, value in values.items()}
        if asked.positive.casefold() not in folded:
            raise OperationError(
                f"--positive {asked.positive}: {column.name!r} has no such value. {nearest(asked.positive, values)}"
            )
        return folded[asked.positive.casefold()]
    yes = [value for text, value in values.items() if text.casefold() in YES]
    no = [value for text, value in values.items() if text.casefold() in NO]
    if len(yes) == 1 and (no or len(values) == 2):
        return yes[0]
    return column.top[-1][0] if not no else next(value for value, _ in column.top if value not in no)


def _event(column: Column, positive: object) -> str:
    """Name what happened where the target is 1: the target's own name, or the value if that says more."""
    value = _text(positive)
    if value.casefold() in NO:
        return f"{words_of(column.name)} {words_of(value)}"
    plain = value.casefold() in YES or not isinstance(positive, str)
    return words_of(column.name) if plain else words_of(value)


def check_classes(target: Target) -> None:
    """Raise OperationError for a class with too few rows to train and to test."""
    counts = target.column.top if target.task != "regression" else ()
    if target.task == "binary":
        of_event = dict(target.column.top)[target.positive]
        counts = ((target.positive, of_event), ("all others", target.column.filled - of_event))
    for value, count in counts:
        if count < LEAST_OF_A_CLASS:
            raise OperationError(
                f"The target {target.column.name!r} is {_text(value)} in {count} rows, and at least "
                f"{LEAST_OF_A_CLASS} are needed to train and to test. Add rows, or leave these out."
            )


def find_time(asked: Asked, main: Table, guesses: list[Guess]) -> Column | None:
    """Return the column of the time by which train and test are divided; None for another split.

    Raises:
        OperationError: what `--time` names is not there or no date; `--group` is given, too.
    """
    where = f"configuration/use_cases/{asked.name}.yaml"
    if asked.time and asked.group:
        raise OperationError("Rows are divided by --time or by --group. Leave one of them out.")
    if asked.time:
        column = require_column(asked.time, main, "time")
        if not column.is_date:
            example = _text(column.top[0][0]) if column.top else "nothing"
            raise OperationError(
                f"--time {asked.time}: its values do not read as dates, such as {example!r}. "
                "Write them as 2024-01-31, or leave --time out for a random split."
            )
        return _dated(column, asked, guesses)
    if asked.group:
        require_column(asked.group, main, "group")
        guesses.append(Guess(f"split by {asked.group}: all rows of one are on the same side", where, "by:"))
        return None
    dates = [each for each in main.columns.values() if each.is_date and each.name != asked.target]
    fit = [
        each for each in dates if not BIRTH.search(each.name) and each.distinct >= FEW and each.nulls < each.rows / 2
    ]
    if len(fit) == 1:
        guesses.append(
            Guess(f"split by time: {fit[0].name} is the one date ({fit[0].least} to {fit[0].greatest})", where, "by:")
        )
        return _dated(fit[0], asked, guesses)
    several = f"; {', '.join(each.name for each in fit)} are dates: take one with --time" if fit else ""
    guesses.append(Guess(f"split at random{several}", where, "by:"))
    return None


def _dated(column: Column, asked: Asked, guesses: list[Guess]) -> Column:
    where = f"src/{asked.name}/data.py", "IS NOT NULL"
    if column.date_format not in ("", ISO):
        guesses.append(
            Guess(f"{column.name} is read as {column.date_format}", f"src/{asked.name}/data.py", column.date_format)
        )
    if column.unreadable is not None:
        guesses.append(
            Guess(f"rows whose {column.name} is no date, such as {column.unreadable!r}, are left out", *where)
        )
    elif column.nulls:
        guesses.append(Guess(f"{column.nulls:,} rows without {column.name} are left out", *where))
    return column


def require_column(name: str, table: Table, option: str) -> Column:
    """Return the column that an option names; raises OperationError with the nearest name."""
    if name not in table.columns:
        raise OperationError(f"--{option} {name}: {table.name} has no such column. {nearest(name, table.columns)}")
    return table.columns[name]


def find_key(asked: Asked, main: Table, repeats: int, guesses: list[Guess]) -> tuple[str, ...]:
    """Return the columns that are unique together, () if rows are known by their number alone.

    `repeats` is how many rows repeat the key that is asked for.
    """
    for name in asked.key:
        column = require_column(name, main, "key")
        if name == asked.target:
            raise OperationError(f"--key {name} is the target. Name a column that tells rows apart.")
        if column.nulls:
            raise OperationError(f"--key {name} is empty in {column.nulls:,} rows. Name columns that are always there.")
    if asked.key and repeats:
        raise OperationError(
            f"--key {','.join(asked.key)}: {repeats:,} rows repeat it. "
            "Name columns that are unique together, or remove the repetitions."
        )
    if asked.key:
        return asked.key
    schema = f"src/{asked.name}/schema.py"
    unique = [each for each in main.columns.values() if each.unique and each.name != asked.target and _can_be_key(each)]
    unique.sort(key=lambda each: not _is_identifier(each))
    if unique:
        guesses.append(Guess(f"the key is {unique[0].name}, which is unique; another with --key", schema, "KEYS ="))
        return (unique[0].name,)
    guesses.append(
        Guess(
            "no column is a unique key, so equal rows cannot be told apart; name one with --key",
            schema,
            "KEYS =",
        )
    )
    return ()


def _can_be_key(column: Column) -> bool:
    if column.kind == "integer":
        return _is_identifier(column) or _counts_rows(column)
    return column.kind == "text" and not column.date_format and column.words <= WORDS


def _is_identifier(column: Column) -> bool:
    return IDENTIFIER.search(column.name) is not None


def _counts_rows(column: Column) -> bool:
    return column.unique and column.least in (0, 1) and column.greatest == column.rows - 1 + float(column.least or 0)


def find_features(
    asked: Asked, candidates: Mapping[str, Column], measured: Measured, excluded: Collection[str]
) -> tuple[dict[str, FeatureKind], dict[str, str]]:
    """Return the features with their kinds, and the columns that are left out with the reasons.

    `candidates` are the columns of the joined rows by their names there; `excluded` are keys, time, group, target.

    Raises:
        OperationError: nothing is left, or `--keep` names what cannot be a feature.
    """
    features: dict[str, FeatureKind] = {}
    left_out: dict[str, str] = {}
    for name, column in candidates.items():
        if name in excluded:
            continue
        kind, reason = _judge(column)
        if not reason and (name in measured.same or measured.strengths.get(name, 0) >= LEAK):
            reason = _leak(name, asked.target, measured)
        if name in asked.keep:
            kind = kind or _forced(column)
            reason = "" if kind else reason
            if not kind:
                raise OperationError(f"--keep {name}: it cannot be a feature: it {reason}. Leave it out of --keep.")
        if kind and not reason:
            features[name] = kind
        else:
            left_out[name] = reason
    for name in asked.keep:
        if name not in features:
            raise OperationError(f"--keep {name}: there is no such column to learn from. {nearest(name, candidates)}")
    if not features:
        shown = "; ".join(f"{name} {reason}" for name, reason in list(left_out.items())[:5]) or "it has no other column"
        raise OperationError(
            f"No column is left to learn {asked.target!r} from: {shown}. Add one, or take one with --keep."
        )
    return features, left_out


def _leak(name: str, target: str, measured: Measured) -> str:
    if name in measured.same:
        return f"is {target} under another name (a leak)"
    return f"alone tells {target} almost perfectly ({measured.strengths[name]:.3f} of 1): a leak, unless known before"


def is_leak(reason: str) -> bool:
    """Whether the reason to leave a column out is that it knows the target."""
    return "a leak" in reason


def _judge(column: Column) -> tuple[FeatureKind | None, str]:
    """Return the kind of a feature and "", or the reason why the column is none."""
    if column.nulls >= EMPTY * column.rows:
        return None, f"is empty in {column.nulls / column.rows:.1%} of the rows"
    if column.distinct == 1 and not column.nulls:
        return None, f"is {_text(column.top[0][0])} in every row"
    if column.is_date:
        return None, "is a date; make a feature of it in data.py if it helps"
    if column.kind == "other":
        return None, "is neither number, text nor date"
    if column.kind == "boolean":
        return "category", ""
    if column.kind == "number":
        return "number", ""
    if column.kind == "integer":
        return _judge_whole(column)
    return _judge_text(column)


def _judge_whole(column: Column) -> tuple[FeatureKind | None, str]:
    if _counts_rows(column) or (_is_identifier(column) and column.distinct > MOST_CATEGORIES):
        return None, "identifies rows; --group if several rows belong together by it"
    if _is_identifier(column) and column.distinct > OWN_SHARE * column.filled:
        return None, "identifies rows"
    return ("category" if column.distinct <= FEW or _is_identifier(column) else "number"), ""


def _judge_text(column: Column) -> tuple[FeatureKind | None, str]:
    own = column.distinct > OWN_SHARE * column.filled
    if column.words > WORDS and (own or column.distinct > MOST_CATEGORIES):
        return None, f"is free text ({column.words:.0f} words on average)"
    if own:
        return None, f"identifies rows ({column.distinct:,} different texts)"
    if column.distinct > MOST_CATEGORIES:
        return None, f"has {column.distinct:,} different texts, too many for a category"
    return "category", ""


def _forced(column: Column) -> FeatureKind | None:
    if column.kind in ("integer", "number"):
        return "number"
    return "category" if column.kind in ("text", "boolean") and column.distinct > 1 and not column.date_format else None


def choose_slices(features: Mapping[str, FeatureKind], columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Choose at most two categories of few values, none of which is nearly all, to evaluate by."""

    def fit(name: str) -> bool:
        column = columns[name]
        return 2 <= column.distinct <= FEW and column.top[0][1] <= ALIKE * column.filled

    return tuple(name for name, kind in features.items() if kind == "category" and fit(name))[:2]


def together(time: Column | None, group: str, rows: int) -> str:
    """Choose the column whose rows the bootstrap draws as one: days with several rows, if there are enough of them."""
    if time is not None:
        return time.name if 100 <= time.distinct <= rows / 2 and time.kind != "time" else ""
    return group


def infer(
    asked: Asked,
    source: str,
    main: Table,
    tables: Mapping[str, Table],
    target: Target,
    joins: FoundJoins,
    measured: Measured,
    repeats: int,
    guesses: list[Guess],
) -> Plan:
    """Put everything together that is written.

    Raises:
        OperationError: as the functions above.
    """
    check_classes(target)
    time = find_time(asked, main, guesses)
    keys = find_key(asked, main, repeats, guesses)
    candidates = joined_columns(main, tables, joins)
    excluded = {asked.target, *keys, *([time.name] if time else []), *([asked.group] if asked.group else [])}
    excluded |= {name for name, column in main.columns.items() if column.unique and not keys and _counts_rows(column)}
    features, left_out = find_features(asked, candidates, measured, excluded)
    leaks = tuple(name for name, reason in left_out.items() if is_leak(reason))
    slices = choose_slices(features, candidates)
    noun = noun_of(main.name)
    _explain(asked, features, candidates, left_out, joins, noun, slices, guesses)
    plan = Plan(
        name=asked.name,
        source=source,
        main=main.name,
        raw={},
        joins=joins.joins,
        target=asked.target,
        task=target.task,
        event=target.event,
        rows_are=noun,
        positive=target.positive,
        classes=target.classes,
        features=features,
        leakage=leaks,
        left_out={**left_out, **dict(joins.left_out)},
        keys=keys,
        time=time.name if time else "",
        time_format=time.date_format if time else "",
        group=asked.group,
        together=together(time, asked.group, main.rows),
        slices=slices,
        guesses=(),
    )
    plan = _only_needed(plan)
    return replace(plan, raw=_raw_columns(plan, main, tables), guesses=tuple(guesses))


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


def _explain(
    asked: Asked,
    features: Mapping[str, FeatureKind],
    columns: Mapping[str, Column],
    left_out: Mapping[str, str],
    joins: FoundJoins,
    noun: str,
    slices: Sequence[str],
    guesses: list[Guess],
) -> None:
    schema, use_case = f"src/{asked.name}/schema.py", f"src/{asked.name}/use_case.py"
    whole = [name for name, kind in features.items() if kind == "category" and columns[name].kind == "integer"]
    if whole:
        guesses.append(
            Guess(
                f"whole numbers of few values or that identify something are categories: {', '.join(whole)}",
                schema,
                f'"{whole[0]}": ',
            )
        )
    guesses.append(Guess(f"a row is one of {noun}", use_case, "ROWS ="))
    guesses.append(
        Guess("every feature is known when the prediction is made: check this first", use_case, "PREDICTED_AT =")
    )
    if slices:
        guesses.append(Guess(f"evaluated by {' and '.join(slices)}", use_case, "SLICED_BY ="))
    for join, share in zip(joins.joins, joins.matched, strict=True):
        guesses.append(
            Guess(
                f"{join.table} joined by {', '.join(join.on)} ({share:.1%} of the rows find one)",
                f"src/{asked.name}/data.py",
                f"LEFT JOIN {join.table}",
            )
        )
    for name, reason in joins.left_out:
        guesses.append(Guess(f"the table {name} is left out: {reason}", schema, "RAW_COLUMNS ="))
    for name, reason in left_out.items():
        guesses.append(
            Guess(
                f"{name} is left out: it {reason}{keepable(columns[name], name)}",
                schema,
                "LEAKAGE =" if is_leak(reason) else "FEATURES",
            )
        )


def keepable(column: Column, name: str) -> str:
    """Say how to take a column all the same, if it can be a feature."""
    return f"; --keep {name} takes it" if _forced(column) and column.distinct > 1 else ""


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)  # names may have brackets


def _text(value: object) -> str:
    """Write a value as people do: true rather than True, 1 rather than 1.0."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
