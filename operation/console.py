"""Print to people: a live display in a terminal, plain lines in a pipe or on an agent."""

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Result = Literal["done", "reused", "failed", "stopped"]
COLOURS = {"done": "green", "reused": "cyan", "failed": "red", "stopped": "yellow"}
NAME = 18  # columns: fits the longest name of a step
MARGIN = 3  # columns of a table's lines and padding, for each of its columns
NARROW = 16  # columns in which wrapped text can still be read
LATEST = 50  # columns of a step's latest output: with its name and time, the line fits in 80

# A terminal of another encoding than UTF-8 shows a question mark for what it lacks, where Python would raise.
if isinstance(sys.stdout, io.TextIOWrapper):
    sys.stdout.reconfigure(errors="replace")

# An agent's log has no width. Rich would assume 80 columns, and break tables and paths. `>&-` leaves no stdout at all.
output = Console(width=None if sys.stdout and sys.stdout.isatty() else 160, highlight=False)


class StepDisplay:
    """A spinner with the elapsed time for each running step, then a line that stays.

    Steps run at once, so each has a spinner of its own; rich redraws them below the lines of those that have ended.
    """

    def __init__(self) -> None:
        """Start with nothing to show."""
        self._progress: Progress | None = None
        self._spinners: dict[str, TaskID] = {}
        self._starts: dict[str, float] = {}

    def start(self, name: str) -> None:
        """Show in a terminal that the step is running."""
        self._starts[name] = perf_counter()
        if output.is_terminal:  # in a pipe or a log, each redrawing would be another line
            self._progress = self._progress or _progress()
            self._spinners[name] = self._progress.add_task(f"{name:<{NAME}}")

    def tell(self, name: str, text: str) -> None:
        """Show in a terminal what the running step printed last."""
        if self._progress and name in self._spinners:
            self._progress.update(
                self._spinners[name], description=escape(f"{name:<{NAME}} {text[:LATEST]}"), refresh=True
            )

    def end(self, name: str, result: Result, note: str = "", reason: str = "", took: float | None = None) -> None:
        """Print the step's line: name, result, seconds and note; below it, the reason why it ran.

        The seconds are those that it `took` where it ran or, where nobody knows, those since its start was shown.
        """
        now = perf_counter()
        shown = now - self._starts.pop(name, now)
        seconds = shown if took is None else took
        if self._progress and name in self._spinners:
            self._progress.remove_task(self._spinners.pop(name))
        text = Text.assemble(f"{name:<{NAME}} ", (f"{result:<8}", COLOURS[result]), f"{seconds:6.1f} s  ", note)
        output.print(text, soft_wrap=True)  # the terminal breaks it: rich would do so in the middle of a path
        if reason:
            output.print(Text(f"{'':<{NAME}} ran because: {reason}"), soft_wrap=True)
        if not self._starts:  # the spinners hide the cursor and redraw from a thread: end that with the last step
            self.stop()

    def stop(self) -> None:
        """Remove the spinners."""
        if self._progress:
            self._progress.stop()
            self._progress = None
        self._spinners.clear()


class Note:
    """What the line of an ended step says."""

    text = ""


@contextmanager
def step(name: str) -> Iterator[Note]:
    """Show the body as a step; an exception marks it as failed and is passed on."""
    display, note = StepDisplay(), Note()
    display.start(name)
    try:
        yield note
    except BaseException:  # Ctrl-C too, or the spinner would go on below the message
        display.end(name, "failed", note.text)
        raise
    display.end(name, "done", note.text)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str] = ()) -> None:
    """Print a table; cells are shown as they are, without markup.

    Columns in `whole` are wrapped last, when nothing else makes room; without it, those whose cells have no spaces: a
    name or a number broken in two cannot be copied.
    """
    from rich import box
    from rich.table import Table

    kept = _unwrapped(columns, rows, whole)
    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, column in enumerate(columns):
        shown.add_column(column, overflow="fold", no_wrap=place in kept)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    output.print(shown)


def _unwrapped(columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str]) -> set[int]:
    """Choose the columns not to wrap, so that all fit: rich would cut off or leave out what has no room."""
    widths = [max(cell_len(cell) for cell in cells) + MARGIN for cells in zip(columns, *rows, strict=True)]
    kept = {
        place
        for place, column in enumerate(columns)
        if (column in whole if whole else not any(" " in row[place] for row in rows))
    }
    while kept and sum(w if place in kept else min(w, NARROW) for place, w in enumerate(widths)) >= output.width:
        kept.remove(max(kept, key=widths.__getitem__))
    return kept


def counted(number: int, noun: str = "row") -> str:
    """Write a number with its noun: 1 row, 2 rows."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def say(text: str) -> None:
    """Print a line of plain text, never wrapped, so that paths and commands can be copied."""
    output.print(Text(text), soft_wrap=True)


def ask(question: str, nothing: str) -> str:
    """Return what a person types; "" at the end of input. When interrupted, print `nothing`: what has not happened."""
    try:
        return input(question).strip()
    except EOFError:
        say("")
        return ""
    except KeyboardInterrupt:
        say(f"\n{nothing}")
        raise


def _progress() -> "Progress":
    # Imported here: it takes a tenth of a second, which a command without a display need not wait for.
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    progress = Progress(*columns, console=output, transient=True)  # transient: leaves only what `end` prints
    progress.start()
    return progress
