"""How steps, jobs and stages end, in the words of Azure Pipelines."""

from collections.abc import Iterable
from typing import Literal

Result = Literal["Succeeded", "SucceededWithIssues", "Failed", "Canceled", "Skipped"]
WORST_FIRST: tuple[Result, ...] = ("Canceled", "Failed", "SucceededWithIssues", "Succeeded")


def combined(results: Iterable[Result]) -> Result:
    """The result of what has these parts: the worst of them; Skipped if all were, or if there are none."""
    found = set(results)
    return next((each for each in WORST_FIRST if each in found), "Skipped")


def is_good(result: Result) -> bool:
    """Whether nothing has failed and nothing was cancelled."""
    return result not in ("Failed", "Canceled")
