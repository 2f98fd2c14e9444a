"""Write the page on outcomes that came later: performance, the service that answered, the measures."""

from collections.abc import Mapping, Sequence
from typing import Any

from operation.monitoring.performance import DAYS_NEEDED, LEAST_ROWS
from operation.monitoring.performance_report import Part, performance, slices
from operation.monitoring.report import measures, shell
from operation.monitoring.service_report import service
from operation.monitoring.thresholds import Finding


def labels_page(
    decision: Mapping[str, Any],
    findings: Sequence[Finding],
    task: str,
    described: Mapping[str, Any],
    registered: Mapping[str, Any] | None,
    requests: Mapping[str, Any] | None = None,
) -> str:
    """Return the report as HTML: the decision with its reasons, performance by week, slices, service, measures.

    `described`, `registered` and `requests` are what metrics.json has under `labels`, `registered` and `requests`.
    """
    says = f"{described['matched']:,} of {described['predictions']:,} predictions have an outcome"
    if lost := described["labels"] - described["matched"]:
        says += f"; {lost:,} labels belong to none"
    parts = [
        performance(task, described, registered, _say_days(described)),
        slices(task, described, registered),
        service(requests),
        measures(findings),
    ]
    return shell(decision, f"Outcomes that came later, for version {decision['version']}. {says}.", "".join(parts))


def _say_days(described: Part) -> str:
    """Say how many days of outcomes are needed, and whether these are enough."""
    days, lost = described["days"], described["without_day"]
    left = f" {lost:,} predictions have no day, and are in no week." if days and lost else ""
    if described["lacks"]:
        return f"Too few to judge a loss, so they decide nothing: {described['lacks']}.{left}"
    if not days:
        return f"Enough to judge a loss: where rows have no day, {LEAST_ROWS} predictions are needed."
    needed = f"{DAYS_NEEDED} days with {LEAST_ROWS} predictions or more are needed, and there are {days}"
    return f"Enough to judge a loss: {needed}.{left}"
