"""What runs inside a job: fetch the inputs, run the core scripts one after the other, say where each begins and ends.

The file `job.json` beside it says what to do, so that no argument ever goes through a shell: "variables" for every
process, the "inputs" as prefixes in the default datastore, and the "steps".
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from utils import NO_KEY, ROLE, default_datastore, job_run

JOB = "job.json"
INPUTS = "inputs"
PAUSES = (2.0, 10.0)  # seconds before the second attempt and the third; the SDK has tried a few times before


def main() -> int:
    """Run the steps until one fails; its exit code is the job's."""
    job = json.loads(Path(JOB).read_text(encoding="utf-8"))
    fetch(job["inputs"])
    for step in job["steps"]:
        print(job["mark"], step["name"], "started", flush=True)
        start = time.monotonic()
        code = subprocess.run([sys.executable, *step["argv"]], env=os.environ | job["variables"]).returncode
        seconds = f"{time.monotonic() - start:.1f}"  # whoever follows the job looks at it only now and then
        if code:
            print(job["mark"], step["name"], "failed", code, seconds, flush=True)
            return code
        print(job["mark"], step["name"], "completed", seconds, flush=True)
    folders = [folder for step in job["steps"] for folder in step["outputs"]]
    try:
        log_metrics(folders)
    except Exception as error:  # noqa: BLE001  a model is not lost because the studio cannot show its metrics
        print(f"The studio does not show the metrics: {type(error).__name__}; they are among the outputs.", flush=True)
    return 0


def fetch(prefixes: Sequence[str]) -> None:
    """Copy what is below each prefix in the workspace's default datastore to `inputs/PREFIX`."""
    for prefix in prefixes:
        patiently(partial(download, f"{prefix}/"))


def download(prefix: str) -> None:
    """Copy it over what an attempt that broke off has left: the SDK makes the files before it fills them."""
    datastore = default_datastore()
    try:
        datastore.download(INPUTS, prefix, overwrite=True, show_progress=False)
    except Exception as error:
        if datastore.credential_type == NO_KEY:
            error.add_note(ROLE)
        raise


def patiently(do: Callable[[], None]) -> None:
    """Call `do`, again after each pause if it raises: the SDK's errors have no common base that tells what may pass."""
    for pause in PAUSES:
        try:
            return do()
        except Exception as error:  # noqa: BLE001  the last attempt raises it
            print(f"{type(error).__name__}, again in {pause:.0f} s", flush=True)
            time.sleep(pause)
    return do()


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
    """Yield every number at its path, "evaluation.metrics.roc_auc"; what is none is left to the file itself."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from numbers(value, f"{prefix}{key}.")
        elif isinstance(value, int | float):
            yield prefix + key, float(value)


if __name__ == "__main__":
    raise SystemExit(main())
