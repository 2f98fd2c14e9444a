"""Whether processes of other programs still run, for tests that see them ended."""

import time
from pathlib import Path


def is_alive(process: int) -> bool:
    """Whether it runs; what has ended and is still to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def are_gone(*processes: int, seconds: float = 10) -> bool:
    """Whether they have all ended within some seconds: a killed process needs a moment to die."""
    until = time.monotonic() + seconds
    while any(map(is_alive, processes)):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def children(process: int) -> list[int]:
    """All processes that it has started, and those that they have."""
    started = [
        int(one) for path in Path(f"/proc/{process}/task").glob("*/children") for one in path.read_text().split()
    ]
    return [each for one in started for each in (one, *children(one))]
