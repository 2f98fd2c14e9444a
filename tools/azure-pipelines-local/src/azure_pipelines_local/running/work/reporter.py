"""Show a run to people: a line for each step, more of those that fail, and at the end a table of results."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from azure_pipelines_local.running.machine import console
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.step_log import StepLog
from azure_pipelines_local.running.plan.results import Result, is_good

COLOURS: dict[Result, str] = {
    "Succeeded": "green",
    "SucceededWithIssues": "yellow",
    "Failed": "red",
    "Canceled": "red",
    "Skipped": "bright_black",
}
LABEL_WIDTH = 44  # columns
RESULT_WIDTH = max(map(len, COLOURS))
LONGEST = 500  # characters of a line; the log has all of them


@dataclass(frozen=True)
class Row:
    """A stage or a job at its end."""

    stage: str
    job: str
    result: Result
    seconds: float
    reason: str


@dataclass
class Reporter:
    """Show things as they happen, without secrets, and keep what the table at the end needs."""

    folder: Path  # from which the places of logs are shown
    secrets: Secrets
    rows: list[Row] = field(default_factory=list)

    def show_stage(self, name: str) -> None:
        """Show that a stage begins."""
        console.output.print(Text(f"\nStage {self._one_line(name)}", style="bold"), soft_wrap=True)

    def show_job(self, name: str, notes: str = "") -> None:
        """Show that a job begins."""
        line = Text.assemble("  ", (f"Job {self._one_line(name)}", "bold"), self.secrets.mask(notes))
        console.output.print(line, soft_wrap=True)

    def show_note(self, text: str) -> None:
        """Show something that holds for what follows."""
        self.show_line(f"  {text}")

    def show_line(self, text: str) -> None:
        """Show a line of text."""
        console.print_line(self.secrets.mask(text))

    @contextmanager
    def show_working(self, label: str) -> Iterator[None]:
        """Show that the step goes on, where the display can move."""
        if not console.output.is_terminal:  # a log would get a line for each move
            yield
            return
        with console.output.status(Text(self._one_line(label))):
            yield

    def show_step(self, label: str, result: Result, seconds: float, note: str, log: StepLog | None = None) -> None:
        """Show how a step ended; of a failed one, also the end of its log."""
        outcome, duration = (f"{result:<{RESULT_WIDTH}}", COLOURS[result]), f"{seconds:7.1f} s  "
        name = f"    {self._one_line(label):<{LABEL_WIDTH}} "
        console.output.print(Text.assemble(name, outcome, duration, self._one_line(note)), soft_wrap=True)
        if log is None or result in ("Succeeded", "Skipped"):
            return
        for line in log.last if not is_good(result) else ():
            # Once more: a text may have become a secret after the log had it.
            console.output.print(Text.assemble("      | ", _as_printed(self.secrets.mask(line))), soft_wrap=True)
        self.show_line(f"      The whole log: {self._place(log.file)}")

    def show_logs(self, folder: Path) -> None:
        """Show where the logs of all steps are, if there are any."""
        if folder.is_dir():
            self.show_line(f"Logs of all steps: {self._place(folder)}")

    def add_row(self, stage: str, job: str, result: Result, start: float, reason: str = "") -> None:
        """Keep how a job, or with an empty name for it a stage, ended; `start` is of `time.monotonic`."""
        self.rows.append(Row(stage, job, result, time.monotonic() - start, reason))

    def show_table(self, title: str) -> None:
        """Show all stages and jobs with their results."""
        rows = [(row.stage, row.job, row.result, f"{row.seconds:.1f} s", row.reason) for row in self.rows]
        columns = ("stage", "job", "result", "time", "because")
        cells = [[self._one_line(cell) for cell in row] for row in rows]
        console.print_table(self._one_line(title), columns, cells, whole=("result", "time"))

    def _one_line(self, text: str) -> str:
        """Make one line of the text, without what would move the cursor: names come from pipelines and their steps."""
        # Masked before anything else: a secret of two lines, or cut off, would not be found any more.
        words = " ".join(self.secrets.mask(text).split())
        return _shorten("".join(each for each in words if each.isprintable()))

    def _place(self, file: Path) -> str:
        return str(file.relative_to(self.folder)) if file.is_relative_to(self.folder) else str(file)


def _as_printed(line: str) -> Text:
    """Turn a line into what a terminal would show in the end: its colours, and what follows the last return."""
    return Text.from_ansi(_shorten(line.rpartition("\r")[2]))


def _shorten(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
