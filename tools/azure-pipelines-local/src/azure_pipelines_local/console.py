"""What people see: a live display in a terminal, plain lines in a pipe or on an agent."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.markup import escape
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Result = Literal["done", "reused", "failed", "stopped"]
COLOURS = {"done": "green", "reused": "cyan", "failed": "red", "stopped": "yellow"}
NAME = 18  # columns, for the longest name of a step
TOLD = 50  # columns, so that the line fits most terminals

# An agent's log has no width; 80 columns would break its paths and tables in two.
output = Console(width=None if sys.stdout.isatty() else 160, highlight=False)


class StepDisplay:
    """A spinner with the elapsed time for each step at work, then a line that stays."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._progress: Progress | None = None
        self._spinners: dict[str, TaskID] = {}
        self._starts: dict[str, float] = {}

    def start(self, name: str) -> None:
        """Show that the step is at work, where the display can move."""
        self._starts[name] = perf_counter()
        if output.is_terminal:
            self._progress = self._progress or _progress()
            self._spinners[name] = self._progress.add_task(f"{name:<{NAME}}")

    def tell(self, name: str, text: str) -> None:
        """Show what the step at work has printed last, where the display can move."""
        if self._progress and name in self._spinners:
            self._progress.update(
                self._spinners[name], description=escape(f"{name:<{NAME}} {text[:TOLD]}"), refresh=True
            )

    def end(self, name: str, result: Result, note: str = "", reason: str = "") -> None:
        """Leave the step's line: name, result, seconds and what it has to say; below it, why it had to run."""
        now = perf_counter()
        seconds = now - self._starts.pop(name, now)
        if self._progress and name in self._spinners:
            self._progress.remove_task(self._spinners.pop(name))
        text = Text.assemble(f"{name:<{NAME}} ", (f"{result:<8}", COLOURS[result]), f"{seconds:6.1f} s  ", note)
        output.print(text, soft_wrap=True)
        if reason:
            output.print(Text(f"{'':<{NAME}} ran because: {reason}"), soft_wrap=True)
        if not self._starts:
            self.stop()

    def stop(self) -> None:
        """Take the spinners away."""
        if self._progress:
            self._progress.stop()
            self._progress = None
        self._spinners.clear()


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


def _progress() -> "Progress":
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    progress = Progress(*columns, console=output, transient=True)
    progress.start()
    return progress
