"""What every test of the tool shares."""

import signal
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest
from azure_pipelines_local.check import Judges
from azure_pipelines_local.command import judges as started

# A shell that starts the tests in the background has interrupts ignored, by what the tests start and interrupt, too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def judges() -> Iterator[Judges]:
    """The linters, started once for all tests."""
    with started(Path(__file__).resolve().parents[3]) as found:
        yield found


@pytest.fixture
def unmeasured() -> Iterator[None]:
    """A test of what costs much work takes several times as long while coverage follows every line of it."""
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()
    yield
    if measurement:
        measurement.start()
