"""The application: the routes of all services, behind one check of faults, tokens and the workspace's name."""

import time
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from flask import Flask, Response, g, has_request_context, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from azureml_offline.model_management import models, scoring, services
from azureml_offline.resources import compute, environments, identity, keyvault, resource_manager
from azureml_offline.runs import experiments, history, jobs, local_runs, metrics, snapshots
from azureml_offline.server import absent, accepted
from azureml_offline.server.route_table import TABLE
from azureml_offline.storage import artifacts, blob_service, datastores
from azureml_offline.values import Request
from azureml_offline.workspace import faults
from azureml_offline.workspace.names import is_scoring_host
from azureml_offline.workspace.refusals import refusal, refuse
from azureml_offline.workspace.state import State, state

# fmt: off
SERVICES = (
    identity, resource_manager, compute, environments, keyvault,
    blob_service, artifacts, datastores,
    experiments, history, metrics, snapshots, jobs, local_runs,
    models, services, scoring,
)
# fmt: on
# Requests to these need no token of Azure: storage has signatures, web services have keys, the others come before it.
WITHOUT_TOKEN = ("identity.", "storage.", "resource_manager.discovery", "service_scoring.")
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class MatchingRule(Rule):
    """A route that is matched and never written: Werkzeug would compile how to build its URL, a third of a start."""

    def _compile_builder(self, _append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _build_nothing


class Body(dict[str, Any]):
    """An object in the JSON of a request; to ask for a key that it lacks refuses the request."""

    def __missing__(self, key: str) -> NoReturn:
        """Name the key."""
        if not has_request_context():  # the object has become part of a record, and this is a fault of ours
            raise KeyError(key)
        refuse(400, "UserError", f"The request {request.method} {request.path} needs the field {key}.")


class Json(DefaultJSONProvider):
    """Reads JSON into bodies, and leaves the order of keys as it is."""

    sort_keys = False

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Read a text."""
        return super().loads(s, object_hook=Body, **options)


def _build_nothing(*_: object, **__: object) -> tuple[str, str]:
    raise NotImplementedError("no URL of the workspace is built by the names of routes")


def build(workspace: State) -> Flask:
    """Build the services of a workspace as one application."""
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = MatchingRule
    app.config["STATE"] = workspace
    app.json = Json(app)
    for service in SERVICES:
        app.register_blueprint(service.routes)
    app.before_request(_admit)
    app.after_request(_keep)
    app.register_error_handler(HTTPException, _unknown)
    app.register_error_handler(OSError, _unusable)
    app.wsgi_app = _by_host(app)  # type: ignore[method-assign, assignment]  # Flask's way
    return app


def _by_host(app: Flask) -> Application:
    """Route by host first: the storage account and web services have paths that a service's could be, too."""
    application = app.wsgi_app

    def lead(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        workspace: State = app.config["STATE"]
        host = environ.get("HTTP_HOST", "").partition(":")[0]
        if host == workspace.names.blob_host:
            environ["PATH_INFO"] = f"/blobs{environ['PATH_INFO']}"
        elif is_scoring_host(host):
            environ["PATH_INFO"] = f"{scoring.PREFIX}/{host}{environ['PATH_INFO']}"
        return application(environ, start)

    return lead


def _admit() -> None:
    """Let the current request pass, or end it; a planted fault comes before any check."""
    g.started = time.perf_counter()
    if fault := state().faults.take(request.method, request.path):
        g.fault, g.token_seconds = fault, fault.token_seconds
        faults.happen(fault)
    if request.endpoint is None:
        return  # no route: Flask calls _unknown
    if not request.endpoint.startswith(WITHOUT_TOKEN):
        identity.check(state())
    _check_workspace()
    if not request.endpoint.startswith(accepted.TABLE_FREE):
        accepted.check(TABLE[request.endpoint.partition("/")[0]])


def _check_workspace() -> None:
    """Compare the three names in the path with the workspace's, and take them out of the arguments of the route."""
    values, names = request.view_args or {}, state().names
    if "workspace" not in values:
        return
    asked = [values.pop(key) for key in ("subscription", "resource_group", "workspace")]
    if asked != [names.subscription, names.resource_group, names.workspace]:
        path = f"Microsoft.MachineLearningServices/workspaces/{asked[2]}"
        refuse(404, "ResourceNotFound", f"The Resource '{path}' under resource group '{asked[1]}' was not found.")


def _keep(response: Response) -> Response:
    """Keep the request for `OfflineWorkspace.requests`; lose its answer if a fault says so."""
    # Here and not before the route: the request has been served, which is the point of `after`.
    if "fault" in g and g.fault.after:
        response = faults.instead(g.fault) or response
    seconds = time.perf_counter() - g.started
    rule = str(request.url_rule or "")
    state().requests.append(
        Request(request.method, request.host, request.path, response.status_code, rule, round(seconds, 6))
    )
    return response


def _unknown(error: HTTPException) -> HTTPException | Response:
    """Name an unknown route with 501: the SDK takes 404 for "there is none", and tries other statuses again."""
    if error.code not in (404, 405):
        return error
    return refusal(501, "UnknownRoute", absent.explain(request.method, request.path))


def _unusable(error: OSError) -> Response:
    """Name a file that cannot be kept: its name is too long, or one folder of its path is a file."""
    return refusal(400, "UserError", f"{type(error).__name__}: {error}")
