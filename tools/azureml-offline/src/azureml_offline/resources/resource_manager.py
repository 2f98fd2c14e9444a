"""Azure Resource Manager: the subscription, the workspace, asynchronous operations, and discovery of the services."""

import re
import uuid

from flask import Blueprint, Response, jsonify, request

from azureml_offline.workspace.names import LOCATION, MANAGEMENT_HOST, SERVICES, WORKSPACE
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.state import Json, now, state

routes = Blueprint("resource_manager", __name__)
KIND = "Microsoft.MachineLearningServices/workspaces"
SERVICE_NAMES = ("api", "experimentation", "history", "hyperdrive", "modelmanagement", "studio")


@routes.get("/subscriptions")
def subscriptions() -> Response:
    """List the subscriptions: there is one."""
    names = state().names
    one = {"id": f"/subscriptions/{names.subscription}", "subscriptionId": names.subscription}
    return jsonify(value=[{**one, "displayName": "Offline", "state": "Enabled", "tenantId": names.tenant}])


@routes.get("/subscriptions/<subscription>/resources")
def resources(subscription: str) -> Response:
    """List the resources of the type that the filter names: the workspace is the one there is."""
    _require(subscription)
    wanted = re.fullmatch(r"\s*resourceType eq '([^']+)'\s*", request.args.get("$filter", ""))
    if not wanted:
        refuse(400, "InvalidFilterInQueryString", "The offline workspace lists resources by resourceType alone.")
    names, kind = state().names, wanted[1]
    one = {"id": names.scope, "name": names.workspace, "type": KIND, "location": LOCATION}
    return jsonify(value=[one] if kind.lower() == KIND.lower() else [])


@routes.get("/subscriptions/<subscription>/providers/Microsoft.MachineLearningServices/workspaces")
@routes.get(
    "/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.MachineLearningServices/workspaces"
)
def workspaces(subscription: str, group: str = "") -> Response:
    """List the workspaces of a subscription or of one of its resource groups: there is one."""
    _require(subscription)
    if group and group != state().names.resource_group:
        refuse(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    return jsonify(value=[_describe()])


def _require(subscription: str) -> None:
    if subscription != state().names.subscription:
        refuse(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


@routes.get(WORKSPACE)
def workspace() -> Response:
    """Describe the workspace."""
    return jsonify(_describe())


def _describe() -> Json:
    names = state().names
    providers = names.scope.partition("/providers/")[0] + "/providers"
    return {
        "id": names.scope,
        "name": names.workspace,
        "location": LOCATION,
        "type": KIND,
        "tags": {},
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": names.client, "tenantId": names.tenant},
        "properties": {
            "workspaceId": names.workspace_id,
            "friendlyName": names.workspace,
            "description": "",
            "creationTime": now(),
            "provisioningState": "Succeeded",
            "discoveryUrl": f"{SERVICES}/discovery/workspaces/{names.workspace_id}",
            "storageAccount": f"{providers}/Microsoft.Storage/storageAccounts/{names.account}",
            "keyVault": f"{providers}/Microsoft.Keyvault/vaults/{names.account}",
            "applicationInsights": f"{providers}/Microsoft.insights/components/{names.account}",
            "hbiWorkspace": False,
        },
    }


@routes.get("/discovery/workspaces/<_workspace_id>")
def discovery(_workspace_id: str) -> Response:
    """Say where the workspace's services are: all behind one host. Needs no token."""
    return jsonify(dict.fromkeys(SERVICE_NAMES, SERVICES))


def operation_headers() -> dict[str, str]:
    """Return the header of an answer whose work goes on; the SDK polls the URL in it."""
    url = f"https://{MANAGEMENT_HOST}/operations/{uuid.uuid4()}?api-version=2018-11-19"
    return {"Azure-AsyncOperation": url}


@routes.get("/operations/<operation>")
def operation(operation: str) -> Response:
    """Report the state of an operation: nothing takes time here."""
    return jsonify(name=operation, status="Succeeded")
