"""`invoke new`: look at the data, guess what a use case needs, write it, and train."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.execution.new import data_files, inference, python_code, raw_tables, settings, suites, targets, writing
from operation.execution.new.asked import Asked, Guess, Plan
from operation.execution.new.features import Measured, gives_away
from operation.execution.new.generated_tests import tests
from operation.execution.new.joins import Found as FoundJoins
from operation.execution.new.joins import find_joins, repeated, take_partners
from operation.execution.new.naming import check_name
from operation.execution.new.notebook import notebook
from operation.execution.new.parts import check_parts
from operation.execution.new.profile import Column, Table, profile, quoted
from operation.execution.new.replacement import Removal, plan_removal, suit_task
from operation.execution.pipelines.offered_use_cases import offer, offering
from operation.execution.temporary import temporary_folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

CONTENT = "__content"  # no name of a table
# One thread: with more, what is drawn and the last digits of sums differ from run to run.
CONNECTION: dict[str, int | str] = {"threads": 1, "memory_limit": data_files.MEMORY}
MEASURED = 50_000  # rows on which single columns are compared with the target


@dataclass(frozen=True)
class Studied:
    """The plan, with what it was made from: the tables, and the `columns` of the joined rows."""

    plan: Plan
    connection: "DuckDBPyConnection"
    tables: Mapping[str, Table]
    columns: Mapping[str, Column]


@dataclass(frozen=True)
class Drawn:
    """What is to be written: the plan, new files by their paths in the repository, and files that are changed."""

    plan: Plan
    files: dict[str, str]
    changed: dict[str, str] = field(default_factory=dict)
    removal: Removal | None = None


def new(asked: Asked, plan_only: bool, replace_default: bool = False) -> None:
    """Write the use case and train its first model; with `plan_only`, show what would be written.

    With `replace_default`, the default use case goes, and the new one is the default in its place.

    Raises:
        OperationError: the data cannot be learned from, or an option does not fit them; then nothing is written.
    """
    _undo_unfinished(plan_only)
    check_name(asked.name, ROOT)
    removal = plan_removal(ROOT, asked.name) if replace_default else None
    with console.step("look at the data") as note:
        drawn = draw(asked, removal)
        note.text = _summary(drawn.plan)
    show(drawn)
    if plan_only:
        goes = f", {len(removal.deleted)} of {removal.name} are deleted" if removal else ""
        console.say(f"Nothing is written. Without --plan: {len(drawn.files)} files{goes}, then invoke train.")
        return
    writing.write(drawn.files, ROOT, drawn.changed, removal.deleted if removal else ())
    console.say(f"Wrote {len(drawn.files)} files.")
    if removal:
        console.say(
            f"Deleted {len(removal.deleted)} files of {removal.name}; {asked.name} is the default use case now."
        )
    _train(asked.name)


def _undo_unfinished(plan_only: bool) -> None:
    """Undo what a killed `invoke new` has left half written; with `plan_only`, say how."""
    if plan_only and (ROOT / writing.UNFINISHED).is_dir():
        raise OperationError(
            "An invoke new was killed while it wrote. Run this without --plan, which undoes that first."
        )
    if writing.undo(ROOT):
        console.say("Undid what an invoke new that was killed had half written.")


def draw(asked: Asked, removal: Removal | None = None) -> Drawn:
    """Look at the data and draw up all files; reads much and writes nothing."""
    with study(asked) as studied:
        changed = suit_task(removal.changed, studied.plan.task) if removal else offer_use_case(asked.name, ROOT)
        return Drawn(studied.plan, render(studied), changed, removal)


def offer_use_case(name: str, root: Path) -> dict[str, str]:
    """Return the pipelines that offer use cases, by their paths, with the new one among them."""
    return {path.relative_to(root).as_posix(): offer(text, name) for path, text in offering(root)}


@contextmanager
def study(asked: Asked) -> Iterator[Studied]:
    """Look at the data and plan the use case; the connection has the tables while the block lasts.

    Raises:
        OperationError: as `new`.
    """
    import duckdb

    with (
        temporary_folder() as spill,
        duckdb.connect(config={**CONNECTION, "temp_directory": str(spill)}) as connection,
    ):
        yield study_in(connection, asked)


def study_in(connection: "DuckDBPyConnection", asked: Asked) -> Studied:
    """Do what `study` does, with a connection that has no tables yet and is used as `CONNECTION` says."""
    connection.execute("SET TimeZone = 'UTC'")  # else the day of a moment depends on the machine
    found = data_files.find(asked.data)
    tables: dict[str, Table] = {}
    for name, files in found.files.items():
        content = data_files.read(found.source, name, files)
        raw_tables.check_names(name, content.rows.column_names)
        left = raw_tables.left(asked, content.rows.column_names)
        raw_tables.check_width(name, left)
        raw_tables.check_taken(name, left)
        connection.register(CONTENT, content.rows)
        connection.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM {CONTENT}")
        connection.unregister(CONTENT)
        tables[name] = profile(connection, name, content.rows, content.total)
        _empty_infinite(connection, tables[name])
        if content.sampled:
            data_files.scan(connection, files).create_view(tables[name].whole)
    return _plan(asked, found.source, connection, tables)


def _empty_infinite(connection: "DuckDBPyConnection", table: Table) -> None:
    """Make infinite numbers null, as src/prepare.py does."""
    for name, column in table.columns.items():
        if column.infinite:
            connection.execute(f"UPDATE {quoted(table.name)} SET {quoted(name)} = NULL WHERE isinf({quoted(name)})")


def _plan(asked: Asked, source: str, connection: "DuckDBPyConnection", every: Mapping[str, Table]) -> Studied:
    guesses: list[Guess] = []
    asked = raw_tables.take_names(asked, every)
    raw_tables.check_target(asked)
    tables = raw_tables.drop_columns(asked, every)
    main = raw_tables.choose_main(asked, tables)
    raw_tables.check_total(connection, main)
    guesses += _of_tables(tables)
    main = _with_positive(asked, connection, main)
    tables = {**tables, main.name: main}
    target = targets.find_target(asked, main, guesses)
    joins = find_joins(connection, main, [each for each in tables.values() if each.name != main.name], asked.target)
    for join in joins.joins:
        if tables[join.table].sampled:
            take_partners(connection, main, tables[join.table], join.on)
    measured = _measure(connection, main, tables, joins, target)
    repeats = partial(repeated, connection, main.whole)
    plan = inference.infer(asked, source, main, tables, target, joins, measured, repeats, guesses)
    return Studied(plan, connection, tables, inference.joined_columns(main, tables, joins))


def _with_positive(asked: Asked, connection: "DuckDBPyConnection", main: Table) -> Table:
    """Add to the target's values the one that is asked for, where it is not among the most frequent ones."""
    column = main.columns[asked.target]
    if not asked.positive or column.distinct <= len(column.top) or targets.find_positive(asked.positive, column):
        return main
    query = f"SELECT {quoted(column.name)}, count(*) FROM {quoted(main.name)} GROUP BY 1 ORDER BY 2 DESC, 1"
    found = [each for each in connection.execute(query).fetchall() if each[0] is not None]
    every = replace(column, top=tuple(found))
    top = (*column.top, *targets.find_positive(asked.positive, every))
    return replace(main, columns={**main.columns, column.name: replace(column, top=top)})


