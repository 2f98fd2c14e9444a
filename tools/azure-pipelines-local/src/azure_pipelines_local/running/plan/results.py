"""How steps, jobs and stages end, in the words of Azure Pipelines."""

from collections.abc import Iterable
from typing import Literal

Result = Literal["Succeeded", "SucceededWithIssues", "Failed", "Canceled", "Skipped", "Abandoned"]
# Abandoned is a job whose condition cannot be evaluated: PGielniak/azdo-pipeline-emulator, E02-status.
WORST_FIRST: tuple[Result, ...] = ("Canceled", "Failed", "Abandoned", "SucceededWithIssues", "Succeeded")


def combine_results(results: Iterable[Result]) -> Result:
    """Return the worst result of the parts; Skipped if all were, or if there are none."""
    distinct = set(results)
    return next((each for each in WORST_FIRST if each in distinct), "Skipped")


def is_good(result: Result) -> bool:
    """Return whether nothing failed and nothing was cancelled."""
    return result not in ("Failed", "Canceled", "Abandoned")
