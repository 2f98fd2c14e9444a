"""Write what the proof has measured as the tables of docs/monitoring.md. Pure but for `write_page`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COSTLY = 0.01  # loss of ROC AUC above which a fault must be found
MOST_FALSE, LEAST_FOUND = 1, 0.95


@dataclass(frozen=True)
class Seen:
    """What monitoring made of a month: whether it alarmed, also without outcomes, and by which measure above all.

    `auc` is the month's ROC AUC, and `estimate` what it would be if the scores were calibrated.
    """

    alarm: bool
    alarm_without_outcomes: bool
    key: str
    auc: float
    estimate: float


Months = Mapping[int, Seen]


@dataclass(frozen=True)
class Found:
    """How many months have a fault that costs more than COSTLY, and in how many of them there was an alarm."""

    costly: int
    alarms: int
    without_outcomes: int

    @property
    def is_enough(self) -> bool:
        """Say whether so many were found as promised."""
        return self.alarms >= LEAST_FOUND * self.costly

    def __str__(self) -> str:
        """Read as "Of 9 months with a fault that costs more than 0.01 of ROC AUC, 9 were found (100.0%), ..."."""
        share = f"{self.alarms / max(self.costly, 1):.1%}"
        return (
            f"Of {self.costly} months with a fault that costs more than {COSTLY} of ROC AUC, {self.alarms} were found "
            f"({share}), and {self.without_outcomes} while no outcome was known."
        )


def count_found(clean: Months, faults: Mapping[str, Months]) -> Found:
    """Count what was found of the faults that cost more than COSTLY."""
    costly = [one for seen in faults.values() for month, one in seen.items() if clean[month].auc - one.auc > COSTLY]
    return Found(len(costly), alarms(costly), sum(one.alarm_without_outcomes for one in costly))


def alarms(seen: Iterable[Seen]) -> int:
    """Count the alarms."""
    return sum(one.alarm for one in seen)


def table_of_faults(clean: Months, faults: Mapping[str, Months]) -> str:
    """Return a row for each fault, the most costly first, in Markdown."""
    lines = [
        "| fault | found in months | without outcomes | found / costly | mean cost in ROC AUC | farthest measure |",
        "|---|---|---|---|---|---|",
    ]
    for name, seen in sorted(faults.items(), key=lambda each: -_mean_cost(clean, each[1])):
        found = count_found(clean, {name: seen})
        blind = sum(one.alarm_without_outcomes for one in seen.values())
        keys = [one.key for one in seen.values()]
        measure, _, of = max(set(keys), key=lambda key: (keys.count(key), key)).partition("/")
        usual = f"{measure} of {'the joined features' if of.isdecimal() else of}"
        lines.append(
            f"| {name} | {alarms(seen.values())} of {len(seen)} | {blind} | {found.alarms} / {found.costly} "
            f"| {_mean_cost(clean, seen):+.3f} | {usual} |"
        )
    return "\n".join(lines)


def _mean_cost(clean: Months, seen: Months) -> float:
    return float(np.mean([clean[month].auc - one.auc for month, one in seen.items()]))


def table_of_false_alarms(clean: Months, others: Mapping[str, tuple[int, int]]) -> str:
    """Return a row for each kind of window without a fault; `others` are (alarms, windows) by kind."""
    kinds = {"a month": (alarms(clean.values()), len(clean)), **others}
    rows = [f"| {kind} | {false} of {windows} |" for kind, (false, windows) in kinds.items()]
    return "\n".join(["| window without a fault | false alarms |", "|---|---|", *rows])


def describe_estimates(clean: Months) -> str:
    """Say how far performance estimated from the scores alone was from what outcomes showed."""
    errors = np.array([one.estimate - one.auc for one in clean.values()])
    return (
        f"The ROC AUC estimated from the scores of a month was too high in {(errors > 0).sum()} of {len(errors)}, by "
        f"{errors.mean():+.3f} on average, from {errors.min():+.3f} to {errors.max():+.3f}."
    )


def write_page(page: Path, text: str) -> None:
    """Put the text between the marks of the page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
