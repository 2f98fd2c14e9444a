"""Real parts for the integration tests: the real commands on every 20th flight of the real data."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.training import train
from operation.tests.conftest import SHARE

Invoke = Callable[..., subprocess.CompletedProcess[str]]


def settings(source: Path, outputs: Path, *more: str) -> list[str]:
    """Few trees, because these tests ask how training goes, not how good the model gets."""
    return [f"data.source={source}", SHARE, f"backend.outputs={outputs}", "training.trees=30", *more]


def configured(source: Path, outputs: Path, *more: str) -> Configuration:
    return load(settings=settings(source, outputs, *more))


def command(verb: str, sets: Sequence[str], *arguments: str) -> list[str]:
    words = [word for setting in sets for word in ("--set", setting)]
    return [sys.executable, "-m", "invoke", verb, *words, *arguments]


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
