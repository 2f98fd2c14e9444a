"""What people see: a live display in a terminal, plain lines in a pipe or on an agent."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from rich import box
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Result = Literal["done", "failed"]

# An agent's log has no width; 80 columns would break its paths and tables in two.
output = Console(width=None if sys.stdout.isatty() else 160, highlight=False)


class StepDisplay:
    """One step after the other: a spinner with the elapsed time while it works, then a line that stays."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._progress: Progress | None = None
        self._start = 0.0

    def start(self, name: str) -> None:
        """Show that the step is at work, where the display can move."""
        self._start = perf_counter()
        if output.is_terminal:
            columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
            self._progress = Progress(*columns, console=output, transient=True)
            self._progress.add_task(f"{name:<10}")
            self._progress.start()

    def end(self, name: str, result: Result, note: str = "") -> None:
        """Leave the step's line: name, result, seconds and what it has to say."""
        self.stop()
        seconds = perf_counter() - self._start
        colour = "green" if result == "done" else "red"
        text = Text.assemble(f"{name:<10}", (f"{result:<8}", colour), f"{seconds:6.1f} s  ", note)
        output.print(text, soft_wrap=True)

    def stop(self) -> None:
        """Take the spinner away."""
        if self._progress:
            self._progress.stop()
            self._progress = None


class Note:
    """What a step has to say when it has ended."""

    text = ""


@contextmanager
def step(name: str) -> Iterator[Note]:
    """Show the step that the body does; an exception marks it as failed and goes on its way."""
    display, note = StepDisplay(), Note()
    display.start(name)
    try:
        yield note
    except BaseException:
        display.end(name, "failed", note.text)
        raise
    display.end(name, "done", note.text)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with a title; the cells' text is shown as it is, and a column of names and numbers is never wrapped."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, column in enumerate(columns):
        shown.add_column(column, overflow="fold", no_wrap=not any(" " in row[place] for row in rows))
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    output.print(shown)


def say(text: str) -> None:
    """A line of plain text, never wrapped, so that paths and commands can be copied."""
    output.print(Text(text), soft_wrap=True)
