"""Sign in, and reach the workspace that the configuration names."""

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.backends.azureml.failures import call, explained, is_missing
from operation.execution.configuration import AzureMLSettings
from operation.execution.utils import AzureCli, Identity, ServicePrincipal, identity

if TYPE_CHECKING:
    from azureml.core import Workspace


class Connection:
    """The workspace, reached when first asked for and then kept."""

    def __init__(self, settings: AzureMLSettings) -> None:
        """Touch nothing yet."""
        self.settings = settings
        self._workspace: Workspace | None = None
        self._lock = Lock()

    @property
    def workspace(self) -> "Workspace":
        """The workspace.

        Raises:
            OperationError: azureml-core is not installed, nobody can sign in, or the workspace cannot be reached.
        """
        with self._lock:
            if self._workspace is None:
                self._workspace = self._reach()
            return self._workspace

    def _reach(self) -> "Workspace":
        try:
            from azureml.core import Workspace
        except ImportError as error:
            raise OperationError(
                "azureml-core is not installed. Install what this backend needs: "
                "python -m uv pip install --require-hashes -r requirements-azure.lock"
            ) from error
        for name in ("azureml", "msrest"):  # they log what they raise, and every retry
            logging.getLogger(name).setLevel(logging.CRITICAL)
        settings, who = self.settings, identity()

        def get() -> "Workspace":
            return Workspace.get(
                settings.workspace,
                auth=authentication(who),
                subscription_id=settings.subscription_id,
                resource_group=settings.resource_group,
            )

        try:
            return call(f"reach the workspace {settings.workspace} as {who}", get)
        except OperationError as error:
            if error.__cause__ and _lacks_workspace(error.__cause__):
                raise OperationError(
                    f"There is no workspace {settings.workspace} in the resource group {settings.resource_group} of "
                    f"the subscription {settings.subscription_id}, or {who} may not see it. Check the names in "
                    "configuration/environments, and that the identity has a role on the workspace."
                ) from error
            raise


def authentication(who: Identity) -> Any:
    """The SDK's object for the identity."""
    from azureml.core import authentication as kinds

    if isinstance(who, ServicePrincipal):
        return kinds.ServicePrincipalAuthentication(who.tenant_id, who.client_id, who.client_secret)
    if isinstance(who, AzureCli):
        return kinds.AzureCliAuthentication()
    return kinds.InteractiveLoginAuthentication(tenant_id=who.tenant_id or None)


def _lacks_workspace(error: BaseException) -> bool:
    return is_missing(error) or "Workspace not found" in str(explained("", error))
