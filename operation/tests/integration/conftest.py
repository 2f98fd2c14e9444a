"""Real parts for the integration tests: the real commands, in a copy of this repository that serves parcels alone."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from configparser import ConfigParser
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.training import train
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import NAME, load_own, own_repository, own_suites

MEASURING = {name: os.environ[name] for name in {*os.environ} - {*unmeasured()}}
Invoke = Callable[..., subprocess.CompletedProcess[str]]
# Few trees and draws, because these tests ask how training goes, not how good the model gets; it may be very good.
CHANGED = (
    "training.trees=30",
    "training.leaves=7",
    "evaluation.resamples=200",
    "gate.too_good={roc_auc: 0.99, average_precision: 0.98, log_loss: 0.05}",
)


def settings(source: Path, outputs: Path, *more: str) -> list[str]:
    return [*CHANGED, f"data.source={source}", f"backend.outputs={outputs}", *more]


def configured(source: Path, outputs: Path, *more: str) -> Configuration:
    return load_own(settings=settings(source, outputs, *more))


def command(verb: str, sets: Sequence[str], *arguments: str) -> list[str]:
    """Words that are to be run in `own_repository`."""
    words = [word for setting in sets for word in ("--set", setting)]
    return [sys.executable, "-m", "invoke", verb, *words, *arguments]


@pytest.fixture(scope="session", autouse=True)
def _own_suites() -> Iterator[None]:
    with own_suites():
        yield


@pytest.fixture(scope="session", autouse=True)
def _unmeasured_processes() -> Iterator[None]:
    """Measure no process that tests start: before Python 3.12 that takes two thirds more of their time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in MEASURING:
            patch.delenv(name)
        yield


@contextmanager
def measuring() -> Iterator[None]:
    """Measure the processes that are started meanwhile after all: they run code that no other test runs."""
    with pytest.MonkeyPatch.context() as patch:
        if MEASURING:
            patch.setenv("COVERAGE_PROCESS_START", str(coverage_settings()))
        yield


@cache
def coverage_settings() -> Path:
    """Write settings as those of the project, by which what runs in `own_repository` counts, too.

    Coverage takes the folders of pyproject.toml for those of this work tree alone.
    """
    run = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]["run"]
    roots = (ROOT, own_repository())
    run["source"] = [str(root / name) for root in roots for name in run["source"]]
    run["omit"] = [f"*/{pattern}" for pattern in (*run["omit"], f"src/{NAME}/*")]
    settings = ConfigParser()
    settings["run"] = {
        name: "\n".join(value) if isinstance(value, list) else str(value).lower() for name, value in run.items()
    }
    file = own_repository().parent / "coverage.ini"
    with file.open("w", encoding="utf-8") as stream:
        settings.write(stream)
    return file


@pytest.fixture(scope="module")
def measured_processes() -> Iterator[None]:
    """Measure the processes that the tests of a module start."""
    with measuring():
        yield


@pytest.fixture(scope="session")
def invoke(sample: Path) -> Invoke:
    """Runs a verb as a process of its own, on the sample, as a shell would."""

    def run(verb: str, outputs: Path, *arguments: str, sets: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        words = command(verb, settings(sample, outputs, *sets), *arguments)
        return subprocess.run(words, cwd=own_repository(), capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.fixture(scope="session")
def trained(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """Outputs with one registered champion; a test that changes them takes a copy."""
    configuration = configured(sample, tmp_path_factory.mktemp("trained") / "outputs")
    with measuring():
        train.train(configuration)
    return configuration


@pytest.fixture(scope="session")
def reused(trained: Configuration) -> str:
    """The setting by which a test takes the results of steps from `trained`, for one that is about what follows."""
    return f"backend.cache={trained.cache}"
