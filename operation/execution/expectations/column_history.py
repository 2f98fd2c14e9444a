"""`invoke validate --explain COLUMN`: the history of a column as a plot, with its bounds."""

import hashlib
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.expectations import history
from operation.execution.expectations.history import Profile
from operation.execution.expectations.panels import panels_of
from operation.execution.expectations.suites import Suite, read_suites

PLOTS = "explained"  # the folder in that of the history


def explain(configuration: Configuration, column: str, data: str | None) -> None:
    """Plot a column of the accepted data sets, named COLUMN or TABLE.COLUMN, and print the path of each plot.

    Raises:
        OperationError: no data were accepted yet, none has the column, or `data` are given, which say nothing here.
    """
    if data:
        raise OperationError(
            "--explain shows data that were accepted before. Leave --data out, or learn from it first."
        )
    suites, known = read_suites(configuration), history.require_history(configuration)
    folder = history.folder_of(configuration) / PLOTS
    for table, name in find(column, known):
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{_plain(f'{table}.{name}')}.svg"
        draw(table, name, known, suites.get(table), file)
        console.say(f"{table}.{name} in {history.counted(len(history.accepted_of(known, table)))}: {file}")


def find(column: str, known: Sequence[Profile]) -> list[tuple[str, str]]:
    """Return the tables that have the column, each with its name.

    Raises:
        OperationError: none has; the message names the nearest.
    """
    pairs = {(table, name) for each in known for table, facts in each.tables.items() for name in facts["columns"]}
    found = sorted((table, name) for table, name in pairs if column in (name, f"{table}.{name}"))
    if not found:
        names = sorted({name for _, name in pairs} | {f"{table}.{name}" for table, name in pairs})
        near = get_close_matches(column, names, n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
        raise OperationError(f"--explain {column}: no accepted data set has such a column. {hint}")
    return found


def draw(table: str, column: str, known: Sequence[Profile], suite: Suite | None, file: Path) -> None:
    """Write the plot: what the column had in each data set, with the committed bounds and the learned ones."""
    from operation.execution.expectations.plot import plot

    having = [each for each in known if column in each.tables.get(table, {}).get("columns", {})]
    committed = [each for each in suite.expectations if each["kwargs"].get("column") == column] if suite else []
    panels = panels_of(column, history.accepted_of(having, table), committed)
    plot(f"{table}.{column}", [each.name for each in having], panels, file)


def _plain(name: str) -> str:
    """Make a name of a file of any name of a column; the hash tells those apart that would be equal."""
    words = re.sub(r"[^\w.-]+", "_", name)
    return words if words == name else f"{words}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
