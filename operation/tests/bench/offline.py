"""What an offline workspace takes: the time until it is ready and for an answer, and its memory after many of them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median
from typing import TYPE_CHECKING

from operation.tests.bench.measuring import resident

if TYPE_CHECKING:
    import requests
    from azureml_offline import OfflineWorkspace

LOGIN_HOST, MANAGEMENT_HOST = "login.microsoftonline.com", "management.azure.com"
SERVICES = "https://westeurope.api.azureml.ms"
REQUESTS = 300
PATIENCE = 10.0  # seconds for an answer


@dataclass(frozen=True)
class Start:
    """One start of a workspace."""

    ready: float  # seconds from the start of its process to its line that it is ready
    answer: float  # milliseconds, the median of REQUESTS
    memory: float  # MB of its process after these, shared pages in full; NaN where there is no /proc


def start() -> Start:
    """Of a workspace that is stopped after that."""
    from azureml_offline import running  # here, for the page of the other measurements is written without it, too

    began = time.perf_counter()
    with running(reuse_environment=True) as workspace:
        ready = time.perf_counter() - began
        answer = median(answers(workspace, REQUESTS)) * 1000
        return Start(ready, answer, resident(workspace.process_id) or float("nan"))


def answers(workspace: "OfflineWorkspace", number: int) -> Iterator[float]:
    """The seconds that a client waits for each, signed in, through the proxy and with TLS: each on a new connection.

    Raises requests.HTTPError when one is no success.
    """
    with client(workspace) as session:
        for route in islice(cycle(cheap(workspace)), number):
            began = time.perf_counter()
            answer = session.get(route, timeout=PATIENCE)
            yield time.perf_counter() - began
            answer.raise_for_status()


def cheap(workspace: "OfflineWorkspace") -> list[str]:
    """Where only something is looked up, as the SDK does all the time: the workspace, its computes, its models."""
    group = f"/subscriptions/{workspace.subscription}/resourceGroups/{workspace.resource_group}"
    scope = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace.name}"
    services = (f"/rp/workspaces{scope}/computes", f"/modelmanagement/v1.0{scope}/models")
    return [f"https://{MANAGEMENT_HOST}{scope}", *(f"{SERVICES}{service}" for service in services)]


def client(workspace: "OfflineWorkspace") -> "requests.Session":
    """A session of `requests`, which the SDK asks with too."""
    import requests  # here: the page of figures needs this module without it

    session, known = requests.Session(), workspace.environment
    session.trust_env = False
    session.proxies, session.verify = {"https": known["HTTPS_PROXY"]}, known["REQUESTS_CA_BUNDLE"]
    principal = {"client_id": known["AZURE_CLIENT_ID"], "client_secret": known["AZURE_CLIENT_SECRET"]}
    url = f"https://{LOGIN_HOST}/{known['AZURE_TENANT_ID']}/oauth2/token"
    token = session.post(url, principal, timeout=PATIENCE).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    return session
