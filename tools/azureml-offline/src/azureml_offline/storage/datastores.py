"""Datastores: only the default one, a container of the storage account."""

import base64

from flask import Blueprint, Response, jsonify

from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, state

routes = Blueprint("datastores", __name__, url_prefix=f"/datastore/v1.0{WORKSPACE}")
DEFAULT = "workspaceblobstore"


def _default() -> Json:
    names = state().names
    key = None if state().identity_based else base64.b64encode(names.signature.encode()).decode()
    section = {
        "accountName": names.account,
        "containerName": "datastore",
        "endpoint": "core.windows.net",
        "protocol": "https",
        "credentialType": "AccountKey" if key else "None",
        "credential": key,
        "accountKey": key,
        "sasToken": None,
        "isSas": False,
        "blobCacheTimeout": None,
        "subscriptionId": names.subscription,
        "resourceGroup": names.resource_group,
    }
    kind = {"name": DEFAULT, "dataStoreType": "AzureBlob", "hasBeenValidated": True, "tags": {}}
    return kind | {"azureStorageSection": section}


@routes.get("/default")
def default() -> Response:
    """Return the default datastore."""
    return jsonify(_default())


@routes.get("/datastores")
def datastores() -> Response:
    """List all datastores: there is one."""
    return jsonify(value=[_default()])


@routes.get("/datastores/<name>")
def read(name: str) -> Response:
    """Return a datastore."""
    return jsonify(_default() if name == DEFAULT else not_found(f"Datastore {name}"))
