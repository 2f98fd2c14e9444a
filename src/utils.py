"""What a core script that needs it finds in its environment, when asked: the two secrets, and the run of its job.

Most scripts need none. Nothing is read on import, and a secret is never part of a message or of a repr.
"""

import os
from dataclasses import dataclass, field
from typing import Any


class MissingSecretError(RuntimeError):
    """A secret is not in the environment; the message names the variables to set."""


@dataclass(frozen=True)
class ServicePrincipal:
    """The identity under which a core script reaches the workspace without a person to log in."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)


def service_principal() -> ServicePrincipal:
    """Return the service principal, or raise MissingSecretError with every variable that is still to be set."""
    return ServicePrincipal(
        *_read("the service principal", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    )


def workspace_key() -> str:
    """Return the key of the workspace, or raise MissingSecretError."""
    (key,) = _read("the workspace key", "AZUREML_WORKSPACE_KEY")
    return key


def job_run() -> Any:
    """Return the run that this process is a job of: it knows the workspace and takes metrics.

    Raises azureml's RunEnvironmentException outside a job of Azure ML.
    """
    from azureml.core import Run

    return Run.get_context(allow_offline=False)


def _read(secret: str, *variables: str) -> list[str]:
    """Return the values of the variables; an empty one counts as missing."""
    values = [os.environ.get(variable, "") for variable in variables]
    missing = [variable for variable, value in zip(variables, values, strict=True) if not value]
    if missing:
        raise MissingSecretError(f"{secret} is not known: set the environment variable {', '.join(missing)}")
    return values
