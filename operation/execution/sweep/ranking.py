"""Rank trials, the best first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from operation.execution.configuration.declared import higher_is_better, words_of
from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.space import Trial
from operation.execution.values import Run

UNNAMED = "The whole log:"  # begins the line of a failure that says where the log is, and not what is wrong


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: its run, and `metrics` on the selection part `tested`, which a failed one has not.

    `seconds` are those of this sweep, so a reused trial has none. `tested` says how many rows there are, and of which
    days, if they have any.
    """

    trial: Trial
    result: Literal["done", "reused", "failed"]
    run: Run
    seconds: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    tested: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it failed, in a line: the last that the failing step printed."""
        lines = [line for line in self.run.failure.splitlines() if line.strip() and not line.startswith(UNNAMED)]
        return lines[-1].strip() if lines else ""

    def as_json(self) -> dict[str, Any]:
        """Return everything about it, for the file."""
        known = {"trial": self.trial.number, "parameters": dict(self.trial.values), "result": self.result}
        return known | {
            "metrics": dict(self.metrics) or None,
            "seconds": round(self.seconds, 3),
            "run": self.run.id,
            "failure": self.run.failure or None,
        }


def rank(outcomes: Sequence[Outcome], metric: str) -> list[Outcome]:
    """Put the best first, of equals the trial that comes first, and those that failed last."""
    sign = -1 if higher_is_better(metric) else 1

    def place(outcome: Outcome) -> tuple[bool, float, int]:
        failed = outcome.result == "failed"
        return failed, 0.0 if failed else sign * outcome.metrics[metric], outcome.trial.number

    return sorted(outcomes, key=place)


def describe_selection(configuration: Configuration, tested: Mapping[str, Any]) -> str:
    """Say which rows trials are compared on: how many, of which days, and by which rule."""
    split, rows = (
        configuration.split,
        f"{tested['rows']:,} {words_of(configuration.use_case, configuration.scripts).rows}",
    )
    if split["by"] == "time":
        return f"{rows} from {tested['first_date']} to {tested['last_date']} ({split['selection']})"
    drawn = "drawn at random" if split["by"] == "random" else f"drawn by {split['by']}"
    return f"{rows}, {drawn} ({split['selection']})"


def describe(values: Mapping[str, Any]) -> str:
    """Write a combination for people: "leaves 31, learning_rate 0.1"."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
