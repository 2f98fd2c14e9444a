"""What measures the project is no part of it: coverage does not count these lines."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _unmeasured(unmeasured_file: None) -> None:
    pass
