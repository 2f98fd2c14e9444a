"""A fixture for the tests of any project: `offline_workspace`. Without a test that uses it, nothing is started."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from azureml_offline.client import OfflineWorkspace, running


@pytest.fixture(scope="session")
def offline_workspace_options() -> dict[str, Any]:
    """The options of `azureml_offline.running`; override this in a conftest.py for others.

    Jobs run in the environment of the tests, for it would take minutes to build another.
    """
    return {"reuse_environment": True}


@pytest.fixture(scope="session")
def offline_workspace(offline_workspace_options: dict[str, Any]) -> Iterator[OfflineWorkspace]:
    """An offline workspace that the environment variables of this process lead to, until the end of the session."""
    with running(**offline_workspace_options) as workspace, _variables(workspace.environment):
        yield workspace


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    # Only these variables: a test that changes others, and restores them or not, is none of this fixture's business.
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
