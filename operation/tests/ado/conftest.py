"""The tools that judge pipelines, started once for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operation.ado.check import Judges
from operation.ado.command import judges as started


@pytest.fixture(scope="session")
def judges(repository: Path) -> Iterator[Judges]:
    with started(repository) as found:
        yield found
