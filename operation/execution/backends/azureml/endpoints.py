"""Services in a cluster of Kubernetes (AKS): an endpoint, whose versions share the requests of one address.

Version 3 of the model is `version-3` there. What no version takes of the traffic goes to the default one.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml import service_failures
from operation.execution.backends.azureml.scoring_code import Parts, ScoringCode, find, quiet
from operation.execution.backends.azureml.sdk_failures import call, status_of
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.values import Hosting, ModelVersion

if TYPE_CHECKING:
    from azureml.core import Environment
    from azureml.core.webservice import AksEndpoint

KIND = "AKSENDPOINT"
PREFIX = "version-"
ALL = 100  # percent
LONGEST_PAUSE = 5.0  # seconds between two looks at a version that comes up


class Endpoints:
    """Deploys versions of endpoints, and divides the traffic between them."""

    def __init__(self, connection: Connection, code: ScoringCode, milliseconds: int) -> None:
        """Touch nothing yet; a request may take so many milliseconds."""
        self._connection, self._code, self._milliseconds = connection, code, milliseconds

    def deploy(self, name: str, model: ModelVersion, environment: "Environment", hosting: Hosting) -> None:
        """Add the version to the endpoint, with no traffic, or all of it in a new one; start it anew if it is there."""
        endpoint = self.find(name)
        known = endpoint is not None and _name(model.version) in endpoint.versions
        try:
            with self._code.parts(name, model, environment) as parts:
                call(f"deploy the service {name}", lambda: self._ask(name, parts, hosting, known))
                self._wait(name, model.version)
        except OperationError:
            if endpoint is None:
                self.delete(name)
            elif not known:
                self.delete_version(name, model.version)
            raise

    def _ask(self, name: str, parts: Parts, hosting: Hosting, known: bool) -> None:
        """Ask the SDK, which first checks all that it is given; an attempt whose answer got lost is not repeated."""
        from azureml.core import Model
        from azureml.core.webservice import AksEndpoint

        # The SDK checks the cores of a version against those of its endpoint, which has none, and fails over it.
        AksEndpoint.container_resource_requirements = None
        version, there = _name(parts.version), self.find(name)
        needs = {"cpu_cores": hosting.cpu_cores, "memory_gb": hosting.memory_gb, "tags": dict(parts.tags)}
        needs["scoring_timeout_ms"] = self._milliseconds
        if there is None:
            named = {"version_name": version, "traffic_percentile": ALL, "compute_target_name": hosting.cluster}
            config = AksEndpoint.deploy_configuration(auth_enabled=True, **named, **needs)
            Model.deploy(self._connection.workspace, name, [parts.model], parts.code, config)
        elif known:
            there.update_version(version, models=[parts.model], inference_config=parts.code, **needs)
        elif version not in there.versions:
            given = {"models": [parts.model], "inference_config": parts.code, "traffic_percentile": 0}
            try:
                there.create_version(version, **given, **needs)
            except Exception as error:  # of the SDK, which has sent it again as the first answer got lost
                if status_of(error) != 409 or version not in self.require(name).versions:
                    raise

    def _wait(self, name: str, version: int) -> None:
        """Wait until the version has come up; raise OperationError if it has failed, and will not."""
        pause, until = 0.2, time.monotonic() + service_failures.PATIENCE
        while (found := self.version(name, version)).state not in ("Healthy", "Failed", "Unhealthy"):
            if time.monotonic() > until:
                raise OperationError(f"Version {version} of the service {name} is still {found.state}. Look again.")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        if found.state != "Healthy":
            said, log = (found.error or {}).get("message", ""), service_failures.end_of_log(self.require(name))
            raise OperationError(f"The service {name} did not come up with version {version}. {said}{log}")

    def switch(self, name: str, traffic: Mapping[int, int]) -> None:
        """Divide the traffic; what one version gives up goes to the default one until another takes it.

        Raises:
            OperationError: the endpoint lacks one of the versions.
        """
        endpoint = self.require(name)
        wanted = {one: traffic.get(_number(one), 0) for one in endpoint.versions}
        missing = [str(version) for version, share in traffic.items() if share and _name(version) not in wanted]
        if missing:
            raise OperationError(f"The service {name} has no version {', '.join(missing)}. Deploy it first.")
        largest = max(wanted, key=lambda one: wanted[one])
        # Those that give up come first: at no moment may the percentiles be more than all.
        for one in sorted(wanted, key=lambda one: wanted[one] - (endpoint.versions[one].traffic_percentile or 0)):
            is_default = True if one == largest else None
            with quiet():
                call(
                    f"switch the traffic of the service {name}",
                    lambda one=one, is_default=is_default: endpoint.update_version(  # type: ignore[misc]
                        one, traffic_percentile=wanted[one], is_default=is_default
                    ),
                )

    def address(self, name: str, version: int) -> str:
        """Return the address of one version; raises OperationError if it has none of its own."""
        endpoint, address = self.require(name), self.version(name, version).scoring_uri
        if address in (None, endpoint.scoring_uri):
            raise OperationError(f"Azure ML gives version {version} of the service {name} no address of its own.")
        return str(address)

    def delete(self, name: str) -> None:
        """Delete the endpoint, if it is there."""
        if endpoint := self.find(name):
            with quiet():
                call(f"delete the service {name}", endpoint.delete)

    def delete_version(self, name: str, version: int) -> None:
        """Delete the version, if it is there."""
        endpoint = self.find(name)
        if endpoint and _name(version) in endpoint.versions:
            doing = f"delete version {version} of the service {name}"
            with quiet():
                call(doing, lambda: endpoint.delete_version(_name(version)))

    def find(self, name: str) -> "AksEndpoint | None":
        """Find the endpoint."""
        from azureml.core import Webservice

        with quiet():
            return find(f"find the service {name}", lambda: Webservice(self._connection.workspace, name))

    def require(self, name: str) -> "AksEndpoint":
        """Find the endpoint; raises OperationError if it is gone."""
        if found := self.find(name):
            return found
        raise OperationError(f"The workspace has no service {name}.")

    def version(self, name: str, version: int) -> Any:
        """Find that version of the endpoint; raises OperationError if it is not there."""
        versions = self.require(name).versions
        if _name(version) in versions:
            return versions[_name(version)]
        raise OperationError(f"The service {name} has no version {version}. Deploy it first.")


def traffic_of(endpoint: "AksEndpoint") -> Mapping[int, int]:
    """Return the percent that each version takes, the default one with what is left."""
    shares = {name: round(one.traffic_percentile or 0) for name, one in endpoint.versions.items()}
    for name, one in endpoint.versions.items():
        if one.is_default:
            shares[name] += ALL - sum(shares.values())
    return {_number(name): share for name, share in shares.items() if _number(name)}


def _name(version: int) -> str:
    return f"{PREFIX}{version}"


def _number(name: str) -> int:
    """Return the version of the model; 0 for a version that somebody else has made."""
    number = name.removeprefix(PREFIX)
    return int(number) if name.startswith(PREFIX) and number.isdecimal() else 0
