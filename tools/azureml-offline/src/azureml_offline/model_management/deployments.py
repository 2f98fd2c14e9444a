"""Deploy web services: lay out the files, find or build the environment, start the script; or report why not."""

import sys
from pathlib import Path
from threading import Thread

from azureml_offline.model_management import inference_server, scoring_program, service_files
from azureml_offline.model_management.service_records import ACI
from azureml_offline.resources import environment_builds
from azureml_offline.storage import artifacts, blobs
from azureml_offline.workspace import processes
from azureml_offline.workspace.names import identifier
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.state import Json, State, now
from azureml_offline.workspace.web_service import GoneError, Operation, Service

CRASHED = (
    "Your container application crashed. This may be caused by errors in your scoring file's init() function. Please "
    "check the logs for your container instance: {name}. From the AML SDK, you can run print(service.get_logs()) if "
    "you have service object to fetch the logs."
)


def begin(workspace: State, service: Service) -> Operation:
    """Start a deployment of the service as its record says, in a thread of its own.

    The caller holds the workspace's lock. Refuses the current request if the workspace is about to end.
    """
    if workspace.closing.is_set():  # under the lock: whoever ends the workspace will not see a later thread
        refuse(503, "ServiceUnavailable", "The offline workspace is stopping.")
    # From here on older deployments of the service are out of date: they find another id than theirs, and give up.
    operation = Operation(_record(service))
    service.deployment = operation.id
    workspace.operations[operation.id] = operation
    thread = Thread(target=_work, args=(workspace, service, operation), daemon=True)
    workspace.deployments.append(thread)
    thread.start()
    return operation


def ended(workspace: State, service: Service) -> Operation:
    """Return an operation that has ended well: for the changes that take no time here."""
    operation = Operation(_record(service) | {"state": "Succeeded", "endTime": now()})
    operation.ended.set()
    workspace.operations[operation.id] = operation
    return operation


def _record(service: Service) -> Json:
    return {
        "id": identifier(),
        "operationType": "Service",
        "resourceLocation": f"/api/services/{service.name}",
        "state": "Running",
        "createdTime": now(),
        "error": None,
        "operationLog": None,
        "operationDetails": {"subOperationType": "DeployService", "subOperationState": "Running"},
    }


def _work(workspace: State, service: Service, operation: Operation) -> None:
    """Follow the deployment to its end, whatever that is."""
    try:
        ready = _bring_up(workspace, service, operation)
        error = None if ready else _crash(service)
        end(workspace, service, operation, error)
    except GoneError:
        operation.record["state"] = "Cancelled"
    except environment_builds.BuildError as error:
        operation.record["operationDetails"]["subOperationType"] = "BuildEnvironment"
        end(workspace, service, operation, _failure("EnvironmentBuildFailed", str(error)))
    except Exception as error:  # noqa: BLE001  the SDK waits for ever for a deployment without an end
        end(workspace, service, operation, _failure("InternalServerError", f"{type(error).__name__}: {error}"))
    finally:
        operation.ended.set()  # after the record has its outcome: whoever wakes up reads it


def _bring_up(workspace: State, service: Service, operation: Operation) -> bool:
    """Start the script; let it answer as soon as `init()` has returned. False if that failed."""
    request, kind = service.record["environmentImageRequest"], service.record["computeType"]
    # A folder for each deployment: the script that still answers goes on reading the files of its own.
    folder = workspace.folder / "services" / operation.id
    root = folder / "azureml-app"
    root.mkdir(parents=True)
    models = service_files.lay_out(workspace, request, root)
    python = _python(workspace, request, operation)
    if kind == ACI:
        service.switch(
            operation.id, None
        )  # ACI replaces the container group; in AKS the old service answers until the new one can
    service.log = folder / "log.txt"  # from now on: while an environment is built, the old script's log is the newest
    environment = _environment(workspace, service, python, root, models)
    by_server = inference_server.has_server(python)
    command = [*_command(service, python, root), *(["server"] if by_server else [])]
    process = service.start(operation.id, command, root, environment, service.log, by_server)
    ready = process.is_ready()
    if ready:
        service.switch(operation.id, process)
    return ready


def _python(workspace: State, request: Json, operation: Operation) -> Path:
    """Return the interpreter of the service's environment, which may have to be built first."""
    if workspace.reuse_environment:
        return Path(sys.executable)
    specification = environment_builds.specification_of(request.get("environment"))
    path = f"ImageLogs/{operation.id}/build.log"
    log = blobs.file(workspace, artifacts.CONTAINER, path)
    log.parent.mkdir(parents=True)
    operation.record["operationLog"] = blobs.url(workspace, artifacts.CONTAINER, path)
    return environment_builds.build(specification, workspace.folder / "environments", log)


def _asked(service: Service) -> dict[str, str]:
    """Return the environment variables of the request; the SDK names the scoring script in them."""
    environment = service.record["environmentImageRequest"].get("environment") or {}
    return {name: str(value) for name, value in (environment.get("environmentVariables") or {}).items()}


def _command(service: Service, python: Path, root: Path) -> list[str]:
    variables = _asked(service)
    script, source = variables["AZUREML_ENTRY_SCRIPT"], variables.get("AZUREML_SOURCE_DIRECTORY", "")
    seconds = (service.record.get("scoringTimeoutMs") or 0) / 1000
    return [str(python), scoring_program.__file__, str(root), str(root / source), str(root / script), str(seconds)]


def _environment(workspace: State, service: Service, python: Path, root: Path, models: Path) -> dict[str, str]:
    limit = service.record.get("scoringTimeoutMs")
    return {
        **processes.inherit(),
        **({"SCORING_TIMEOUT_MS": str(limit)} if limit else {}),
        **_asked(service),
        **workspace.client,
        "PATH": processes.search_path(python),
        "HOME": str(root.parent),
        "PYTHONUNBUFFERED": "1",
        "AML_APP_ROOT": str(root),
        "AZUREML_MODEL_DIR": str(models),
        "SERVICE_NAME": service.name,
        "WORKSPACE_NAME": workspace.names.workspace,
    }


def end(workspace: State, service: Service, operation: Operation, error: Json | None) -> None:
    """Record how the deployment went; the service's state changes only with its newest deployment."""
    with workspace.lock:
        newest = service.deployment == operation.id
        outcome = "Failed" if error else "Succeeded"
        operation.record |= {"state": outcome if newest else "Cancelled", "error": error, "endTime": now()}
        if newest:
            service.record |= {"state": "Failed" if error else "Healthy", "error": error, "updatedTime": now()}


def _crash(service: Service) -> Json:
    message = CRASHED.format(name=service.name)
    where = "Aci" if service.record["computeType"] == ACI else "Kubernetes"
    detail = {"code": "CrashLoopBackOff", "message": message}
    return _failure(f"{where}DeploymentFailed", f"{where} Deployment failed with exception: {message}", detail)


def _failure(code: str, message: str, *details: Json) -> Json:
    return {"code": code, "statusCode": 400, "message": message, "details": list(details)}
