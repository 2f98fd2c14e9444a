"""Service connections of an offline run: each leads to an offline Azure ML workspace of its own, and nowhere else."""

import json
import shlex
import stat
import sys
from collections.abc import Hashable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_pipelines_local.project import Project, Workspace
from azure_pipelines_local.running.machine.package_indexes import index_hosts
from azure_pipelines_local.running.machine.task_errors import TaskError

ROOT = Path(__file__).resolve().parents[3]  # from which this package is imported
# `python -I` ignores what steps set that changes Python, such as PYTHONPATH. It also finds no package in a folder that
# is not installed, so that the path is put there first.
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
    config: Mapping[str, str] | None  # a config.json, where nothing in the repository names the workspace


class Connections:
    """The service connections of a run. What they lead to takes seconds to start: only when it is first needed."""

    def __init__(self, project: Project, machine: Mapping[str, str]) -> None:
        """Start nothing yet."""
        self._project, self._machine = project, machine
        self._stack = ExitStack()
        self._known: dict[tuple[str, Hashable], Connection] = {}

    def connect(self, name: str, script: str, sources: Path) -> Connection:
        """Lead the connection of a script, run in a clone, to the workspace that the project names for it.

        Raises:
            TaskError: the project has no offline workspaces.
        """
        workspaces = self._project.workspaces
        if workspaces is None:
            raise TaskError(f"The service connection {name!r}: {self._project.no_workspaces}.")
        named = workspaces.named(script, sources)
        if (name, named) not in self._known:
            workspace = self._stack.enter_context(workspaces.start(named))
            self._known[name, named] = self._connection(name, workspace, is_named=named is not None)
        return self._known[name, named]

    def close(self) -> None:
        """End everything behind them."""
        self._stack.close()

    def _connection(self, name: str, workspace: Workspace, is_named: bool) -> Connection:
        group = f"/subscriptions/{workspace.subscription}/resourceGroups/{workspace.resource_group}"
        user = {"name": f"a stand-in for {name}", "type": "servicePrincipal"}
        account = {"id": workspace.subscription, "name": workspace.name, "tenantId": workspace.tenant, "user": user}
        token = {"accessToken": workspace.token, "tokenType": "Bearer", "tenant": workspace.tenant}
        config = {"subscription_id": workspace.subscription, "resource_group": workspace.resource_group}
        # The proxy of a workspace refuses all hosts but those it plays; scripts install packages all the same.
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(index_hosts(self._machine)))
        return Connection(
            name=name,
            workspace=workspace.name,
            environment={**workspace.environment, **direct},
            federated={
                "servicePrincipalId": workspace.client,
                "tenantId": workspace.tenant,
                "idToken": workspace.token,
            },
            answers={
                "account show": account,
                "account get-access-token": token,
                "group show": {"id": group, "location": "no region", "name": workspace.resource_group},
            },
            config=None if is_named else config | {"workspace_name": workspace.name},
        )


def install_az(folder: Path, calls: Path, answers: Mapping[str, Any]) -> None:
    """Put an `az` into the folder that records its calls and gives the answers, by command; see `az/`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "answers.json"
    # Before there is anything in it: tokens are for nobody else, even those that open nothing.
    file.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    file.write_text(json.dumps(dict(answers)), encoding="utf-8")
    words = [sys.executable, "-I", "-c", START, str(ROOT), str(calls), str(file)]
    program = folder / "az"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
