"""What runs inside a job: fetch the inputs, run the core scripts one after the other, say where each begins and ends.

The file `job.json` beside it says what to do, so that no argument ever goes through a shell: "variables" for every
process, the "inputs" as prefixes in the default datastore, and the "steps".
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from utils import job_run

JOB = "job.json"
INPUTS = "inputs"


def main() -> int:
    """Run the steps until one fails; its exit code is the job's."""
    job = json.loads(Path(JOB).read_text(encoding="utf-8"))
    fetch(job["inputs"])
    for step in job["steps"]:
        print(job["mark"], step["name"], "started", flush=True)
        code = subprocess.run([sys.executable, *step["argv"]], env=os.environ | job["variables"]).returncode
        if code:
            print(job["mark"], step["name"], "failed", code, flush=True)
            return code
        print(job["mark"], step["name"], "completed", flush=True)
    log_metrics([folder for step in job["steps"] for folder in step["outputs"]])
    return 0


def fetch(prefixes: Sequence[str]) -> None:
    """Copy what is below each prefix in the workspace's default datastore to `inputs/PREFIX`."""
    if prefixes:
        datastore = job_run().experiment.workspace.get_default_datastore()
        for prefix in prefixes:
            datastore.download(INPUTS, f"{prefix}/", show_progress=False)


def log_metrics(folders: Sequence[str]) -> None:
    """Show the numbers of every `metrics.json` on the run, so that the studio compares runs by them."""
    found = {Path(folder).name: Path(folder, "metrics.json") for folder in folders}
    metrics = {name: json.loads(file.read_text(encoding="utf-8")) for name, file in found.items() if file.is_file()}
    if metrics:
        run = job_run()
        for name, number in numbers(metrics):
            run.log(name, number)
        run.flush()  # else what is still in memory when the process ends is lost


def numbers(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number at its path, "evaluation.metrics.roc_auc"; what is none is left to the file itself."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from numbers(value, f"{prefix}{key}.")
        elif isinstance(value, int | float):
            yield prefix + key, float(value)


if __name__ == "__main__":
    raise SystemExit(main())
