"""Calibrate what alarms: windows of the reference are compared with one another, and the worst is not an alarm."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from operation.monitoring.attributions import measure_attributions
from operation.monitoring.features import measure_features
from operation.monitoring.performance import measure_performance
from operation.monitoring.profiles import Compared, Profile, fit_slopes
from operation.monitoring.quality import measure_quality
from operation.monitoring.scores import measure_scores

# A window of fewer blocks than a month's differs more from others than the reference shows, and one without all days
# of a week much more. Both were measured: docs/monitoring.md says how often such windows alarm.
MONTH, SHORTER, SHORTEST = 4, 1.25, 3.0


@dataclass(frozen=True)
class Measure:
    """What a measure may be: `margin` times the worst of the reference's own windows, or `least` if that is more.

    `shows` says what lies behind it: the service, broken data, or a change of the world; what is only evidence is shown
    beside an alarm, and is none itself. `text` says what it means, of a feature {name}.
    """

    layer: str
    margin: float
    least: float
    shows: Literal["service", "damage", "change", "evidence"]
    text: str


MEASURES = {
    "errors": Measure("health", 0, 0.01, "service", "the service fails too often"),
    "refused": Measure("health", 0, 0.05, "service", "too many requests are wrong"),
    "silence": Measure("health", 0, 1, "service", "nobody has asked the service for longer than ever"),
    "missing": Measure("quality", 2, 0.05, "damage", "{name} is missing more often than it ever was"),
    "outside": Measure("quality", 2, 0.03, "damage", "{name} has values that the reference never had"),
    "unknown": Measure("quality", 2, 0.02, "damage", "{name} has categories that the model does not know"),
    "broken": Measure("quality", 2, 0.01, "damage", "{name} differs between rows in which it must be the same"),
    "still": Measure("quality", 2, 0.1, "damage", "{name} stands still more often than it ever did"),
    "apart": Measure("quality", 2, 0.02, "damage", "the days of the rows no longer belong to their moments"),
    "repeated": Measure("quality", 2, 0.01, "damage", "rows stand there more than once"),
    "shape": Measure("features", 1.6, 0.08, "change", "{name} is distributed as in no part of the reference"),
    "level": Measure("features", 1.8, 0.06, "change", "{name} has another level than in any part of the reference"),
    "relation": Measure("features", 1.8, 0.7, "damage", "{name} no longer fits the other features"),
    "correlation": Measure("features", 1.6, 0.06, "damage", "{name} no longer goes with the other features"),
    "clock": Measure("features", 1.6, 0.12, "damage", "{name} follows another clock"),
    "step": Measure("features", 1.6, 0.6, "damage", "{name} changes at another pace than it ever did"),
    "place": Measure("features", 1.6, 0.15, "damage", "{name} differs from place to place as it never did"),
    "group": Measure("features", 1.6, 0.1, "damage", "{name} stands for other rows than it ever did"),
    "attribution": Measure(
        "features", 1.6, 0.05, "evidence", "another share of the predictions rests on {name} than in the reference"
    ),
    "scores": Measure("scores", 2.3, 0.08, "change", "the scores are distributed as in no part of the reference"),
    "performance": Measure("performance", 1.3, 0.05, "change", "the model is worse than in any part of the reference"),
    "time-lost": Measure("performance", 1.05, 0.6, "damage", "the joined features no longer go with the outcomes"),
    "time-moved": Measure("performance", 1.3, 0.2, "damage", "the joined features belong to another time"),
}


@dataclass(frozen=True)
class Finding:
    """A measure of a window and its limit; above it, it is a reason for an alarm, unless it is only evidence."""

    key: str
    value: float
    limit: float

    @property
    def measure(self) -> Measure:
        """Say what kind of measure it is."""
        return MEASURES[self.key.partition("/")[0]]

    @property
    def excess(self) -> float:
        """Return the value as a multiple of its limit."""
        return self.value / self.limit

    @property
    def alarms(self) -> bool:
        """Say whether it is a reason for an alarm."""
        return self.excess > 1 and self.measure.shows != "evidence"

    @property
    def text(self) -> str:
        """Say what it means, with both figures."""
        means = self.measure.text.format(name=self.key.partition("/")[2])
        return f"{means}: {self.key.partition('/')[0]} {self.value:.3g}, at most {self.limit:.3g}"


def measure_all(compared: Compared) -> dict[str, float]:
    """Return every measure of the window by its key, "measure/feature"."""
    features = measure_features(compared) | measure_attributions(compared) | measure_scores(compared)
    return measure_quality(compared) | features | measure_performance(compared)


def calibrate(reference: Profile, length: int) -> dict[str, float]:
    """Return the limit of every measure for windows of `length` blocks.

    Each window of the reference is held against those that share no block with it.
    """
    windows, whole = reference.windows(length), reference.whole()
    slopes = fit_slopes(whole["products"], len(reference.numbers))
    count = len(windows["rows"])
    worst: dict[str, float] = {}
    for place in range(count):
        others = [other for other in range(count) if abs(other - place) >= length]
        if not others or not windows["rows"][place]:
            continue
        one = {name: value[place] for name, value in windows.items()}
        rest = {name: value[others] for name, value in windows.items()}
        for key, value in measure_all(Compared(reference, one, rest, whole, slopes)).items():
            worst[key] = max(worst.get(key, 0.0), value)
    return {key: limit_of(key, value) for key, value in worst.items()}


def limit_of(key: str, worst: float) -> float:
    """Return the limit of a measure whose worst in the reference is known."""
    measure = MEASURES[key.partition("/")[0]]
    return max(measure.least, measure.margin * worst)


def compare(reference: Profile, window: Profile, length: int, limits: Mapping[str, float]) -> list[Finding]:
    """Measure a window against the reference's windows of that many blocks; a shorter one gets wider limits."""
    whole = reference.whole()
    slopes = fit_slopes(whole["products"], len(reference.numbers))
    windows = reference.windows(length)
    found = measure_all(Compared(reference, window.whole(), windows, whole, slopes))
    wider = math.sqrt(max(1.0, float(np.median(windows["rows"])) / max(window.rows, 1)))
    wider *= SHORTEST if is_short(window, reference) else SHORTER if length < MONTH else 1
    return [Finding(key, value, limits.get(key, limit_of(key, 0.0)) * wider) for key, value in found.items()]


def is_short(window: Profile, reference: Profile) -> bool:
    """Say whether a window has dates, and too few days to be like any window of the reference."""
    return 0 < window.days < reference.least_days
