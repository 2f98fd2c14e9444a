"""Secrets in the workspace's key vault; a job reads them with `src/utils.py`. No value is ever part of a message."""

import re
from typing import TYPE_CHECKING

from operation.errors import OperationError
from operation.execution.backends.azureml.sdk_failures import call
from operation.execution.backends.azureml.workspace import Connection

if TYPE_CHECKING:
    from azureml.core import Keyvault

NAME = re.compile(r"[0-9A-Za-z-]{1,127}")


def get(connection: Connection, name: str) -> str | None:
    """Read the secret's value; None if there is none of that name."""
    vault, known = _vault(connection), _check(name)
    value: str | None = call(f"read the secret {name}", lambda: vault.get_secrets([known]))[known]
    return value


def put(connection: Connection, name: str, value: str) -> None:
    """Keep a new secret, or a new value of the one there is."""
    vault, known = _vault(connection), _check(name)
    call(f"keep the secret {name}", lambda: vault.set_secret(known, value))


def names(connection: Connection) -> list[str]:
    """List the names of all secrets."""
    vault = _vault(connection)
    return sorted(one["name"] for one in call("list the secrets", lambda: list(vault.list_secrets())))


def _vault(connection: Connection) -> "Keyvault":
    workspace = connection.workspace
    return call("reach the key vault", workspace.get_default_keyvault)


def _check(name: str) -> str:
    """Return the name if a key vault takes it."""
    if not NAME.fullmatch(name):
        raise OperationError(
            f"The name of a secret must be 1 to 127 letters, digits and hyphens for a key vault, not {name!r}."
        )
    return name
