"""A list of checks that are all made and printed, so that one look shows everything that is missing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from operation import console
from operation.errors import OperationError

NAME_WIDTH = 14  # columns: fits the longest name of a check of this machine


@dataclass(frozen=True)
class Check:
    """Something that must be there. `look` returns what it found, or raises OperationError with the remedy."""

    name: str
    look: Callable[[], str]


def report(checks: Iterable[Check]) -> None:
    """Make every check and print its result.

    Raises:
        OperationError: something is missing; the message names every failed check.
    """
    failures, checks = [], list(checks)
    width = max([NAME_WIDTH, *(len(check.name) for check in checks)])
    for check in checks:
        # A failed check does not end the list: whoever sets up a machine should not learn of one gap at a time.
        try:
            result, note = "ok", check.look()
        except OperationError as error:
            result, note = "missing", str(error)
            failures.append(check.name)
        console.say(f"{check.name:<{width}} {result:<8} {note}")
    if failures:
        raise OperationError(f"Fix these first: {', '.join(failures)}. Each line marked missing says how.")
