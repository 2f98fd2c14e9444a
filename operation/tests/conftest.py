"""What every test shares."""

import os
from pathlib import Path

import pytest

# Nothing that the tests start may phone home or open a window; subprocesses inherit this.
os.environ.update(GX_ANALYTICS_ENABLED="false", MLFLOW_DISABLE_TELEMETRY="true", MPLBACKEND="Agg")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this clone."""
    return Path(__file__).resolve().parents[2]
