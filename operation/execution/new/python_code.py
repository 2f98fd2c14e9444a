"""Write the package of a use case, `src/NAME/`, as a person would: plain, and formatted as the hooks want it."""

from collections.abc import Mapping, Sequence
from functools import cache

from operation.execution.new.asked import Plan
from operation.execution.new.profile import ISO, Column, as_date

WIDTH = 120
CASTS = {"boolean": "::BOOLEAN", "integer": "::BIGINT", "number": "::DOUBLE"}  # of an argument, which is text
PREDICTED_AT = "when every feature is known"


def package(plan: Plan, columns: Mapping[str, Column]) -> dict[str, str]:
    """Return the files of the package by name; `columns` are those of the joined rows."""
    return {
        "__init__.py": f'"""The use case {plan.name}: {headline(plan)[:90]}."""\n',
        "schema.py": schema(plan),
        "use_case.py": use_case(plan),
        "data.py": data(plan, columns),
    }


def headline(plan: Plan) -> str:
    """Say in words what is predicted."""
    if plan.task == "binary":
        return f"which {plan.rows_are} are {plan.event}"
    return f"the {plan.event} of {plan.rows_are}"


def text(value: str) -> str:
    """Write a string of Python, in the quotes that the formatter prefers."""
    written = repr(value)
    if written.startswith("'") and '"' not in value:
        return f'"{written[1:-1]}"'
    return written


def names(values: Sequence[str], before: int = 0) -> str:
    """Write a tuple of strings as `sequence` does."""
    return sequence([text(value) for value in values], before)


def sequence(items: Sequence[str], before: int = 0) -> str:
    """Write a tuple of expressions: on one line if it fits behind `before` characters, else one a line."""
    line = "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"
    if before + len(line) <= WIDTH:
        return line
    return "(\n" + "".join(f"    {item},\n" for item in items) + ")"


def indented(block: str, by: int = 4) -> str:
    """Indent all lines but the first."""
    return block.replace("\n", "\n" + " " * by)


def schema(plan: Plan) -> str:
    """Return schema.py."""
    raw = "".join(
        f"    {text(table)}: {indented(names(columns, len(table) + 9))},\n" for table, columns in plan.raw.items()
    )
    features = "".join(f"    {text(name)}: {text(kind)},\n" for name, kind in plan.features.items())
    leakage = sequence([*map(text, plan.leakage), "TARGET"], len("LEAKAGE = "))
    keys = f"KEYS = {names(plan.keys, len('KEYS = '))}" if plan.keys else "KEYS: tuple[str, ...] = ()"
    unique = "unique together" if plan.keys else "no columns are unique together"
    note = f"  # {unique}" if "\n" not in keys and len(keys) + len(unique) + 4 <= WIDTH else ""
    return f'''"""What the tables hold: raw columns, keys, features and target; read it before changing the data."""

from typing import Literal

RAW_COLUMNS = {{
{raw}}}

# Only the outcome is made of these: tables to be scored may lack them.
OUTCOME_COLUMNS = {{{text(plan.main)}: ({text(plan.target)},)}}

{keys}{note}
TARGET = {text(plan.target)}

# Known when the prediction is made.
FEATURES: dict[str, Literal["number", "category"]] = {{
{features}}}

# Known only afterwards: never a feature.
LEAKAGE = {leakage}
'''


EXPORTED = ("FEATURES", "KEYS", "OUTCOME_COLUMNS", "RAW_COLUMNS", "TARGET")
CONSTANTS = ("EVENT", "GROUP", "PREDICTED_AT", "ROWS", "SLICED_BY", "TASK", "TIME", "TOGETHER")


def use_case(plan: Plan) -> str:
    """Return use_case.py."""
    sliced = ", ".join(text(name) for name in plan.slices)
    exported = "".join(f'    "{name}",\n' for name in sorted((*EXPORTED, *CONSTANTS))) + '    "add_preparation",\n'
    return f'''"""What the core scripts need of this use case: its words, its split, its preparation's arguments."""

from collections.abc import Callable
from typing import Any

from {plan.name}.schema import {", ".join(EXPORTED)}

TASK = {text(plan.task)}
EVENT = {text(plan.event)}  # {"what happened where the target is 1" if plan.task == "binary" else "what is predicted"}
ROWS = {text(plan.rows_are)}  # what the rows are
SLICED_BY{"" if plan.slices else ": list[str]"} = [{sliced}]  # columns whose values evaluation looks at one by one
TIME = {text(plan.time)}  # column by which `split.by: time` divides
GROUP = {text(plan.group)}  # column whose rows `split.by: group` keeps together
TOGETHER = {text(plan.together)}  # column whose rows share a cause
PREDICTED_AT = {text(PREDICTED_AT)}  # the moment of prediction, for the model card

__all__ = [
{exported}]


def add_preparation(add: Callable[..., Any]) -> None:
    """Declare the arguments that become `Rules` in data.py; `add` is the `add_argument` of prepare.py's parser."""
{_declaration(plan)}'''


def _declaration(plan: Plan) -> str:
    if not plan.argument:
        return ""
    return f'    add("--positive", default={text(plan.argument)}, help="value of the target that is the event")\n'


