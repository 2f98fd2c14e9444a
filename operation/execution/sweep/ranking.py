"""Which trial is best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from operation.execution.sweep.space import Trial
from operation.execution.values import Run

# Of the metrics in src/learning/metrics.py, which operation may not import; a test holds the two together.
LOWER_IS_BETTER = ("log_loss", "brier_score", "calibration_error")
UNNAMED = "The whole log:"  # begins the line of a failure that says where the log is, and not what is wrong


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: its run, and `metrics` on the selection months, which a failed one has not.

    `seconds` are those of this sweep, so a reused trial has none.
    """

    trial: Trial
    result: Literal["done", "reused", "failed"]
    run: Run
    seconds: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why it failed, in a line: the last of what the failing step said."""
        lines = [line for line in self.run.failure.splitlines() if line.strip() and not line.startswith(UNNAMED)]
        return lines[-1].strip() if lines else ""

    def as_json(self) -> dict[str, Any]:
        """Everything about it, for the file."""
        told = {"trial": self.trial.number, "parameters": dict(self.trial.values), "result": self.result}
        return told | {
            "metrics": dict(self.metrics) or None,
            "seconds": round(self.seconds, 3),
            "run": self.run.id,
            "failure": self.run.failure or None,
        }


def ranked(outcomes: Sequence[Outcome], metric: str) -> list[Outcome]:
    """The best first; of equals the trial that comes first; those that failed last."""
    sign = 1 if metric in LOWER_IS_BETTER else -1

    def place(outcome: Outcome) -> tuple[bool, float, int]:
        failed = outcome.result == "failed"
        return failed, 0.0 if failed else sign * outcome.metrics[metric], outcome.trial.number

    return sorted(outcomes, key=place)


def described(values: Mapping[str, Any]) -> str:
    """A combination for people: "leaves 31, learning_rate 0.1"."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
