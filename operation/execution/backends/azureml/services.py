"""Web services of the workspace: a registered version behind an address, in a container group (ACI) or a cluster (AKS).

`src/score.py` answers there, in the environment of a conda file. Clients need one of the service's two keys.
"""

import hashlib
import io
import json
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml import job_definition, service_failures
from operation.execution.backends.azureml.environments import register
from operation.execution.backends.azureml.sdk_failures import call, is_missing, status_of
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.temporary import temporary_folder
from operation.execution.values import Command, Health, Hosting, ModelVersion, Service, ServiceState

if TYPE_CHECKING:
    from azureml.core import Webservice

SCRIPT = "score.py"
ALL = 100  # percent
STATES: Mapping[str, ServiceState] = {"Healthy": "ready", "Failed": "failed", "Unhealthy": "failed"}
Keys = tuple[str | None, str | None]
NO_KEYS: Keys = (None, None)  # Azure ML makes them


class Services:
    """Services are known by their names: lower-case letters, digits and dashes, 3 to 32 of them."""

    def __init__(self, connection: Connection, source: Path, command: Command) -> None:
        """Touch nothing yet; `source` is the folder of the script and of all that it imports.

        `command` writes the commands that messages name.
        """
        self._connection, self._source, self._command = connection, source, command

    def check(self, name: str, hosting: Hosting, share: int) -> None:
        """Raise OperationError for a share of the traffic: here one version serves at a time."""
        del hosting
        if share not in (0, ALL):
            raise OperationError(f"The service {name} cannot divide its traffic. Leave out --traffic {share}.")

    def deploy(self, name: str, model: ModelVersion, environment: Path, hosting: Hosting) -> Service:
        """Serve the version, whatever the service served before; its address and keys stay.

        Raises:
            OperationError: there is no such version, or the service did not come up: with the end of its log.
        """
        from azureml.core import Model
        from azureml.core.model import InferenceConfig

        workspace, asked = self._connection.workspace, f"{model.name} version {model.version}"
        found = _find(f"find {asked}", lambda: Model(workspace, model.name, version=model.version))
        if found is None:
            raise OperationError(f"The workspace has no {asked}. See: {self._command('models')}")
        keys = self._keys(name, hosting)
        registered = register(self._connection, job_definition.read_environment(environment))
        tags = {"model": f"{model.name}:{model.version}", "run": model.run}
        with temporary_folder() as folder, _quiet():
            source = self._copy(folder)

            def ask() -> Any:
                """Ask the SDK, which first checks all that it is given."""
                code = InferenceConfig(entry_script=SCRIPT, source_directory=str(source), environment=registered)
                config = _configure(hosting, _label(name, self._connection.settings), tags, keys)
                return Model.deploy(workspace, name, [found], code, config, overwrite=True)

            # Repeatable, as `overwrite` updates a service that an attempt with a lost answer has made.
            service = call(f"deploy the service {name}", ask)
            service_failures.wait(service)
        return _as_service(service)

    def switch(self, name: str, traffic: Mapping[int, int]) -> Service:
        """Return the service; raises OperationError unless the version that serves takes all, as it does."""
        found = _as_service(self._require(name))
        if {version: share for version, share in traffic.items() if share} != dict(found.traffic):
            raise OperationError(f"The service {name} cannot divide its traffic: deploy the version that is to serve.")
        return found

    def health(self, name: str, version: int) -> Health:
        """Raise OperationError: Azure ML does not count here."""
        raise OperationError(f"Azure ML does not count the answers of {name} version {version}.")

    def score(self, name: str, payload: Any, version: int | None = None) -> Any:
        """Return what the script returns for the payload, anything that JSON holds.

        Raises:
            OperationError: there is no such service, it does not answer, or its script failed: with the end of its log.
        """
        service = self._require(name, version)
        try:
            return call(f"score with the service {name}", lambda: service.run(json.dumps(payload)), pauses=())
        except OperationError as error:
            if error.__cause__ and status_of(error.__cause__) in (
                500,
                502,
            ):  # the SDK has tried four times: the script fails for this
                raise OperationError(
                    f"{SCRIPT} failed in the service {name}.{service_failures.end_of_log(service)}"
                ) from error
            raise

    def log(self, name: str, version: int | None = None) -> str:
        """Return what the service's script has printed."""
        return str(call(f"read the log of the service {name}", self._require(name, version).get_logs))

    def delete(self, name: str, version: int | None = None) -> None:
        """Delete the service, if it is there."""
        service = self._there(name)
        if service and (version is None or version in _as_service(service).traffic):
            with _quiet():
                call(f"delete the service {name}", service.delete)

    def find(self, name: str) -> Service | None:
        """Find the service of that name."""
        found = self._there(name)
        return _as_service(found) if found else None

    def list(self) -> Sequence[Service]:
        """List the services of the workspace, sorted by name."""
        from azureml.core import Webservice

        found = call("list the services", lambda: Webservice.list(self._connection.workspace))
        return sorted(map(_as_service, found), key=lambda one: one.name)

    def _there(self, name: str) -> "Webservice | None":
        from azureml.core import Webservice

        return _find(f"find the service {name}", lambda: Webservice(self._connection.workspace, name))

    def _require(self, name: str, version: int | None = None) -> "Webservice":
        from azureml.core import Webservice

        if found := self._there(name):
            if version is None or version in _as_service(found).traffic:
                return found
            raise OperationError(f"The service {name} does not serve version {version}. Deploy it.")
        known = call("list the services", lambda: Webservice.list(self._connection.workspace))
        names = ", ".join(sorted(one.name for one in known)) or "none"
        raise OperationError(f"The workspace has no service {name} (it has: {names}). Deploy it, or name one of these.")

    def _keys(self, name: str, hosting: Hosting) -> Keys:
        """Read the keys that the service has: its clients know them, so a new deployment must keep them."""
        there = self._there(name)
        if there is None:
            return NO_KEYS
        if there.compute_type != (kind := _kind(hosting)):
            raise OperationError(
                f"The service {name} is one of {there.compute_type}, and cannot become one of {kind}. "
                "Delete it first, or give the new one another name."
            )
        first, second = call(f"read the keys of the service {name}", there.get_keys)
        return first, second

    def _copy(self, folder: Path) -> Path:
        """Copy the files that travel: the SDK would take all."""
        for file in job_definition.list_code(self._source):
            copy = folder / self._source.name / file.relative_to(self._source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
        return folder / self._source.name


def _as_service(found: Any) -> Service:
    """Translate the SDK's service; the tag that `deploy` sets says which version it serves."""
    version = (found.tags or {}).get("model", "").rpartition(":")[2]
    state = STATES.get(found.state, "starting")
    return Service(found.name, str(found.scoring_uri), {int(version): ALL} if version.isdigit() else {}, state)


def _kind(hosting: Hosting) -> str:
    """Name the kind of service as Azure ML does."""
    return "AKS" if hosting.cluster else "ACI"


def _configure(hosting: Hosting, label: str, tags: Mapping[str, str], keys: Keys) -> Any:
    """Make the SDK's object for a service with these keys; `label` is for a container group."""
    from azureml.core.webservice import AciWebservice, AksWebservice

    shared = {"cpu_cores": hosting.cpu_cores, "memory_gb": hosting.memory_gb, "tags": dict(tags), "auth_enabled": True}
    shared |= {"primary_key": keys[0], "secondary_key": keys[1]}
    if hosting.cluster:
        return AksWebservice.deploy_configuration(compute_target_name=hosting.cluster, **shared)
    return AciWebservice.deploy_configuration(dns_name_label=label, **shared)


def _label(name: str, settings: AzureMLSettings) -> str:
    """Build the first part of the host of a container group: the same each time, and unique in the region."""
    workspace = f"{settings.subscription_id}/{settings.resource_group}/{settings.workspace}"
    return f"{name}-{hashlib.sha256(workspace.encode()).hexdigest()[:8]}"


def _find(doing: str, do: Callable[[], Any]) -> Any:
    """Call `do`; return None if there is no such thing."""
    try:
        return call(doing, do)
    except OperationError as error:
        if error.__cause__ and is_missing(error.__cause__):
            return None
        raise


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the SDK: it prints dots, and warns at each deployment that it will not be maintained for ever."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore", FutureWarning)
        yield
