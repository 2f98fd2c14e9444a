"""The checks of the suite `flights` alone, as the step that validates does them; prints how many and their seconds.

Takes a folder with flights.parquet, and how many times all flights it holds. What surrounds the checks is not timed:
the import of Great Expectations, opening its project, Data Docs. Reading what the checks need of the table is.
"""

import sys
import tempfile
import time
from pathlib import Path

from operation.execution.configuration.loading import load


def checks(folder: Path, reports: Path, share: float) -> tuple[int, float]:
    """Return how many checks there were, and their seconds; raises AssertionError when one is not met."""
    from gx_duckdb import Resources, open_rows

    from operation.execution.validation.checkpoints import make_checkpoints, open_project, run_checkpoint

    configuration = load()
    resources = Resources(configuration.threads, configuration.memory_mb)
    with open_project(reports, configuration.use_case) as context:
        checkpoint = make_checkpoints(context)["flights"]
        started = time.perf_counter()
        with open_rows([folder / "flights.parquet"], resources) as rows:
            results = run_checkpoint(checkpoint, rows.frame, share).results
        seconds = time.perf_counter() - started
    assert all(result["success"] for result in results), [each for each in results if not each["success"]]
    return len(results), seconds


def main() -> None:
    """Check, and say how long that took."""
    with tempfile.TemporaryDirectory() as reports:
        number, seconds = checks(Path(sys.argv[1]), Path(reports), float(sys.argv[2]))
        print(f"{number} checks {seconds:.3f} s")


if __name__ == "__main__":
    main()
