"""What people see of a run: lines and tables, never wrapped by a width that no log has."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

# An agent's log has no width; 80 columns would break its paths and tables in two.
output = Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str] = ()) -> None:
    """A table with a title; the cells' text is shown as it is.

    The columns in `whole` are never wrapped, and the others where there is no room; without it, those of names and
    numbers are not.
    """
    from rich import box
    from rich.table import Table

    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, column in enumerate(columns):
        stays = column in whole if whole else not any(" " in row[place] for row in rows)
        shown.add_column(column, overflow="fold", no_wrap=stays)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    output.print(shown)


def say(text: str) -> None:
    """A line of plain text, never wrapped, so that paths and commands can be copied."""
    output.print(Text(text), soft_wrap=True)
