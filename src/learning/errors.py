"""Errors that a user can fix, and how a script reports them."""

import sys
from collections.abc import Callable


class InputError(Exception):
    """Wrong data, model or argument: the message is one line that names the offender and the remedy."""


def exit_code(work: Callable[[], None]) -> int:
    """Do `work` and return 0; on what the user or the machine's disk got wrong, print one line and return 1."""
    try:
        work()
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
