"""Nothing is done twice: of a second run only that happens which something has changed for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.steps.recipe import hash_folder
from operation.execution.values import Run
from operation.tests.integration.conftest import Invoke, command, configured, settings
from operation.tests.parcels import own_repository

HEAVY = ("numpy", "pandas", "pyarrow", "duckdb", "great_expectations", "mlflow", "matplotlib", "sklearn", "lightgbm")
ALL = {"validate-raw", "prepare", "validate-prepared", "train", "evaluate"}


@pytest.fixture
def outputs(trained: Configuration, tmp_path: Path) -> Path:
    """A copy, whose runs and models a test may add to."""
    return Path(shutil.copytree(trained.common_outputs, tmp_path / "outputs"))


def latest(sample: Path, outputs: Path) -> Run:
    run = connect(configured(sample, outputs)).runs.find()
    assert run is not None
    return run


def ran(printed: str) -> set[str]:
    """The steps that were not reused."""
    done = set(re.findall(r"^([\w-]+) +done ", printed, re.MULTILINE))
    reused = set(re.findall(r"^([\w-]+) +reused ", printed, re.MULTILINE))
    assert (done & ALL) | reused == ALL
    return done & ALL


def test_a_second_run_has_nothing_to_do_and_imports_nothing_heavy(sample: Path, trained: Configuration) -> None:
    outputs = trained.common_outputs  # no copy: in another place, the database is told where it is now
    before = latest(sample, outputs)
    invoke = command("train", settings(sample, outputs), "--explain")
    result = subprocess.run(
        [invoke[0], "-X", "importtime", *invoke[1:]],
        cwd=own_repository(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran(result.stdout) == set()
    assert f"Nothing has changed since run {before.id}: parcel-delays version 1, the champion." in result.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines()}
    assert "pydantic" in imported
    assert imported & set(HEAVY) == set()
    assert latest(sample, outputs) == before


@pytest.mark.parametrize(
    ("changed", "expected", "reason"),
    [
        ("training.learning_rate=0.11", {"train", "evaluate"}, "argument learning_rate 0.1 → 0.11"),
        ("evaluation.resamples=199", {"evaluate"}, "argument resamples 200 → 199"),
        ("gate.confidence=0.96", {"evaluate"}, "argument confidence 0.95 → 0.96"),
        (
            "preparation.overdue_after_hours=47",
            {"prepare", "validate-prepared", "train", "evaluate"},
            "argument overdue_after_hours 48 → 47",
        ),
        ("memory_mb=999", {"validate-raw", "prepare", "validate-prepared"}, "argument memory_mb 1000 → 999"),
    ],
)
def test_exactly_what_depends_on_a_changed_value_runs_again(
    invoke: Invoke, outputs: Path, changed: str, expected: set[str], reason: str
) -> None:
    result = invoke("train", outputs, "--explain", sets=[changed])  # whatever the gate says of a model of so few rows
    assert ran(result.stdout) - {"evaluate"} == expected - {"evaluate"}  # its champion is another than the first time
    assert "evaluate" in ran(result.stdout)
    assert f"ran because: {reason}" in result.stdout


def test_a_change_that_changes_no_output_runs_nothing_further(invoke: Invoke, outputs: Path) -> None:
    printed = invoke("train", outputs, "--explain", sets=["preparation.max_weather_age_hours=4"]).stdout
    assert ran(printed) - {"evaluate"} == {"prepare"}
    assert "ran because: argument max_weather_age_hours 3 → 4" in printed


def test_other_data_run_everything_again(sample: Path, outputs: Path, tmp_path: Path) -> None:
    import pyarrow.parquet

    other = Path(shutil.copytree(sample, tmp_path / "other"))
    parcels = pyarrow.parquet.read_table(other / "parcels.parquet")
    pyarrow.parquet.write_table(parcels.slice(1), other / "parcels.parquet")
    words = command("train", settings(other, outputs), "--explain")
    result = subprocess.run(words, cwd=own_repository(), capture_output=True, text=True, check=False, timeout=300)
    assert ran(result.stdout) == ALL
    assert "ran because: input raw changed" in result.stdout


def test_a_run_that_died_before_its_registration_is_registered_by_the_next(
    invoke: Invoke, sample: Path, outputs: Path
) -> None:
    run = latest(sample, outputs)
    shutil.rmtree(outputs / "parcels" / "mlflow")
    result = invoke("train", outputs)
    assert result.returncode == 0, result.stderr
    assert "parcel-delays version 1, the champion now" in result.stdout
    assert latest(sample, outputs) == run


def test_two_runs_at_once_share_a_cache(sample: Path, tmp_path: Path) -> None:
    shared = [f"backend.cache={tmp_path / 'shared'}", "training.trees=20"]
    words = [command("train", settings(sample, tmp_path / name, *shared)) for name in ("one", "two")]
    processes = [
        subprocess.Popen(each, cwd=own_repository(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for each in words
    ]
    assert [(process.communicate(timeout=300)[1], process.returncode) for process in processes] == [(b"", 0)] * 2
    one, two = (latest(sample, tmp_path / name) for name in ("one", "two"))
    for name in ("prepared", "model"):
        assert hash_folder(one.folder / name) == hash_folder(two.folder / name)
    third = subprocess.run(
        command("train", settings(sample, tmp_path / "three", *shared)),
        cwd=own_repository(), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert ran(third.stdout) == set()
    assert hash_folder(latest(sample, tmp_path / "three").folder / "model") == hash_folder(one.folder / "model")


def test_a_cache_that_cannot_be_written_is_a_warning_and_a_whole_run(
    invoke: Invoke, sample: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    result = invoke("train", tmp_path / "outputs", sets=[f"backend.cache={tmp_path / 'file' / 'cache'}"])
    assert result.returncode == 0, result.stderr
    assert result.stdout.count(f"The cache {tmp_path / 'file' / 'cache'} cannot be used") == 1
    assert ran(result.stdout) == ALL


def test_one_damaged_file_in_the_cache_costs_its_step_and_nothing_else(
    invoke: Invoke, sample: Path, outputs: Path
) -> None:
    run = latest(sample, outputs)
    model = hash_folder(run.folder / "model")
    (outputs / "cache" / "steps" / "objects" / model["model.onnx"][:2] / model["model.onnx"]).write_bytes(b"rotten")
    shutil.rmtree(outputs / "parcels" / "runs")
    shutil.rmtree(outputs / "parcels" / "mlflow")
    result = invoke("train", outputs, "--explain")
    assert result.returncode == 0, result.stderr
    assert ran(result.stdout) == {"train"}
    assert "ran because: what is kept of it is damaged" in result.stdout
    assert hash_folder(latest(sample, outputs).folder / "model") == model