def _of_tables(tables: Mapping[str, Table]) -> list[Guess]:
    """Say which tables were sampled, and which numbers are infinite."""
    infinite = [
        Guess(f"{name} of {table.name} is infinite in {column.infinite:,} rows, which count as empty")
        for table in tables.values()
        for name, column in table.columns.items()
        if column.infinite
    ]
    return infinite + [
        Guess(
            f"{each.name} has {each.rows:,} rows; all but keys and joins was judged by an even sample of {each.read:,}"
        )
        for each in tables.values()
        if each.sampled
    ]


def _measure(
    connection: "DuckDBPyConnection",
    main: Table,
    tables: Mapping[str, Table],
    joins: FoundJoins,
    target: targets.Target,
) -> Measured:
    """Measure on the joined rows how well each column alone predicts the target."""
    from operation.execution.new.leaks import same_values, strengths, sums

    columns = [_measured(main.name, name, name, each) for name, each in main.columns.items() if each.measurable]
    for join in joins.joins:
        columns += [
            _measured(join.table, theirs, name, tables[join.table].columns[theirs])
            for theirs, name in join.columns.items()
            if tables[join.table].columns[theirs].measurable
        ]
    clauses = [f"LEFT JOIN {quoted(join.table)} USING ({', '.join(map(quoted, join.on))})" for join in joins.joins]
    name = target.column.name
    query = (
        f"SELECT {', '.join(columns)} FROM {quoted(main.name)} {' '.join(clauses)} "
        f"WHERE {quoted(main.name)}.{quoted(name)} IS NOT NULL "
        f"USING SAMPLE reservoir({MEASURED} ROWS) REPEATABLE (1)"
    )
    frame: pd.DataFrame = connection.execute(query).df()
    outcome = frame[name]
    if target.task == "binary":
        outcome = outcome == target.positive
    if target.task == "multiclass":
        outcome = outcome.astype(str)
    others = frame.drop(columns=name)
    same = same_values(others, outcome if target.task == "binary" else frame[name])
    alone = Measured(strengths(others, outcome, target.task), same)
    if target.task != "regression":
        return alone
    known = [name for name in others if gives_away(name, alone)]
    return replace(alone, summed=sums(others.drop(columns=known), outcome))


