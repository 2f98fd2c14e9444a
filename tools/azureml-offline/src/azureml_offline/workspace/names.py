"""Names, ids and secrets of one start, and the hosts that its services answer under.

They are random for each start: the SDK caches what it knows of a workspace under its id, and must never take one
start for another.
"""

import re
import secrets
import uuid
from dataclasses import dataclass, field

LOCATION = "westeurope"
LOGIN_HOST = "login.microsoftonline.com"
MANAGEMENT_HOST = "management.azure.com"
SERVICES_HOST = f"{LOCATION}.api.azureml.ms"
SERVICES = f"https://{SERVICES_HOST}"
KUBERNETES = "aks"  # the cluster that web services can be deployed to
ADDRESS = "203.0.113.10"  # of the cluster: from a range for documentation (RFC 5737), so nobody else has it
# Part of every route of a workspace. The application checks the three names, so that no service has to.
WORKSPACE = (
    "/subscriptions/<subscription>/resourceGroups/<resource_group>"
    "/providers/Microsoft.MachineLearningServices/workspaces/<workspace>"
)


def identifier() -> str:
    """Return a new random identifier, as Azure writes them."""
    return str(uuid.uuid4())


def container_host(label: str, location: str) -> str:
    """Return the host of a web service in a container group of its own."""
    return f"{label}.{location}.azurecontainer.io"


def is_scoring_host(host: str) -> bool:
    """Say whether web services answer under that host."""
    return host == ADDRESS or bool(re.fullmatch(r"[a-z0-9-]+\.[a-z0-9]+\.azurecontainer\.io", host))


def _named(prefix: str) -> str:
    return f"{prefix}{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Names:
    """The identifiers and secrets of one start."""

    tenant: str = field(default_factory=identifier)
    client: str = field(default_factory=identifier)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    subscription: str = field(default_factory=identifier)
    resource_group: str = field(default_factory=lambda: _named("group-"))
    workspace: str = field(default_factory=lambda: _named("offline-"))
    workspace_id: str = field(default_factory=identifier)
    account: str = field(default_factory=lambda: _named("offline"))
    signature: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def scope(self) -> str:
        """The workspace's resource id."""
        filled = WORKSPACE.replace("<subscription>", self.subscription)
        return filled.replace("<resource_group>", self.resource_group).replace("<workspace>", self.workspace)

    @property
    def blob_host(self) -> str:
        """The host of the storage account."""
        return f"{self.account}.blob.core.windows.net"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that the workspace answers for by HTTPS; those of web services are asked by HTTP."""
        return LOGIN_HOST, MANAGEMENT_HOST, SERVICES_HOST, self.blob_host
