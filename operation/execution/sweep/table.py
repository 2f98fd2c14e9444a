"""Lay out a sweep as a table of text, as wide as the terminal allows: what does not fit is in the file all the same."""

from collections.abc import Mapping, Sequence

from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.ranking import Outcome
from operation.execution.sweep.space import space_of, varying

Columns = Mapping[str, Sequence[str]]
REASON, REASON_WIDTH = "why it failed", 24  # sentences, which are wrapped
LEAST_NEEDED = ("run", "seconds")  # left out, in this order, where there is no room
BETWEEN = 3  # columns of the terminal between two of the table


def columns_of(configuration: Configuration, outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """List the cells of each column by its head, a cell for each outcome."""
    metric = configuration.gate.metric
    columns = {"trial": [str(outcome.trial.number) for outcome in outcomes]}
    for name in varying(space_of(configuration)):
        columns[name] = [str(outcome.trial.values[name]) for outcome in outcomes]
    columns[metric] = [f"{outcome.metrics[metric]:.4f}" if outcome.metrics else "failed" for outcome in outcomes]
    columns["seconds"] = ["reused" if each.result == "reused" else f"{each.seconds:.1f}" for each in outcomes]
    columns["run"] = [outcome.run.id for outcome in outcomes]
    if any(outcome.result == "failed" for outcome in outcomes):
        columns[REASON] = [outcome.reason for outcome in outcomes]
    return columns


def fit(columns: Columns, width: int) -> Columns:
    """Return the same where that fits; else break heads at their underscores, and then leave out columns."""
    if width_of(columns) <= width:
        return columns
    kept = {name.replace("_", "\n"): cells for name, cells in columns.items()}
    for name in LEAST_NEEDED:
        if width_of(kept) > width:
            del kept[name]
    return kept


def width_of(columns: Columns) -> int:
    """Count the columns of a terminal that the table takes."""
    return sum(_widest(head, cells) + BETWEEN for head, cells in columns.items())


def _widest(head: str, cells: Sequence[str]) -> int:
    return REASON_WIDTH if head == REASON else max(map(len, [*head.split("\n"), *cells]))
