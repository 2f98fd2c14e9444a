"""Models: versions under a name, with tags and properties that may change. Assets name their files (artifacts)."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.model_management import pages
from azureml_offline.workspace.names import WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, now, state
from azureml_offline.workspace.web_service import Endpoint, Service

routes = Blueprint("models", __name__, url_prefix=f"/modelmanagement/v1.0{WORKSPACE}")
# The SDK fails without these keys; null will do.
OPTIONAL = (
    "description",
    "framework",
    "frameworkVersion",
    "runId",
    "experimentName",
    "sampleInputData",
    "sampleOutputData",
    "resourceRequirements",
    "derivedModelIds",
    "parentModelId",
)
RESOURCES = ("cpu", "memoryInGB", "gpu")
EXACT = ("name", "runId", "framework")
LABELS = {"tags": "kvTags", "tag": "kvTags", "properties": "properties"}  # of the query, to keys of a model


@routes.post("/assets")
def create_asset() -> Response:
    """Create an asset: a named set of artifacts."""
    asset = request.get_json() | {"id": identifier(), "createdTime": now()}
    state().assets[asset["id"]] = asset
    return jsonify(asset)


@routes.get("/assets")
def assets() -> Response:
    """List the assets of that name and that run."""
    name, run = request.args.get("name"), request.args.get("runId")
    found = list(state().assets.values())
    found = [one for one in found if name in (None, one["name"]) and run in (None, one.get("runid"))]
    return jsonify(value=found)


@routes.get("/assets/<asset>")
def read_asset(asset: str) -> Response:
    """Return an asset."""
    return jsonify(state().assets.get(asset) or not_found(f"Asset {asset}"))


@routes.post("/models")
def register() -> Response:
    """Register the next version under the name."""
    body = request.get_json()
    with state().lock:
        version = 1 + max((one["version"] for one in state().models.values() if one["name"] == body["name"]), default=0)
        new = {"id": f"{body['name']}:{version}", "version": version, "createdTime": now(), "modifiedTime": now()}
        model = dict.fromkeys(OPTIONAL) | {"kvTags": {}, "properties": {}} | body | new
        model["createdBy"] = {"userName": "offline"}
        if model["resourceRequirements"]:  # the SDK leaves out null, and misses it when it reads
            model["resourceRequirements"] = dict.fromkeys(RESOURCES) | model["resourceRequirements"]
        state().models[model["id"]] = model
    return jsonify(model)


@routes.get("/models")
def models() -> Response:
    """List the versions that the query asks for, newest first."""
    wanted = request.args
    found = [one for one in reversed(list(state().models.values())) if _fits(one)]
    if wanted.get("latestVersionOnly", "").lower() == "true":
        found = list({one["name"]: one for one in reversed(found)}.values())
    return jsonify(pages.page(found))


def _fits(model: Json) -> bool:
    wanted = request.args
    exact = all(model[key] == wanted[key] for key in EXACT if key in wanted)
    return exact and all(pages.has(model[key], wanted[label]) for label, key in LABELS.items() if label in wanted)


@routes.get("/models/<model>")
def read(model: str) -> Response:
    """Return a version by its id, "name:version"."""
    return jsonify(state().models.get(model) or not_found(f"Model {model}"))


@routes.patch("/models/<model>")
def change(model: str) -> Response:
    """Change a version by JSON patch; tags and properties change one at a time."""
    found = state().models.get(model) or not_found(f"Model {model}")
    with state().lock:
        for step in request.get_json():
            _apply(found, step)
        found["modifiedTime"] = now()
    return jsonify(found)


def _apply(model: Json, step: Json) -> None:
    """Apply a step of a JSON patch; its pointer escapes slashes and tildes in keys."""
    first, _, rest = step["path"].strip("/").partition("/")
    field, key = LABELS.get(first, first), rest.replace("~1", "/").replace("~0", "~")
    target, name = (model[field], key) if rest else (model, field)
    if step["op"] == "remove":
        target.pop(name, None)
    else:
        target[name] = step.get("value")


@routes.delete("/models/<model>")
def delete(model: str) -> Response:
    """Delete a version that no web service uses; its files stay."""
    with state().lock:
        users = [name for name, one in state().services.items() if model in _models_of(one)]
        if users:
            message = f"The model {model} is used by the web services {', '.join(users)}; delete them first."
            refuse(412, "DeletionRequired", message)
        state().models.pop(model, None) or not_found(f"Model {model}")
    return Response()


def _models_of(service: Service) -> list[str]:
    """List the ids of the models that a service has, or an endpoint in its versions."""
    parts = [*service.versions.values()] if isinstance(service, Endpoint) else [service]
    return [each["id"] for part in parts for each in part.record["models"]]
