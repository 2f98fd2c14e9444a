"""Monitor a folder of raw tables in this process: describe, compare, decide, report; print the seconds of CPU.

`python months.py OUTPUTS RAW`, after `invoke monitor` has made the reference of version 1 in OUTPUTS. What is imported
is imported before.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy.ma  # noqa: F401  imported by the first median
import pyarrow.compute  # noqa: F401  DuckDB's results come as its tables
from onnxruntime import InferenceSession  # noqa: F401  imported only when a model is loaded

from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT
from operation.execution.monitoring.reference import thresholds
from operation.execution.training import pipeline
from operation.monitoring.decision import decide, describe_decision
from operation.monitoring.outcomes import describe_window
from operation.monitoring.profiles import lengths, read_profile
from operation.monitoring.report import write_report
from operation.monitoring.thresholds import compare

sys.path.insert(0, str(ROOT / "src"))

import profile_data
from learning.use_cases import load_preparation

CPU = "{seconds:.3f} s of CPU"


def main() -> None:
    """Look at the tables once."""
    outputs, raw = map(Path, sys.argv[1:])
    configuration = load("local", [f"backend.outputs={outputs}"], "flights")
    load_preparation("flights")
    model, place = configuration.outputs / "champion", configuration.outputs / "references" / "1"
    options = [word for name, values in pipeline.describe(configuration).items() for word in (name, *values)]
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary) / "profile"
        folders = {"--raw": raw, "--model": model, "--reference": place, "--output": output}
        options += [str(word) for name, folder in folders.items() for word in (name, folder)]
        sliced_by = configuration.evaluation["slices"]
        started = time.process_time()
        assert profile_data.main([*options, "--slices", *sliced_by]) == 0
        look(place, output, sliced_by)
        print(CPU.format(seconds=time.process_time() - started))


def look(place: Path, output: Path, sliced_by: list[str]) -> None:
    """Compare the window with the reference, decide, and write the report; raises AssertionError for an alarm."""
    reference, window = (read_profile(folder / "profile.json", "") for folder in (place, output))
    length = lengths(reference, window.days, window.rows)
    findings = compare(reference, window, length, thresholds(place, reference, length))
    decision = decide(findings, window.rows, None)
    assert decision.action == "wait", decision
    found = describe_decision(decision, window.span, window.rows) | {"version": 1}
    write_report(output / "report.html", found, findings, reference, window, describe_window(window, sliced_by))


if __name__ == "__main__":
    main()
