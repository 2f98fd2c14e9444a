"""What every test of the tool shares."""

import signal
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest
from azure_pipelines_local import Linters, Project, start_linters

# A shell that starts the tests in the background has interrupts ignored, by what the tests start and interrupt, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def linters() -> Iterator[Linters]:
    """The linters, started once for all tests; where this environment has none, those of nox's sessions."""
    sessions = Path(__file__).resolve().parents[3] / ".nox"
    environments = [sessions / name for name in ("pipelines_local", "ado")]
    with start_linters(Project(Path(), environments=environments), "required") as started:
        yield started


@pytest.fixture
def unmeasured() -> Iterator[None]:
    """A test of what costs much work takes several times as long while coverage follows every line of it."""
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()
    yield
    if measurement:
        measurement.start()
