"""The tables of parcels, as the chain brings them; what is in the folder of a use case has its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operation.execution.tables.snapshot import Snapshot, bring
from operation.tests import parcels


@pytest.fixture(scope="module")
def own_suites() -> Iterator[None]:
    """The suites of parcels, for the tests of one file: those of a use case are in the same session."""
    with parcels.own_suites():
        yield


@pytest.fixture(scope="session")
def snapshot(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    data = parcels.load_own().data
    return bring(str(sample), data.tables, data.known_defects, tmp_path_factory.mktemp("data") / "raw", parcels.NAME)
