"""What `invoke train` and `invoke --list` take, each beside what it is compared with. A pair is a run of each."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from operation.tests.bench.measuring import Measurement, measure

ROOT = Path(__file__).resolve().parents[3]
RAW_SCRIPT = Path(__file__).with_name("raw_script.py")
INVOKE = (sys.executable, "-m", "invoke")
SOURCES = {"PYTHONPATH": str(ROOT / "src")}
STEP = re.compile(r"^([a-z-]+) +(done|reused|failed) +([\d.]+) s", re.MULTILINE)  # a line of the progress display
UNCHANGED = re.compile(r"nothing (has )?changed", re.IGNORECASE)
IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +(\w+)", re.MULTILINE)
HEAVY = {
    *("duckdb", "great_expectations", "lightgbm", "matplotlib", "mlflow"),
    *("numpy", "onnxruntime", "pandas", "pyarrow", "sklearn"),
}

Pair = tuple[Measurement, Measurement]


def listing(folder: Path) -> Pair:
    """`invoke --list` here and with an empty tasks.py, about which Invoke complains."""
    (folder / "tasks.py").touch()
    return measure([*INVOKE, "--list"], ROOT), measure([*INVOKE, "--list"], folder, exit_code=1)


def cold(folder: Path) -> Pair:
    """`invoke train` in empty folders, then the raw script; raises RuntimeError unless both made the same model."""
    training = measure(train_command(folder), ROOT)
    script = measure([sys.executable, RAW_SCRIPT, folder], ROOT, SOURCES)
    require_same_model(latest(folder, "model"), folder)
    return training, script


def emulator(folder: Path) -> Pair:
    """`invoke train` in an offline workspace, then on this machine; RuntimeError unless both made the same model."""
    there, here = folder / "emulator", folder / "local"
    pair = measure(train_command(there, "emulator"), ROOT), measure(train_command(here), ROOT)
    require_same_model(latest(there, "model"), latest(here, "model"))
    return pair


def warm_up(folder: Path, times: int) -> None:
    """Train: the first time makes the champion, with which the second compares what it reuses."""
    for _ in range(times):
        measure(train_command(folder), ROOT)


def unchanged(folder: Path) -> Pair:
    """`invoke train` once more after `warm_up`, and Python alone; raises RuntimeError unless it found no change."""
    training = measure(train_command(folder), ROOT)
    if not UNCHANGED.search(training.output):
        raise RuntimeError(f"invoke train does not say that nothing has changed:\n{training.output}")
    return training, measure([sys.executable, "-c", "pass"], ROOT)


def changed(folder: Path) -> Iterator[Pair]:
    """After `warm_up`, again and again: another learning rate, so near that no model is worse; then the raw script.

    Raises RuntimeError unless both made the same model.
    """
    prepared = latest(folder, "prepared")
    output = folder / "raw"
    output.mkdir(exist_ok=True)
    for ten_thousandths in range(601, 1600):
        rate = str(ten_thousandths / 10_000)
        training = measure([*train_command(folder), "--set", f"training.learning_rate={rate}"], ROOT)
        script: list[str | Path] = [sys.executable, RAW_SCRIPT, output, "--prepared", prepared, "--learning-rate", rate]
        measured = measure(script, ROOT, SOURCES)
        require_same_model(latest(folder, "model"), output)
        yield training, measured


def imported(folder: Path) -> list[str]:
    """The packages from outside the standard library that an `invoke train` without a change imports.

    Raises RuntimeError when a heavy one is among them.
    """
    command = [sys.executable, "-X", "importtime", *train_command(folder)[1:]]
    names = set(IMPORTED.findall(measure(command, ROOT).output))
    if names & HEAVY:
        raise RuntimeError(f"invoke train imports {', '.join(sorted(names & HEAVY))}, and nothing has changed")
    known = packages_distributions()
    return sorted({known[name][0] for name in names if name in known} - {"setuptools"})


def train_command(folder: Path, environment: str = "local") -> list[str]:
    """`invoke train` with all that it writes in the folder."""
    places = {"backend.outputs": outputs_in(folder), "backend.cache": folder / "cache"}
    verb = [*INVOKE, "train", "--environment", environment]
    return [*verb, *(word for key, path in places.items() for word in ("--set", f"{key}={path}"))]


def outputs_in(folder: Path) -> Path:
    """The outputs folder of `train_command`."""
    return folder / "outputs"


def latest(folder: Path, output: str) -> Path:
    """The output of that name of the latest run that has one; ids of runs sort by age."""
    return max(outputs_in(folder).glob(f"flights/runs/*/{output}"))


def require_same_model(trained: Path, output: Path) -> None:
    """Raise RuntimeError unless both folders hold a model.txt with the same trees."""
    if trees(trained) != trees(output):
        raise RuntimeError(f"There is another model in {output} than in {trained}: give both the same settings")


def trees(folder: Path) -> str:
    """What LightGBM has written before the parameters, which the raw script keeps as they come."""
    text, found, _ = (folder / "model.txt").read_text(encoding="utf-8").partition("\nparameters:")
    if not found:
        raise RuntimeError(f"{folder / 'model.txt'} is not as LightGBM writes it")
    return text


def steps(training: Measurement) -> dict[str, tuple[str, float]]:
    """Result and seconds of each step, by name, as `invoke train` printed them."""
    return {name: (result, float(seconds)) for name, result, seconds in STEP.findall(training.output)}
