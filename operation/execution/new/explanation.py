"""Say each guess once, with the line to change, where it is not said when it is made."""

from collections.abc import Iterator, Mapping

from operation.execution.new.asked import Guess, Plan
from operation.execution.new.features import is_leak, keepable
from operation.execution.new.joins import Found as FoundJoins
from operation.execution.new.profile import Column
from operation.execution.new.settings import is_heavy, small_trees

MARKS = (-1, -9, -99, -999, -9999, -99999)  # numbers that people write for nothing
HIGH_MARKS = (99, 999, 9999, 99999, 999999)
WORDS = ("", "nan", "null", "none", "na", "n/a", "#n/a", "<na>", "nat", "\\n", "?", "-", "--", ".")  # likewise, texts


def explain_plan(plan: Plan, columns: Mapping[str, Column]) -> Iterator[Guess]:
    """Yield what was guessed of the features and the rows."""
    schema, use_case = f"src/{plan.name}/schema.py", f"src/{plan.name}/use_case.py"
    kinds = plan.features.items()
    whole = [name for name, kind in kinds if kind == "category" and columns[name].kind == "integer"]
    if whole:
        text = f"categories, as whole numbers with few values or identifiers: {', '.join(whole)}"
        yield Guess(text, schema, f'"{whole[0]}": ')
    for name, kind in kinds:
        if kind == "number" and (mark := _mark(columns[name])) is not None:
            far = f"{name} is often {mark}, far {'below' if mark < 0 else 'above'} all others, and stays a number"
            yield Guess(f"{far}: make it NULL if it means unknown", schema, f'"{name}": ')
    for name in (*(name for name, kind in kinds if kind == "category"), plan.target):
        for value, rows in columns[name].top:
            if isinstance(value, str) and value.strip().casefold() in WORDS:
                text = f"{name} is {value!r} in {rows:,} rows, a value of its own: make it NULL if it means unknown"
                yield Guess(text, schema, f'"{name}"')
    yield Guess(f"the rows are called {plan.rows_are}", use_case, "ROWS =")
    yield Guess(
        "all features are taken as known when the prediction is made: check this first", use_case, "PREDICTED_AT ="
    )
    yield from _explain_settings(plan, columns[plan.target])
    if plan.slices:
        yield Guess(f"metrics are also computed for each value of {' and '.join(plan.slices)}", use_case, "SLICED_BY =")


def _explain_settings(plan: Plan, target: Column) -> Iterator[Guess]:
    """Yield the values that differ from the usual ones."""
    where = f"configuration/use_cases/{plan.name}.yaml"
    if reason := small_trees(plan, target):
        yield Guess(f"{reason}, so the trees are small", where, "leaves:")
    if plan.task == "regression" and is_heavy(target):
        text = f"a few rows decide the mean of {plan.target}, so r2 has no floor; if ratios matter, predict its log"
        yield Guess(text, where, "at_least:")


def _mark(column: Column) -> int | None:
    """Return the least or greatest value if it looks like a mark for nothing: frequent, and far from all others."""
    least, greatest = column.least, column.greatest
    if not column.quantiles:
        return None
    if (
        isinstance(greatest, float)
        and greatest in HIGH_MARKS
        and dict(column.top).get(greatest, 0) >= column.filled / 100
    ):
        # 98 may stand beside 99: one who does not know, and one who does not say.
        below = [value for value in (*column.quantiles, *(value for value, _ in column.top)) if value < greatest - 2]
        if below and max(below) < greatest / 2:
            return int(greatest)
    if least not in MARKS:
        return None
    frequent = dict(column.top).get(least, 0) >= column.filled / 100
    others = [value for value, _ in column.top if value != least]
    return int(least) if frequent and others and min(others) >= 0 else None


def explain_joins(plan: Plan, joins: FoundJoins) -> Iterator[Guess]:
    """Yield which tables are joined, and which are left out and why."""
    for join, share in zip(joins.joins, joins.matched, strict=True):
        text = f"{join.table} is joined by {', '.join(join.on)} ({share:.1%} of the rows find a partner)"
        yield Guess(text, f"src/{plan.name}/data.py", f"LEFT JOIN {join.table}")
    for name, reason in joins.left_out:
        yield Guess(f"the table {name} is left out: {reason}", f"src/{plan.name}/schema.py", "RAW_COLUMNS =")


def explain_left_out(plan: Plan, columns: Mapping[str, Column]) -> Iterator[Guess]:
    """Yield why a column is not a feature, and how to take it all the same."""
    for name, reason in plan.left_out.items():
        place = "LEAKAGE =" if is_leak(reason) else "FEATURES"
        text = f"{name} is left out: it {reason}{keepable(columns[name], name)}"
        yield Guess(text, f"src/{plan.name}/schema.py", place)
