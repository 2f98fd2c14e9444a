"""Sign in, and reach the workspace that the configuration or a config.json names."""

import logging
import os
from collections.abc import Callable
from functools import cached_property
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from operation import console
from operation.errors import OperationError
from operation.execution.backends.azureml.cli_tokens import CliTokens
from operation.execution.backends.azureml.sdk_failures import call, explain, is_missing
from operation.execution.backends.azureml.workspace_names import FILES, Names, find_names
from operation.execution.configuration.sections import ROOT, AzureMLSettings
from operation.execution.utils import AzureCli, Identity, ServicePrincipal, identity

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azureml.core import Workspace

T = TypeVar("T")

# Seconds that the SDK waits before it tries again by itself, doubled each time (read at its import).
# After a 429 it would begin with 32, which makes four minutes for each attempt of ours.
PATIENCE = dict.fromkeys(("AZUREML_DEFAULT_BACKOFF", "AZUREML_DEFAULT_500_BACKOFF", "AZUREML_DEFAULT_503_BACKOFF"), "1")


class Connection:
    """The workspace, reached when first asked for and then kept."""

    def __init__(self, settings: AzureMLSettings, folder: Path = ROOT, has_pages: bool = True) -> None:
        """Touch nothing of Azure yet. `folder` is where a config.json may be; an offline workspace has no pages."""
        self.has_pages = has_pages
        for name, seconds in PATIENCE.items():
            os.environ.setdefault(name, seconds)
        self.settings = settings
        self._folder = folder
        self._workspace: Workspace | None = None
        self._lock = Lock()

    @property
    def workspace(self) -> "Workspace":
        """The workspace.

        Raises:
            OperationError: azureml-core is not installed, nobody can sign in, or the workspace cannot be reached.
        """
        with self._lock:  # runs are watched by threads: signing in twice would open two browsers
            if self._workspace is None:
                self._workspace = self._reach()
            return self._workspace

    @cached_property
    def credential(self) -> "TokenCredential":
        """A credential of the same identity, for storage that has no key."""
        return credential(identity(), self.workspace.subscription_id)

    def call(self, doing: str, do: Callable[[], T]) -> T:
        """Call `do` as `sdk_failures.call`, for what should be there; if missing, say if the workspace is gone."""
        try:
            return call(doing, do)
        except OperationError as error:
            if error.__cause__ and is_missing(error.__cause__):
                self._reach()  # says so
            raise

    def _reach(self) -> "Workspace":
        require_sdk()
        from azureml.core import Workspace

        for name in ("azure", "azureml", "msrest"):  # they log what they raise, and every retry
            logging.getLogger(name).setLevel(logging.CRITICAL)
        names, who = find_names(self.settings, self._folder), identity()
        if names.source in FILES:  # it is the same workspace for several environments: nobody should have to guess
            console.say(f"Workspace {names}")

        def get() -> "Workspace":
            return Workspace.get(
                names.workspace,
                auth=authentication(who, names.subscription_id),
                subscription_id=names.subscription_id,
                resource_group=names.resource_group,
            )

        try:
            return call(f"reach the workspace {names.workspace} as {who}", get)
        except OperationError as error:
            if error.__cause__ and _lacks_workspace(error.__cause__):
                raise OperationError(_missing(names, who)) from error
            raise


def require_sdk() -> str:
    """Return the version of the SDK that is installed; do not import it.

    Raises:
        OperationError: it is not; the message holds the command that installs it.
    """
    try:
        return metadata.version("azureml-core")
    except metadata.PackageNotFoundError as error:
        raise OperationError(
            "azureml-core is not installed. Give the same command with `python tasks.py` in place of `invoke`: "
            "it installs it."
        ) from error


def authentication(who: Identity, subscription_id: str) -> Any:
    """Make the SDK's object for the identity."""
    from azureml.core import authentication as kinds

    if isinstance(who, ServicePrincipal):
        return kinds.ServicePrincipalAuthentication(who.tenant_id, who.client_id, who.client_secret)
    if isinstance(who, AzureCli):
        return kinds.TokenAuthentication(CliTokens(who.program, subscription_id))
    return kinds.InteractiveLoginAuthentication(tenant_id=who.tenant_id or None)


def credential(who: Identity, subscription_id: str) -> "TokenCredential":
    """Make the same for clients of Azure that are not part of the SDK."""
    from azure import identity as kinds

    if isinstance(who, ServicePrincipal):
        return kinds.ClientSecretCredential(who.tenant_id, who.client_id, who.client_secret)
    if isinstance(who, AzureCli):
        return CliTokens(who.program, subscription_id)
    return kinds.InteractiveBrowserCredential(tenant_id=who.tenant_id or None)


def _missing(names: Names, who: Identity) -> str:
    return (
        f"There is no workspace {names.workspace} in the resource group {names.resource_group} of the subscription "
        f"{names.subscription_id}, or {who} may not see it. Check the names in {names.source}, and that the identity "
        "has a role on the workspace."
    )


def _lacks_workspace(error: BaseException) -> bool:
    return is_missing(error) or "Workspace not found" in str(explain("", error))
