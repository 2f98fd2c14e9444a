"""What tests that interrupt a process share."""

import os


def unmeasured() -> dict[str, str]:
    """This process's environment, for a child that coverage shall not measure.

    Coverage takes a lock of its own when a thread enters a file that is new to it. An interrupt that comes just then
    leaves the lock held, and the child waits for it without end: seen once in thirty interrupts of `invoke sweep`.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")}
