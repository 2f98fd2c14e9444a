"""Services in container groups (ACI): one version answers, another waits in a second service, `NAME-next`.

A container group cannot share its address with another, so a switch exchanges what the two hold: the one that answers
is deployed anew, and does not answer for as long as that takes. Where no request may be lost, take a cluster.
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml import service_failures
from operation.execution.backends.azureml.scoring_code import Parts, ScoringCode, find, model_of, quiet
from operation.execution.backends.azureml.sdk_failures import call
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.values import Hosting, ModelVersion

if TYPE_CHECKING:
    from azureml.core import Environment, Webservice

KIND = "ACI"
NEXT = "-next"
Keys = tuple[str | None, str | None]
NO_KEYS: Keys = (None, None)  # Azure ML makes them


class ContainerGroups:
    """Deploys and exchanges what container groups serve."""

    def __init__(self, connection: Connection, code: ScoringCode) -> None:
        """Touch nothing yet."""
        self._connection, self._code = connection, code

    def deploy(self, name: str, model: ModelVersion, environment: "Environment", hosting: Hosting) -> None:
        """Serve the version: at once if there is no other, else in the service that waits."""
        serving = self.find(name)
        former = model_of(serving.tags) if serving else None
        place = f"{name}{NEXT}" if former and former.version != model.version else name
        try:
            self._put(place, model, environment, hosting)
        except OperationError:
            if place != name or serving is None:
                self.delete(place)
            raise

    def switch(self, name: str, version: int) -> None:
        """Exchange what the service and the one that waits hold, so that the version answers.

        Raises:
            OperationError: the version does not wait, or did not come up; the former one answers then.
        """
        serving, waiting = self.find(name), self.find(f"{name}{NEXT}")
        former, chosen = (model_of(one.tags) if one else None for one in (serving, waiting))
        if serving and former and former.version == version:
            return
        if serving is None or waiting is None or chosen is None or chosen.version != version:
            raise OperationError(f"The service {name} has no version {version} to switch to. Deploy it first.")
        try:
            self._put(name, chosen, waiting.environment, _hosting(waiting))
        except OperationError as error:
            if former is None:
                raise
            self._put(name, former, serving.environment, _hosting(serving))
            raise OperationError(f"{error}\nVersion {former.version} answers again.") from error
        if former:
            self._put(f"{name}{NEXT}", former, serving.environment, _hosting(serving))

    def delete(self, name: str) -> None:
        """Delete that one service, if it is there."""
        if service := self.find(name):
            with quiet():
                call(f"delete the service {name}", service.delete)

    def find(self, name: str) -> "Webservice | None":
        """Find that one service."""
        from azureml.core import Webservice

        return find(f"find the service {name}", lambda: Webservice(self._connection.workspace, name))

    def _put(self, place: str, model: ModelVersion, environment: "Environment", hosting: Hosting) -> None:
        """Let the service of that name serve the version, whatever it served before; its address and keys stay."""
        from azureml.core import Model

        keys = self._keys(place)
        with self._code.parts(place, model, environment) as parts:

            def ask() -> Any:
                """Ask the SDK, which first checks all that it is given."""
                config = self._configure(place, parts, hosting, keys)
                return Model.deploy(
                    self._connection.workspace, place, [parts.model], parts.code, config, overwrite=True
                )

            # Repeatable, as `overwrite` updates a service that an attempt with a lost answer has made.
            service_failures.wait(call(f"deploy the service {place}", ask))

    def _keys(self, place: str) -> Keys:
        """Read the keys that the service has: its clients know them, so a new deployment must keep them."""
        there = self.find(place)
        if there is None:
            return NO_KEYS
        first, second = call(f"read the keys of the service {place}", there.get_keys)
        return first, second

    def _configure(self, place: str, parts: Parts, hosting: Hosting, keys: Keys) -> Any:
        from azureml.core.webservice import AciWebservice

        return AciWebservice.deploy_configuration(
            cpu_cores=hosting.cpu_cores,
            memory_gb=hosting.memory_gb,
            tags=dict(parts.tags),
            auth_enabled=True,
            primary_key=keys[0],
            secondary_key=keys[1],
            dns_name_label=self._label(place),
        )

    def _label(self, place: str) -> str:
        """Build the first part of the host: the same each time, and unique in the region."""
        settings = self._connection.settings
        workspace = f"{settings.subscription_id}/{settings.resource_group}/{settings.workspace}"
        return f"{place}-{hashlib.sha256(workspace.encode()).hexdigest()[:8]}"


def traffic_of(serving: "Webservice", waiting: "Webservice | None") -> Mapping[int, int]:
    """Return the percent by version: all for the one that answers."""
    found = [(model_of(one.tags), share) for one, share in ((waiting, 0), (serving, 100)) if one]
    return {model.version: share for model, share in found if model}


def _hosting(service: "Webservice") -> Hosting:
    needs = service.container_resource_requirements
    return Hosting(needs.cpu, needs.memory_in_gb)
