"""What service connections of a pipeline lead to when it runs here: offline Azure ML workspaces."""

import json
import shlex
import ssl
from collections.abc import Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import yaml

from operation.sdk import named_environments
from operation.tools import required

if TYPE_CHECKING:
    from azure_pipelines_local import Workspace

PLACEHOLDER = "00000000-0000-0000-0000-000000000000"  # what the template's configuration has for a subscription
SIGN_IN = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
WITHOUT_QUOTES = str.maketrans(dict.fromkeys("'\"\\", " "))
NAMES = ("subscription_id", "resource_group", "workspace")
Names = tuple[str, str, str]  # subscription, resource group and workspace


class OfflineWorkspaces:
    """Starts a workspace of tools/azureml-offline, under the names that the configuration has for it."""

    def named(self, script: str, sources: Path) -> Names | None:
        """Read the names for the environment of a script's command from the configuration in the clone at `sources`."""
        for environment in named_environments(_words(script)):
            backend = _backend(sources / "configuration" / "environments" / f"{environment}.yaml")
            subscription, group, workspace = (str(backend.get(key) or "") for key in NAMES)
            if subscription != PLACEHOLDER and subscription and group and workspace:
                return subscription, group, workspace
        return None

    def start(self, named: Hashable) -> "AbstractContextManager[Workspace]":
        """Serve the workspace while the block lasts; with None one of a name of its own."""
        return _started(named if isinstance(named, tuple) else None)


@contextmanager
def _started(names: Names | None) -> "Iterator[Workspace]":
    with required("azureml-offline"):
        from azureml_offline import Place, running
    from azure_pipelines_local import Workspace

    with running(place=Place(*names) if names else None) as offline:
        tenant, client, _ = (offline.environment[each] for each in SIGN_IN)
        yield Workspace(
            subscription=offline.place.subscription,
            resource_group=offline.place.resource_group,
            name=offline.place.workspace,
            tenant=tenant,
            client=client,
            token=_token(offline.environment),
            environment={key: value for key, value in offline.environment.items() if key not in SIGN_IN},
        )


def _backend(file: Path) -> Mapping[str, Any]:
    """Read the section of the backend; {} for a wrong file, which the command that reads it explains better."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return dict(content["backend"])
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError):
        return {}


def _words(script: str) -> list[str]:
    """Split a script into words; where quotes do not pair, as in a document within it, take them for spaces."""
    try:
        return shlex.split(script, comments=True)
    except ValueError:
        return shlex.split(script.translate(WITHOUT_QUOTES), comments=True)


def _token(environment: Mapping[str, str]) -> str:
    """Ask the workspace for a token of the service principal that its exports name."""
    tenant, client, secret = (environment[each] for each in SIGN_IN)
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    form["scope"] = "https://management.azure.com/.default"
    context = ssl.create_default_context(cafile=environment["REQUESTS_CA_BUNDLE"])
    opener = build_opener(ProxyHandler({"https": environment["HTTPS_PROXY"]}), HTTPSHandler(context=context))
    url = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
    with opener.open(url, urlencode(form).encode(), timeout=30) as response:
        return str(json.load(response)["access_token"])
