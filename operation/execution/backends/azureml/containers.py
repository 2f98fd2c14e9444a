"""The storage behind a datastore, as who signed in reaches it: by the key that the workspace keeps, or by identity."""

from typing import Any

from operation.execution.backends.azureml.workspace import Connection

SCOPE = "https://storage.azure.com/.default"
NO_KEY = "None"  # how the SDK says that a datastore is read and written by identity


def container(connection: Connection, datastore: Any) -> Any:
    """The client of the datastore's container: a ContainerClient of azure-storage-blob, of which the SDK has a copy.

    Without a key, who signed in needs a role on the storage account, which is not looked at here.

    Raises:
        OperationError: there is no token for storage.
    """
    service = datastore.blob_service
    if datastore.credential_type == NO_KEY:
        connection.call("sign in to the storage account", lambda: connection.credential.get_token(SCOPE))
        service = type(service)(service.url, credential=connection.credential)  # it would ask for minutes by itself
    return service.get_container_client(datastore.container_name)
