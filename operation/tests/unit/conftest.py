"""Unit tests reach neither the network nor the cloud SDK: both raise, whoever asks."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from types import ModuleType

import coverage
import pytest
import pytest_socket
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling


class CloudImportError(ImportError):
    """A unit test, or the code that it tests, asked for azureml."""


class NoCloud(MetaPathFinder):
    """Refuses azureml, installed or not."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname.partition(".")[0] == "azureml":
            raise CloudImportError(f"{fullname} must not be imported in a unit test")


class OneProcessForTheSample(LoadFileScheduling):  # type: ignore[misc]  # xdist carries no types
    """A file's tests run in one process, and all those of `src/` in the same one: they share what is trained once."""

    def _split_scope(self, nodeid: str) -> str:
        return "src" if nodeid.startswith("operation/tests/unit/src/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """With `--numprocesses`, the tests of most files come first, so that both processes end at about the same time."""
    return OneProcessForTheSample(config, log)


@pytest.fixture(scope="session", autouse=True)
def no_cloud() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "meta_path", [NoCloud(), *sys.meta_path])
        for name in [name for name in sys.modules if name.partition(".")[0] == "azureml"]:
            patch.delitem(sys.modules, name)
        yield


@pytest.fixture(autouse=True)
def no_coverage_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit tests start copies of our code and small scripts: measuring those would only slow them down."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@contextmanager
def without_coverage() -> Iterator[None]:
    """Work takes twice as long while coverage follows it, even where it counts no line: before Python 3.12."""
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()
    yield
    if measurement:
        measurement.start()


@pytest.fixture
def unmeasured() -> Iterator[None]:
    """A test that repeats, many times, what other tests measure."""
    with without_coverage():
        yield


@pytest.fixture(scope="module")
def unmeasured_file() -> Iterator[None]:
    """A file whose tests run none of the code that is measured, or only what others measure."""
    with without_coverage():
        yield


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()
