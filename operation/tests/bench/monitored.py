"""What monitoring takes: all twelve months at once, and the whole back-test beside the trainings that it needs."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path

from operation.tests.bench import trainings
from operation.tests.bench.measuring import Measurement, measure
from operation.tests.bench.trainings import INVOKE, ROOT, SOURCES, Pair

CPU = re.compile(r"^([\d.]+) s of CPU$", re.MULTILINE)
SCRIPT = Path(__file__).with_name("months.py")


def months(folder: Path) -> Iterator[Pair]:
    """After a training and a look, which made the reference: the look alone, and the process with its imports."""
    outputs, raw = make_reference(folder)
    while True:
        whole = measure([sys.executable, SCRIPT, outputs, raw], ROOT, {"PYTHONPATH": str(ROOT)})
        yield replace(whole, cpu=float(CPU.findall(whole.output)[-1])), whole


def make_reference(folder: Path) -> tuple[Path, Path]:
    """Train, and look once; return the outputs and the folder of the raw tables."""
    trainings.warm_up(folder, 1)
    outputs = trainings.outputs_in(folder)
    measure(monitor(outputs), ROOT)
    return outputs, outputs / "flights" / "data" / "raw"


def monitor(outputs: Path, *more: str | Path) -> list[str | Path]:
    """The command that looks at raw tables."""
    return [*INVOKE, "monitor", *more, "--set", f"backend.outputs={outputs}"]


def backtest(folder: Path) -> Pair:
    """`invoke backtest` in an empty folder, then its trainings once more, one after the other."""
    outputs = trainings.outputs_in(folder)
    whole = measure([*INVOKE, "backtest", "--set", f"backend.outputs={outputs}"], ROOT)
    return whole, reduce(add, (train_again(run, folder / run.name) for run in find_trained(outputs)))


def find_trained(outputs: Path) -> list[Path]:
    """The folders of the runs that have trained."""
    return [file.parents[1] for file in sorted(outputs.glob("flights/runs/*/model/model.onnx"))]


def train_again(run: Path, output: Path) -> Measurement:
    """The step of the run that trains, with the same arguments."""
    steps = json.loads((run / "run.json").read_text(encoding="utf-8"))["steps"]
    (step,) = (each for each in steps if each["name"] == "train")
    options: list[str] = [word for name, values in step["arguments"].items() for word in (name, *values)]
    command: list[str | Path] = [sys.executable, ROOT / step["script"], *options]
    return measure([*command, "--data", run / "prepared", "--output", output], ROOT, SOURCES)


def add(one: Measurement, other: Measurement) -> Measurement:
    """One after the other: times add up, and the peak is the higher one."""
    return Measurement(one.wall + other.wall, one.cpu + other.cpu, max(one.tree, other.tree), other.output)
