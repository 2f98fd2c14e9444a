"""Print lines and tables, never wrapped by a width that no log has."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

# An agent's log has no width; the 80 columns of a pipe would break its paths and tables in two.
output = Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str]) -> None:
    """Print a table with a title; the cells' text is shown as it is.

    The columns in `whole` are never wrapped, the others where there is no room.
    """
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in whole)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # a plain string would be read as markup: [/prod] is none
    output.print(table)


def print_line(text: str) -> None:
    """Print a line of plain text, never wrapped, so that paths and commands can be copied."""
    output.print(Text(text), soft_wrap=True)


def pluralize(number: int, noun: str) -> str:
    """Join the number and the noun: "1 file", "2 files"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