def _measured(table: str, column: str, name: str, known: Column) -> str:
    """Return the SQL of what is compared with the target: of dates, which are never features, whether there is one."""
    value = f"{quoted(table)}.{quoted(column)}"
    return f"{value} IS NULL AS {quoted(name)}" if known.is_date else f"{value} AS {quoted(name)}"


def render(studied: Studied) -> dict[str, str]:
    """Return every file by its path, from the prepared rows that the new package's own SQL makes."""
    from operation.execution.new import page

    plan, prepared = studied.plan, prepare(studied)
    files = write_texts(studied, prepared)
    files |= {f"docs/data/{name}": svg for name, svg in page.plots(plan, prepared.to_pandas()).items()}
    files[f"notebooks/{plan.name}.ipynb"] = notebook(plan)
    return files


def prepare(studied: Studied) -> "pa.Table":
    """Return the rows that will train, made by the new package's own SQL."""
    plan, connection = studied.plan, studied.connection
    query = python_code.prepared_sql(plan, studied.columns)
    connection.execute(query, {"positive": plan.argument} if plan.argument else {})
    # What is measured is what trains; rows without an outcome are there for scoring.
    connection.execute(f"DELETE FROM prepared WHERE {quoted(plan.target)} IS NULL")
    if plan.time in plan.keys and (repeats := repeated(connection, "prepared", plan.keys)):
        raise OperationError(
            f"--key {','.join(plan.keys)}: {repeats:,} rows repeat it once {plan.time} is read as a day. "
            "Name another key or time."
        )
    check_parts(connection, plan)
    return connection.table("prepared").to_arrow_table()


def write_texts(studied: Studied, prepared: "pa.Table") -> dict[str, str]:
    """Return the files but for the notebook and the plots, which take longer than all others."""
    from operation.execution.new import page

    plan, connection, tables, columns = studied.plan, studied.connection, studied.tables, studied.columns
    rows = profile(connection, "prepared", prepared, prepared.num_rows)
    target = columns[plan.target]
    files = {f"src/{plan.name}/{name}": text for name, text in python_code.package(plan, columns).items()}
    files[f"configuration/use_cases/{plan.name}.yaml"] = settings.configuration(plan, target, tables[plan.main].rows)
    folder = f"operation/tests/data_validation/great_expectations/expectations/{plan.name}"
    for name in plan.raw:
        files[f"{folder}/{name}.json"] = suites.suite(
            f"{plan.name}.{name}", suites.raw_suite(plan, tables[name], connection)
        )
    features = suites.features_suite(plan, rows, rows_of(plan))
    files[f"{folder}/features.json"] = suites.suite(f"{plan.name}.features", features)
    files[f"operation/tests/use_cases/{plan.name}/test_{plan.name}.py"] = tests(plan)
    files[f"docs/data/{plan.name}.md"] = page.page(plan, tables, rows)
    return files


def rows_of(plan: Plan) -> list[str]:
    """Return the columns of the prepared rows, as `UseCase.prepared_columns` of src/learning does."""
    divided = [name for name in (plan.time, plan.group, plan.together) if name]
    return list(dict.fromkeys([*plan.identity, *divided, *plan.slices, *plan.features, plan.target]))


def show(drawn: Drawn) -> None:
    """Print the files and, last as a person must read them, every guess once with the line to change."""
    console.say("Files:")
    for path, content in drawn.files.items():
        console.say(f"  {path}  {console.counted(len(content.splitlines()), 'line')}")
    for path in drawn.changed:
        console.say(f"  {path}  changed")
    for path in drawn.removal.deleted if drawn.removal else ():
        console.say(f"  {path}  deleted")
    console.say("What was guessed, and where to change it:")
    for line in writing.listed(drawn.plan.guesses, drawn.files):
        console.say(f"  {line}")


def _summary(plan: Plan) -> str:
    return f"{plan.task}: {python_code.headline(plan)}, from {console.counted(len(plan.features), 'feature')}"


def _train(name: str) -> None:
    """Train the first model, as `invoke train` does, which is imported here because `--plan` needs none of it."""
    from operation.execution.configuration.loading import load
    from operation.execution.training.train import train

    try:
        train(load("local", (), name))
    except OperationError as error:
        raise OperationError(
            f"The files of {name} are written, but the first training failed. {error} Once that is fixed: invoke "
            f"train --use-case {name}. If the gate refused the model, other values may do better: invoke sweep "
            f"--use-case {name}"
        ) from error
