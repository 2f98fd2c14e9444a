"""Web services of the workspace: registered versions behind an address, in container groups (ACI) or a cluster (AKS).

`src/score.py` answers there, in the environment of a conda file. Clients need one of the service's two keys.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends.azureml import container_groups, endpoints, service_failures, service_settings
from operation.execution.backends.azureml.container_groups import NEXT, ContainerGroups
from operation.execution.backends.azureml.endpoints import ALL, Endpoints
from operation.execution.backends.azureml.scoring_code import SCRIPT, ScoringCode, find, quiet
from operation.execution.backends.azureml.sdk_failures import call, status_of
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import Serving
from operation.execution.values import PROBE, Command, Health, Hosting, ModelVersion, Service, ServiceState

if TYPE_CHECKING:
    from azureml.core import Webservice

STATES: Mapping[str, ServiceState] = {"Healthy": "ready", "Failed": "failed", "Unhealthy": "failed"}
SECONDS = 60  # until a request must have been answered
LONGEST = 32 - len(NEXT)  # characters of a service's name
NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")


def check_name(name: str) -> None:
    """Raise OperationError for a name that Azure refuses, or that a service which waits would have."""
    if not 3 <= len(name) <= LONGEST or not NAME.fullmatch(name) or name.endswith(NEXT):
        raise OperationError(
            f"The service {name} cannot be called that: take 3 to {LONGEST} lower-case letters, digits and dashes, "
            f"a letter first and no dash or {NEXT} at the end, with serving.service."
        )


@dataclass(frozen=True)
class Door:
    """Where requests go: the name of the service, its address and a key."""

    place: str
    address: str
    key: str = field(repr=False)

    def ask(self, payload: Any) -> Any:
        """Send the payload, and return the answer; what requests raises says which status it had."""
        import requests  # comes with the SDK

        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        headers["x-ms-request-id"] = f"{PROBE}{uuid4().hex}"
        answer = requests.post(self.address, data=json.dumps(payload), headers=headers, timeout=SECONDS)
        if not answer.ok:
            raise requests.HTTPError(f"HTTP {answer.status_code}: {answer.text}", response=answer)
        return answer.json()


class Services:
    """Services are known by their names: lower-case letters, digits and dashes, 3 to LONGEST of them."""

    replaces = False
    unused: Sequence[str] = service_settings.UNUSED

    def __init__(self, connection: Connection, source: Path, settings: Serving, command: Command) -> None:
        """Touch nothing yet; `source` is the folder of the script and of all that it imports.

        `command` writes the commands that messages name.
        """
        self._connection, self._code = connection, ScoringCode(connection, source, command)
        self._settings, self._command = settings, command
        self._doors: dict[tuple[str, int | None], Door] = {}
        self._groups = ContainerGroups(connection, self._code)
        self._endpoints = Endpoints(connection, self._code, service_settings.timeout(settings))

    def check(self, name: str, hosting: Hosting, share: int) -> None:
        """Raise OperationError for a refused name, a key, a share that the host cannot give, or another kind."""
        check_name(name)
        service_settings.check_key(self._settings, self._command)
        if share not in (0, ALL) and not hosting.cluster:
            raise OperationError(
                f"The service {name} runs in a container group (ACI), which cannot divide its traffic. "
                f"Leave out --traffic {share}, or set backend.hosting.cluster to a cluster of Kubernetes."
            )
        self._require_cluster(hosting.cluster)
        there = self._there(name)
        if there and there.compute_type != (kind := endpoints.KIND if hosting.cluster else container_groups.KIND):
            raise OperationError(
                f"The service {name} is one of {there.compute_type}, and cannot become one of {kind}. "
                "Delete it first, or give the new one another name."
            )

    def deploy(self, name: str, model: ModelVersion, environment: Path, hosting: Hosting) -> Service:
        """Start the version beside those that serve, with no traffic; all of it in a new service.

        Raises:
            OperationError: there is no such version, or it did not come up: with the end of its log, and gone again.
        """
        self.check(name, hosting, ALL)
        self._doors.clear()
        registered = self._code.register(environment, service_settings.variables(self._settings, model))
        host = self._endpoints if hosting.cluster else self._groups
        host.deploy(name, model, registered, hosting)
        return self._require_service(name)

    def switch(self, name: str, traffic: Mapping[int, int]) -> Service:
        """Divide the traffic; a container group gives all of it to one version, and does not answer meanwhile.

        Raises:
            OperationError: the percents do not sum to 100, a version is not there, or the host cannot divide traffic.
        """
        if sum(traffic.values()) != ALL or min(traffic.values()) < 0:
            raise OperationError(f"The traffic of the service {name} must sum to {ALL} percent, not {dict(traffic)}.")
        self._doors.clear()  # the versions of a container group change their places
        if self._is_endpoint(self._require(name)):
            self._endpoints.switch(name, traffic)
        elif ALL not in traffic.values():
            raise OperationError(f"The service {name} cannot divide its traffic: give one version all of it.")
        else:
            self._groups.switch(name, next(version for version, share in traffic.items() if share))
        return self._require_service(name)

    def is_current(self, name: str, version: int) -> bool:
        """Say yes: keys belong to the service, not to a version."""
        del name, version
        return True

    def health(self, name: str, version: int) -> Health:
        """Say that nothing was counted, for Azure ML counts no answers; raise OperationError if the version failed."""
        service, _ = self._serving(name, version)
        service = self._endpoints.version(name, version) if self._is_endpoint(service) else service
        if service.state in ("Failed", "Unhealthy"):
            log = service_failures.end_of_log(self._require(name))
            raise OperationError(f"Version {version} of the service {name} is {service.state}.{log}")
        return Health(0, 0, 0.0)

    def score(self, name: str, payload: Any, version: int | None = None) -> Any:
        """Return what the script returns for the payload, anything that JSON holds.

        Where the service is and its key are asked once: a client knows them, too, and does not ask each time.

        Raises:
            OperationError: there is no such service, it does not answer, or its script failed: with the end of its log.
        """
        door = self._doors.get((name, version)) or self._open(name, version)
        try:
            return call(f"score with the service {door.place}", lambda: door.ask(payload), pauses=())
        except OperationError as error:
            self._doors.pop((name, version), None)
            if error.__cause__ and status_of(error.__cause__) in (500, 502):
                log = service_failures.end_of_log(self._require(door.place))
                raise OperationError(f"{SCRIPT} failed in the service {door.place}.{log}") from error
            raise

    def _open(self, name: str, version: int | None) -> "Door":
        service, place = self._serving(name, version)
        direct = version is not None and self._is_endpoint(service)
        address = self._endpoints.address(name, version or 0) if direct else str(service.scoring_uri)
        key, _ = call(f"read the keys of the service {place}", service.get_keys)
        door = self._doors[name, version] = Door(place, address, key)
        return door

    def log(self, name: str, version: int | None = None) -> str:
        """Return what the service's script has printed; of an endpoint, Azure ML keeps one log for all versions."""
        service, place = self._serving(name, version)
        return str(call(f"read the log of the service {place}", service.get_logs))

    def delete(self, name: str, version: int | None = None) -> None:
        """Delete the service with all of its versions, or one that takes no traffic, if it is there."""
        self._doors.clear()
        found = self.find(name)
        if found is None or (version is not None and version not in found.traffic):
            return
        if version is not None and found.traffic[version] and len(found.traffic) > 1:
            raise OperationError(f"Version {version} of the service {name} takes traffic: switch to another first.")
        if self._is_endpoint(self._require(name)):
            whole = version is None or len(found.traffic) == 1
            self._endpoints.delete(name) if whole else self._endpoints.delete_version(name, version or 0)
        else:
            self._groups.delete(f"{name}{NEXT}")
            if version is None or found.traffic[version]:
                self._groups.delete(name)

    def find(self, name: str) -> Service | None:
        """Find the service of that name."""
        found = self._there(name)
        return self._as_service(found, self._there(f"{name}{NEXT}")) if found else None

    def list(self) -> Sequence[Service]:
        """List the services of the workspace, sorted by name; one that waits is part of the one it waits for."""
        found = {one.name: one for one in self._listed()}
        waiting = {f"{name}{NEXT}" for name in found}
        return [
            self._as_service(found[name], found.get(f"{name}{NEXT}")) for name in sorted(found) if name not in waiting
        ]

    def _as_service(self, found: Any, waiting: Any) -> Service:
        """Translate the SDK's service, and the one that waits to take its place."""
        shares = (
            endpoints.traffic_of(found) if self._is_endpoint(found) else container_groups.traffic_of(found, waiting)
        )
        note = (found.error or {}).get("message", "") if found.state != "Healthy" else ""
        return Service(found.name, str(found.scoring_uri), shares, STATES.get(found.state, "starting"), note)

    def _is_endpoint(self, found: "Webservice") -> bool:
        return bool(found.compute_type == endpoints.KIND)

    def _serving(self, name: str, version: int | None) -> "tuple[Webservice, str]":
        """Return the service that serves the version, and its name."""
        service = self._require(name)
        traffic = self._require_service(name).traffic
        if version is not None and version not in traffic:
            raise OperationError(f"The service {name} does not serve version {version}. Deploy it.")
        waits = version is not None and not traffic[version] and not self._is_endpoint(service)
        place = f"{name}{NEXT}" if waits else name
        return self._require(place), place

    def _there(self, name: str) -> "Webservice | None":
        from azureml.core import Webservice

        with quiet():
            return find(f"find the service {name}", lambda: Webservice(self._connection.workspace, name))

    def _listed(self) -> "Sequence[Webservice]":
        from azureml.core import Webservice

        with quiet():
            found: Sequence[Webservice] = call("list the services", lambda: Webservice.list(self._connection.workspace))
        return found

    def _require(self, name: str) -> "Webservice":
        if found := self._there(name):
            return found
        names = ", ".join(sorted(one.name for one in self._listed())) or "none"
        raise OperationError(f"The workspace has no service {name} (it has: {names}). Deploy it, or name one of these.")

    def _require_service(self, name: str) -> Service:
        found = self._require(name)
        return self._as_service(found, self._there(f"{name}{NEXT}"))

    def _require_cluster(self, cluster: str) -> None:
        """Raise OperationError unless the workspace has the cluster, or none is wanted."""
        from azureml.core.compute import AksCompute, ComputeTarget

        if not cluster:
            return
        found = find(f"find the cluster {cluster}", lambda: ComputeTarget(self._connection.workspace, cluster))
        if not isinstance(found, AksCompute):
            raise OperationError(
                f"The workspace has no cluster of Kubernetes (AKS) called {cluster}. Attach it to the workspace, or "
                'correct backend.hosting.cluster; "" is a container group.'
            )
