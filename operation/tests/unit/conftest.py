"""Unit tests reach neither the network nor the cloud SDK: both raise, whoever asks."""

import gc
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.abc import MetaPathFinder
from types import ModuleType

import coverage
import pytest
import pytest_socket
from _pytest.runner import runtestprotocol
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from operation.tests.parcels import SOURCE

MEASURING = {name: value for name, value in os.environ.items() if name == "COVERAGE_PROCESS_CONFIG"}
UNIT = "operation/tests/unit"
TOGETHER = (f"{UNIT}/src/", f"{UNIT}/bench/", f"{UNIT}/execution/backtest/", f"{UNIT}/execution/sweep/")
# Both processes of xdist want both cores. Threads that wait for one another by spinning would take them from the other
# process; and small data need no second thread, unless a test asks for it.
os.environ.update(OMP_WAIT_POLICY="passive", OMP_NUM_THREADS="1")
gc.disable()  # until all is collected: modules and test items are no garbage


class Measurement:
    """Coverage that is paused where none of our code runs.

    Before Python 3.12 it makes every line of a process slower, also of files that it does not count: the imports of
    pandas, all that pytest does around a test. To resume costs microseconds in the processes of xdist alone, which
    coverage starts without a look at what has been imported; elsewhere, nothing is paused.
    """

    def __init__(self) -> None:
        self._coverage = coverage.Coverage.current() if "PYTEST_XDIST_WORKER" in os.environ else None
        self._paused = False
        if self._coverage:  # each start would patch again: `os._exit` around itself, and the variable for subprocesses
            self._coverage.set_option("run:patch", [])

    def pause(self) -> None:
        if self._coverage and not self._paused:
            self._coverage.stop()
            self._paused = True

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Measure what is done inside, which may be so already: a test can ask for a fixture."""
        if not self._coverage or not self._paused:
            yield
            return
        self._coverage.start()
        self._paused = False
        try:
            yield
        finally:
            self.pause()


MEASUREMENT = Measurement()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; and where others run the tests, measure nothing."""
    config.addinivalue_line("markers", "unmeasured: runs no code of ours, or repeats what other tests measure")
    measurement = coverage.Coverage.current()
    if measurement and config.getoption("numprocesses") and not hasattr(config, "workerinput"):
        measurement.stop()


def pytest_collection_finish() -> None:
    """From here on, look for garbage only in what tests make: modules and 5,000 test items stay till the end."""
    MEASUREMENT.pause()
    gc.freeze()
    gc.set_threshold(50_000)  # by default, syntax trees and tables of tests are read again every 700 objects
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """In one of several processes, send a single report of a test that has passed, where pytest sends three.

    To write, send and read those and two more messages takes as long as most tests. The report has the whole duration.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if all(report.passed for report in reports):
        called = next(report for report in reports if report.when == "call")
        called.duration = sum(report.duration for report in reports)
        reports = [called]
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Before each test, as a hook and not as fixtures of every test, which take longer than many of them do."""
    pytest_socket.disable_socket(allow_unix_socket=True)  # until pytest-socket enables it after the test
    # Unit tests start copies of our code and small scripts: measuring those would only slow them down.
    for name in MEASURING:
        os.environ.pop(name, None)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    with nullcontext() if pyfuncitem.get_closest_marker("unmeasured") else MEASUREMENT.resumed():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    with MEASUREMENT.resumed():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    with MEASUREMENT.resumed():  # no hook knows when the code after a fixture's `yield` runs
        return (yield)


class CloudImportError(ImportError):
    """A unit test, or the code that it tests, asked for azureml."""


class NoCloud(MetaPathFinder):
    """Refuses azureml, installed or not."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname.partition(".")[0] == "azureml":
            raise CloudImportError(f"{fullname} must not be imported in a unit test")


class OneProcessForTheSample(LoadFileScheduling):  # type: ignore[misc]  # xdist carries no types
    """A file's tests run in one process, and all that train or draw in the same: they share models and slow imports."""

    def _split_scope(self, nodeid: str) -> str:
        return "together" if nodeid.startswith(TOGETHER) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)  # `nox -s mutants` runs without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """With `--numprocesses`, the tests of most files come first, so that both processes end at about the same time."""
    return OneProcessForTheSample(config, log)


@pytest.fixture(scope="session")
def measured() -> dict[str, str]:
    """The environment of a process that is measured after all: it runs code that no other test runs."""
    return os.environ | MEASURING


@pytest.fixture(scope="session", autouse=True)
def no_cloud() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "meta_path", [NoCloud(), *sys.meta_path])
        for name in [name for name in sys.modules if name.partition(".")[0] == "azureml"]:
            patch.delitem(sys.modules, name)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_use_case_but_parcels() -> Iterator[None]:
    """The core scripts that tests import serve parcels, and none of the use cases that people edit."""
    from learning import use_cases

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(use_cases, "SOURCE", SOURCE)
        yield
