"""Real parts for the integration tests: the real commands on every 20th flight of the real data."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.training import train
from operation.tests.conftest import SHARE
from operation.tests.interrupts import unmeasured

Invoke = Callable[..., subprocess.CompletedProcess[str]]
# What these tests rely on, whatever people write into configuration/; few trees, because they ask how training goes,
# not how good the model gets.
PINNED = (
    "experiment=flight-delays",
    "model=flight-delays",
    "seed=2013",
    "memory_mb=1000",
    "split={by: time, test: last 61 days, selection: last 61 days}",
    "preparation={late_after_minutes: 15, max_weather_age_hours: 3, recent_weather_hours: 6}",
    "preparation={recent_departures_hours: 3, recent_departures_known_hours: 2}",
    "training={model: lightgbm, trees: 30, leaves: 63, learning_rate: 0.1, min_rows_per_leaf: 20}",
    "training={onnx_tolerance: 0.00001, onnx_check_rows: 10000, feature_fraction: 1.0, bagging_fraction: 1.0, l2: 0.0}",
    "training={early_stopping_rounds: 0, validation_share: 0.1, validation_rows: last}",
    "evaluation={resamples: 1000, resample_by: flight_date, slices: [month, carrier]}",
    "gate={metric: roc_auc, confidence: 0.95, least_gain: 0.0005, largest_gain: 0.10}",
    "gate={at_least: {roc_auc: 0.66, average_precision: 0.40}, at_most: {log_loss: 0.60, calibration_error: 0.10}}",
    "gate={too_good: {roc_auc: 0.90, average_precision: 0.85, log_loss: 0.25}}",
    "gate={not_worse: {log_loss: 0.005, calibration_error: 0.01}, slices: {least_rows: 1000, not_worse: 0.05}}",
)


def settings(source: Path, outputs: Path, *more: str) -> list[str]:
    return [*PINNED, f"data.source={source}", SHARE, f"backend.outputs={outputs}", *more]


def configured(source: Path, outputs: Path, *more: str) -> Configuration:
    return load(settings=settings(source, outputs, *more), use_case="flights")


def command(verb: str, sets: Sequence[str], *arguments: str) -> list[str]:
    words = [word for setting in sets for word in ("--set", setting)]
    return [sys.executable, "-m", "invoke", verb, "--use-case", "flights", *words, *arguments]


@pytest.fixture(scope="module")
def unmeasured_processes() -> Iterator[None]:
    """Measure no process that the tests of a module start: before Python 3.12 that takes two thirds more of their time.

    It is for modules that run nothing which no other module runs.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in {*os.environ} - {*unmeasured()}:
            patch.delenv(name)
        yield


@pytest.fixture
def invoke(sample: Path) -> Invoke:
    """Runs a verb as a process of its own, on the sample, as a shell would."""

    def run(verb: str, outputs: Path, *arguments: str, sets: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        words = command(verb, settings(sample, outputs, *sets), *arguments)
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.fixture(scope="session")
def trained(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """Outputs with one registered champion; a test that changes them takes a copy."""
    configuration = configured(sample, tmp_path_factory.mktemp("trained") / "outputs")
    train.train(configuration)
    return configuration


@pytest.fixture(scope="session")
def reused(trained: Configuration) -> str:
    """The setting by which a test takes the results of steps from `trained`, for one that is about what follows."""
    return f"backend.cache={trained.cache}"