FIELD = """
    positive: str
"""


def data(plan: Plan, columns: Mapping[str, Column]) -> str:
    """Return data.py."""
    order = ", ".join(sql_name(name) for name in plan.keys) or "ALL"
    why = "unique: without it, rows and so models would differ from run to run"
    why = why if plan.keys else "by every column: rows that are equal may stand in any order"
    return f'''"""From raw tables to the rows that models learn from: SQL in a DuckDB connection."""

from dataclasses import asdict, dataclass
from typing import Any

from duckdb import DuckDBPyConnection

ORDER = {text(order)}  # {why}

PREPARED = """
{escaped(prepared_sql(plan, columns))}
"""

COUNTS = """
{escaped(counts_sql(plan))}
"""


@dataclass(frozen=True)
class Rules:
    """What shapes the rows: a field for each argument that `add_preparation` declares, and `$field` in the SQL."""
{FIELD if plan.argument else ""}

def prepare(connection: DuckDBPyConnection, rules: Rules) -> dict[str, Any]:
    """Make the table `prepared` of all rows, the target null where there is no outcome to learn from; count both."""
    connection.execute(PREPARED, asdict(rules))
    raw, used = connection.execute(COUNTS).fetchall()[0]
    return {{"raw": raw, "used": used}}


def summary(counts: dict[str, Any]) -> str:
    """Say in a line what was left out."""
    return f"{{counts['used']:,}} of {{counts['raw']:,}} {plan.rows_are} have an outcome"
'''


def escaped(sql: str) -> str:
    """Write SQL into a Python string of three quotes."""
    return sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def prepared_sql(plan: Plan, columns: Mapping[str, Column]) -> str:
    """Return the SQL that makes the table `prepared`."""
    added = {name: (join.table, theirs) for join in plan.joins for theirs, name in join.columns.items()}

    def source(name: str) -> str:
        table, column = added.get(name, (plan.main, name))
        return f"{sql_name(table)}.{sql_name(column)}" if plan.joins else sql_name(column)

    chosen = [name for name in (*plan.identity, *plan.features) if name != plan.time]
    lines = [_aliased(source(name), name) for name in dict.fromkeys(chosen)]
    if plan.time:
        lines.insert(len(plan.keys), _aliased(_day(plan, columns, source(plan.time)), plan.time))
    outcome = _outcome(plan, columns[plan.target], source(plan.target))
    if plan.time and (columns[plan.time].nulls or plan.time_format):  # a row without a day could not be divided
        outcome = f"CASE WHEN {_day(plan, columns, source(plan.time))} IS NOT NULL THEN {outcome} END"
    lines.append(_aliased(outcome, plan.target))
    joins = [
        f"LEFT JOIN {sql_name(join.table)} USING ({', '.join(sql_name(name) for name in join.on)})"
        for join in plan.joins
    ]
    return "\n".join(
        [
            "CREATE OR REPLACE TABLE prepared AS",
            "SELECT",
            ",\n".join(f"    {line}" for line in lines),
            f"FROM {sql_name(plan.main)}",
            *joins,
        ]
    )


def counts_sql(plan: Plan) -> str:
    """Return the SQL that counts the raw rows and those that have an outcome."""
    used = f"(SELECT count({sql_name(plan.target)}) FROM prepared)"
    return f"SELECT (SELECT count(*) FROM {sql_name(plan.main)}) AS raw, {used} AS used"


def _aliased(value: str, name: str) -> str:
    same = value == sql_name(name) or value.endswith(f".{sql_name(name)}")
    return value if same else f"{value} AS {sql_name(name)}"


def _day(plan: Plan, columns: Mapping[str, Column], value: str) -> str:
    """Return the SQL of the day of the time; of a time in the key that of the moment, or rows would repeat the key."""
    column, keeps = columns[plan.time], plan.time in plan.keys
    if column.kind == "time":
        return value if keeps else f"timezone('UTC', {value})::DATE"
    if keeps and plan.time_format == ISO:
        return f"try_cast({value} AS TIMESTAMP)"
    return as_date(value, plan.time_format) if plan.time_format else value


def _outcome(plan: Plan, column: Column, value: str) -> str:
    if plan.task == "regression":
        return f"{value}::DOUBLE"
    if plan.task == "multiclass":
        fractions = column.kind == "number" or (column.kind == "integer" and column.nulls > 0)
        whole = "::BIGINT" if fractions else ""  # 1, not 1.0
        return f"{value}{whole}::VARCHAR" if column.kind != "text" else value
    if plan.argument:
        return f"({value} = $positive{CASTS.get(column.kind, '')})::TINYINT"
    literal = "'" + str(plan.positive).replace("'", "''") + "'"
    return f"({value} = {literal})::TINYINT"


def sql_name(name: str) -> str:
    """Write a name for SQL, in quotes where it needs them."""
    plain = name.isascii() and name.isidentifier() and name.lower() not in _keywords()
    return name if plain else '"' + name.replace('"', '""') + '"'


@cache
def _keywords() -> frozenset[str]:
    """Return the words that DuckDB does not take as any name."""
    import duckdb

    with duckdb.connect() as connection:
        query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
        return frozenset(name for (name,) in connection.execute(query).fetchall())
