"""The checks of the suite `raw_flights` alone, as the step that validates does them; prints how many and their seconds.

Takes a folder with flights.parquet. What surrounds the checks is not timed: the import of Great Expectations, opening
its project, Data Docs.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def checks(folder: Path, reports: Path) -> Callable[[], int]:
    """What does the checks and returns their number; raises AssertionError when one is not met."""
    import pyarrow.parquet
    from operation.execution.expectations import checkpoints_by_table, open_project, run_checkpoint

    context = open_project(reports).__enter__()
    checkpoint = checkpoints_by_table(context)["flights"]
    table = pyarrow.parquet.read_table(folder / "flights.parquet")

    def check() -> int:
        results = run_checkpoint(checkpoint, table).results
        assert all(result["success"] for result in results)
        return len(results)

    return check


def main() -> None:
    """Make ready, check, say how long the checks took."""
    with tempfile.TemporaryDirectory() as reports:
        check = checks(Path(sys.argv[1]), Path(reports))
        started = time.perf_counter()
        done = check()
        print(f"{done} checks {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
