"""Decide on a window beside what was decided on earlier ones, which are folders beside that of this look."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.monitoring.handing_over import asked_before, read_decisions
from operation.monitoring.decision import decide, describe_decision
from operation.monitoring.thresholds import Finding


def refuse_future(span: tuple[str, str], now: datetime) -> None:
    """Raise OperationError for a window that ends after tomorrow: a clock is wrong, or a day and a month swapped."""
    last, latest = span[1], (now + timedelta(days=1)).date().isoformat()
    if "-" in last and last > latest:
        raise OperationError(f"The window ends on {last}, which has yet to come. Correct the dates, or this clock.")


def decide_window(
    folder: Path, version: int, findings: Sequence[Finding], span: tuple[str, str], rows: int
) -> dict[str, Any]:
    """Return the decision on a window as it is written into `folder`; `train` is true once a window."""
    before = find_before(folder.parent, version, span[0])
    decision = decide(findings, rows, before)
    asked = asked_before(folder.parent, version, span)
    return describe_decision(decision, span, rows) | {
        "version": version,
        "train": decision.action == "retrain" and not asked,
        "before": before["window"] if before else None,
    }


def find_before(folder: Path, version: int, first: str) -> Mapping[str, Any] | None:
    """Find the decision of the same version on the latest window that ended before this one began, on the day `first`.

    Where that is the number of a row and no day, the window before is the one that was looked at before. One whose
    outcomes were too few to judge says nothing of the world, and is passed over.
    """
    known = read_decisions(folder).values()
    judged = [each for each in known if each.get("judged", True) and each["window"]["rows"]]
    same = [each for each in judged if each["version"] == version]
    if "-" not in first:
        return same[-1] if same else None
    earlier = [each for each in same if str(each["window"]["last"]) < first]
    return max(earlier, key=lambda each: str(each["window"]["last"]), default=None)


def describe_findings(findings: Sequence[Finding]) -> dict[str, dict[str, float]]:
    """Return each measure with its limit, as metrics.json has them."""
    return {one.key: {"value": one.value, "limit": one.limit} for one in findings}
