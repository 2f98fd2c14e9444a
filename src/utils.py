"""What a core script that needs it finds when it asks: the two secrets, the run of its job, and the default datastore.

A secret is looked for in the environment. In a job of Azure ML, what is not there is read from the workspace's key
vault, where its name is in small letters with hyphens: AZUREML_WORKSPACE_KEY is azureml-workspace-key.

Most scripts need none. Nothing is read on import, and a secret is never part of a message or of a repr.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

OF_A_JOB = "AZUREML_RUN_ID"  # a variable that every job has
OF_A_CLUSTER = "DEFAULT_IDENTITY_CLIENT_ID"  # one that a job has if its cluster has an identity of its own
STORAGE = "https://storage.azure.com/.default"
ROLE = (
    "The default datastore has no key: give the cluster a managed identity, and that identity the role Storage Blob "
    "Data Contributor on the datastore's storage account."
)
NO_KEY = "None"  # how the SDK says that a datastore is read and written by identity


class MissingSecretError(RuntimeError):
    """A secret is nowhere; the message names the variables to set, and the names in the key vault."""


class MissingIdentityError(RuntimeError):
    """The job has no identity to read its inputs as; the message says what to give the cluster."""


@dataclass(frozen=True)
class ServicePrincipal:
    """The identity under which a core script reaches the workspace without a person to log in."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)


def service_principal() -> ServicePrincipal:
    """Return the service principal, or raise MissingSecretError with every part of it that is missing."""
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


def default_datastore() -> Any:
    """Return the workspace's default datastore; one without a key is reached as the identity of the cluster.

    Raises MissingIdentityError if it has none. Whether it has the role shows only when the datastore is read.
    """
    datastore = job_run().experiment.workspace.get_default_datastore()
    if datastore.credential_type == NO_KEY:
        from azure.identity import ManagedIdentityCredential

        identity = ManagedIdentityCredential(client_id=os.environ.get(OF_A_CLUSTER))
        try:
            identity.get_token(STORAGE)  # the client of the storage would ask again and again for minutes
        except Exception as error:
            raise MissingIdentityError(f"The cluster has no managed identity. {ROLE}") from error
        client = type(datastore.blob_service)  # the SDK's own copy of azure-storage-blob
        datastore.blob_service = client(datastore.blob_service.url, credential=identity)
    return datastore


def _read(secret: str, *variables: str) -> list[str]:
    """Return the values of the variables; an empty one counts as missing."""
    values = {variable: os.environ.get(variable, "") for variable in variables}
    if not all(values.values()) and OF_A_JOB in os.environ:
        values |= _in_key_vault([variable for variable, value in values.items() if not value])
    missing = [variable for variable, value in values.items() if not value]
    if missing:
        raise MissingSecretError(
            f"{secret} is not known: set the environment variable {', '.join(missing)}, or, for jobs, the secret "
            f"{', '.join(map(_name, missing))} in the workspace's key vault"
        )
    return list(values.values())


def _in_key_vault(variables: Sequence[str]) -> dict[str, str]:
    """Return what the key vault has for the variables; empty where it has nothing."""
    found = job_run().get_secrets([_name(variable) for variable in variables])
    return {variable: found.get(_name(variable)) or "" for variable in variables}


def _name(variable: str) -> str:
    """Return the variable's name as key vaults take it: they know no underscore."""
    return variable.lower().replace("_", "-")
