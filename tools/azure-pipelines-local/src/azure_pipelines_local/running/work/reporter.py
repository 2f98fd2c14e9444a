"""What people see of a run: a line for each step, more of those that fail, and at the end what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from azure_pipelines_local.running.machine import console
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.step_log import Log
from azure_pipelines_local.running.plan.results import Result, is_good

COLOURS: dict[Result, str] = {
    "Succeeded": "green",
    "SucceededWithIssues": "yellow",
    "Failed": "red",
    "Canceled": "red",
    "Skipped": "bright_black",
}
NAME = 44  # columns, for the longest name of a step
RESULT = max(map(len, COLOURS))
LONGEST = 500  # characters of a line; the log has all of them


@dataclass(frozen=True)
class Row:
    """A stage or a job at its end."""

    stage: str
    job: str
    result: Result
    seconds: float
    why: str


@dataclass
class Teller:
    """Tells as things happen, without secrets, and keeps what the table at the end needs."""

    folder: Path  # from which the places of logs are shown
    secrets: Secrets
    rows: list[Row] = field(default_factory=list)

    def stage(self, name: str) -> None:
        """A stage begins."""
        console.output.print(Text(f"\nStage {self._line(name)}", style="bold"), soft_wrap=True)

    def job(self, name: str, notes: str = "") -> None:
        """A job begins."""
        shown = Text.assemble("  ", (f"Job {self._line(name)}", "bold"), self.secrets.mask(notes))
        console.output.print(shown, soft_wrap=True)

    def notes(self, text: str) -> None:
        """Something that holds for what follows."""
        self.say(f"  {text}")

    def say(self, text: str) -> None:
        """A line of text."""
        console.say(self.secrets.mask(text))

    @contextmanager
    def working(self, label: str) -> Iterator[None]:
        """Show that the step is at work, where the display can move."""
        if not console.output.is_terminal:
            yield
            return
        with console.output.status(Text(self._line(label))):
            yield

    def step(self, label: str, result: Result, seconds: float, note: str, log: Log | None = None) -> None:
        """A step has ended; of a failed one, show the end of its log."""
        ended, took = (f"{result:<{RESULT}}", COLOURS[result]), f"{seconds:7.1f} s  "
        shown = Text.assemble(f"    {self._line(label):<{NAME}} ", ended, took, self._line(note))
        console.output.print(shown, soft_wrap=True)
        if log is None or is_good(result):
            return
        for line in log.last:
            console.output.print(Text.assemble("      | ", _printed(self.secrets.mask(line))), soft_wrap=True)
        self.say(f"      The whole log: {self._place(log.file)}")

    def end(self, stage: str, job: str, result: Result, start: float, why: str = "") -> None:
        """A job, or with an empty name for it a stage, has ended."""
        self.rows.append(Row(stage, job, result, time.monotonic() - start, why))

    def table(self, title: str) -> None:
        """All stages and jobs with their results."""
        rows = [(row.stage, row.job, row.result, f"{row.seconds:.1f} s", row.why) for row in self.rows]
        columns = ("stage", "job", "result", "time", "because")
        cells = [[self._line(cell) for cell in row] for row in rows]
        console.table(self._line(title), columns, cells, whole=("result", "time"))

    def _line(self, text: str) -> str:
        """The text as one line, without what would move the cursor."""
        words = " ".join(self.secrets.mask(text).split())
        return _cut("".join(each for each in words if each.isprintable()))

    def _place(self, file: Path) -> str:
        return str(file.relative_to(self.folder)) if file.is_relative_to(self.folder) else str(file)


def _printed(line: str) -> Text:
    """What a terminal would show of the line at the end: its colours, and what stands behind the last return."""
    return Text.from_ansi(_cut(line.rpartition("\r")[2]))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
