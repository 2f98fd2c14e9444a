"""What people see of a run: a line for each step, more of those that fail, and at the end what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from operation import console
from operation.ado.running.logs import Log
from operation.ado.running.results import Result, is_good

COLOURS: dict[Result, str] = {
    "Succeeded": "green",
    "SucceededWithIssues": "yellow",
    "Failed": "red",
    "Canceled": "red",
    "Skipped": "bright_black",
}
NAME = 44  # columns, for the longest name of a step


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
    """Tells as things happen, and keeps what the table at the end needs."""

    folder: Path  # from which the places of logs are shown
    rows: list[Row] = field(default_factory=list)

    def stage(self, name: str) -> None:
        """A stage begins."""
        console.output.print(Text(f"\nStage {name}", style="bold"), soft_wrap=True)

    def job(self, name: str, notes: str = "") -> None:
        """A job begins."""
        console.output.print(Text.assemble("  ", (f"Job {name}", "bold"), notes), soft_wrap=True)

    def notes(self, text: str) -> None:
        """Something that holds for what follows."""
        console.say(f"  {text}")

    @contextmanager
    def working(self, label: str) -> Iterator[None]:
        """Show that the step is at work, where the display can move."""
        if not console.output.is_terminal:
            yield
            return
        with console.output.status(label):
            yield

    def step(self, label: str, result: Result, seconds: float, note: str, log: Log | None = None) -> None:
        """A step has ended; of a failed one, show the end of its log."""
        shown = Text.assemble(f"    {label:<{NAME}} ", (f"{result:<10}", COLOURS[result]), f"{seconds:7.1f} s  ", note)
        console.output.print(shown, soft_wrap=True)
        if log is None or is_good(result):
            return
        for line in log.last:
            console.output.print(Text(f"      | {line}"), soft_wrap=True)
        console.say(f"      The whole log: {self._place(log.file)}")

    def end(self, stage: str, job: str, result: Result, start: float, why: str = "") -> None:
        """A job, or with an empty name for it a stage, has ended."""
        self.rows.append(Row(stage, job, result, time.monotonic() - start, why))

    def table(self, title: str) -> None:
        """All stages and jobs with their results."""
        cells = [(row.stage, row.job, row.result, f"{row.seconds:.1f} s", row.why) for row in self.rows]
        console.table(title, ("stage", "job", "result", "time", "because"), cells)

    def _place(self, file: Path) -> str:
        return str(file.relative_to(self.folder)) if file.is_relative_to(self.folder) else str(file)
