"""The guards of conftest.py really guard."""

import importlib
import socket

import pytest
import pytest_socket


def test_a_unit_test_cannot_open_a_network_connection() -> None:
    with pytest.raises(pytest_socket.SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


@pytest.mark.parametrize("name", ["azureml", "azureml.core"])
def test_a_unit_test_cannot_import_the_cloud_sdk(name: str) -> None:
    with pytest.raises(ImportError, match="must not be imported in a unit test"):
        importlib.import_module(name)
