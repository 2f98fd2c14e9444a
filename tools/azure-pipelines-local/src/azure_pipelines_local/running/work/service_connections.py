"""Service connections of an offline run: each leads to an offline Azure ML workspace of its own, and nowhere else."""

import json
import shlex
import ssl
import stat
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import yaml
from azureml_offline.session import OfflineWorkspace, Place, running

from azure_pipelines_local.running.machine.package_indexes import index_hosts
from operation.sdk import named_environments

PLACEHOLDER = "00000000-0000-0000-0000-000000000000"  # what the template's configuration has for a subscription
SIGN_IN = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
WITHOUT_QUOTES = str.maketrans(dict.fromkeys("'\"\\", " "))
NAMES = ("subscription_id", "resource_group", "workspace")
ROOT = Path(__file__).resolve().parents[3]  # from which this package is imported
# Isolated, for a step may have set what changes Python.
START = "import sys; sys.path.insert(0, sys.argv[1]); from azure_pipelines_local.running.work.az.program import main; "
START += "sys.exit(main(sys.argv[2:]))"


@dataclass(frozen=True)
class Connection:
    """Where a service connection leads: environment variables of a step, and what `az` answers there."""

    name: str
    workspace: str
    environment: Mapping[str, str]
    federated: Mapping[str, str]  # what `addSpnToEnvironment` adds
    answers: Mapping[str, Any]
    config: Mapping[str, str] | None  # a config.json, where no configuration names the workspace


class Connections:
    """The service connections of a run. What they lead to is started when it is first needed."""

    def __init__(self, machine: Mapping[str, str]) -> None:
        """Start nothing yet."""
        self._machine = machine
        self._stack = ExitStack()
        self._known: dict[tuple[str, Place | None], Connection] = {}

    def connect(self, name: str, script: str, sources: Path) -> Connection:
        """The connection for a script in a clone: to the workspace that the script's `--environment` names."""
        place = named_place(script, sources)
        if (name, place) not in self._known:
            workspace = self._stack.enter_context(running(place=place))
            self._known[name, place] = self._connection(name, workspace, named=place is not None)
        return self._known[name, place]

    def close(self) -> None:
        """End everything behind them."""
        self._stack.close()

    def _connection(self, name: str, workspace: OfflineWorkspace, named: bool) -> Connection:
        tenant, client, _ = (workspace.environment[each] for each in SIGN_IN)
        token = _token(workspace.environment)
        place = workspace.place
        group = f"/subscriptions/{place.subscription}/resourceGroups/{place.resource_group}"
        user = {"name": f"a stand-in for {name}", "type": "servicePrincipal"}
        config = {"subscription_id": place.subscription, "resource_group": place.resource_group}
        environment = {key: value for key, value in workspace.environment.items() if key not in SIGN_IN}
        return Connection(
            name=name,
            workspace=place.workspace,
            environment=environment | dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(index_hosts(self._machine))),
            federated={"servicePrincipalId": client, "tenantId": tenant, "idToken": token},
            answers={
                "account show": {"id": place.subscription, "name": place.workspace, "tenantId": tenant, "user": user},
                "account get-access-token": {"accessToken": token, "tokenType": "Bearer", "tenant": tenant},
                "group show": {"id": group, "location": "no region", "name": place.resource_group},
            },
            config=None if named else config | {"workspace_name": place.workspace},
        )


def named_place(script: str, sources: Path) -> Place | None:
    """The workspace that the configuration names for the environment of a script's command; None if it names none."""
    for name in named_environments(_words(script)):
        backend = _backend(sources / "configuration" / "environments" / f"{name}.yaml")
        subscription, group, workspace = (str(backend.get(key) or "") for key in NAMES)
        if subscription != PLACEHOLDER and subscription and group and workspace:
            return Place(subscription, group, workspace)
    return None


def _backend(file: Path) -> Mapping[str, Any]:
    """That of a configuration; of one that is wrong nothing, since the command that reads it tells that better."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return dict(content["backend"])
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError):
        return {}


def _words(script: str) -> list[str]:
    """The words of a script; where quotes do not pair, as in a document within it, those between the quotes."""
    try:
        return shlex.split(script, comments=True)
    except ValueError:
        return shlex.split(script.translate(WITHOUT_QUOTES), comments=True)


def _token(environment: Mapping[str, str]) -> str:
    """A token of the workspace, for the service principal that its exports name."""
    tenant, client, secret = (environment[each] for each in SIGN_IN)
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    form["scope"] = "https://management.azure.com/.default"
    context = ssl.create_default_context(cafile=environment["REQUESTS_CA_BUNDLE"])
    opener = build_opener(ProxyHandler({"https": environment["HTTPS_PROXY"]}), HTTPSHandler(context=context))
    url = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
    with opener.open(url, urlencode(form).encode(), timeout=30) as response:
        return str(json.load(response)["access_token"])


def install_az(folder: Path, calls: Path, answers: Mapping[str, Any]) -> None:
    """Put an `az` into the folder that records and answers; see `az/`."""
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "answers.json"
    told.touch(mode=stat.S_IRUSR | stat.S_IWUSR)  # tokens are for nobody else, even those that open nothing
    told.write_text(json.dumps(dict(answers)), encoding="utf-8")
    words = [sys.executable, "-I", "-c", START, str(ROOT), str(calls), str(told)]
    program = folder / "az"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
