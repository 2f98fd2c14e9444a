"""Everything a workspace knows: in memory under one lock, with its files below one folder."""

import secrets
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, RLock, Thread
from typing import Any, cast

from flask import current_app

from azureml_offline.values import Request
from azureml_offline.workspace.faults import Faults
from azureml_offline.workspace.names import Names
from azureml_offline.workspace.run import Run
from azureml_offline.workspace.web_service import Operation, Service

Json = dict[str, Any]


@dataclass
class State:
    """One workspace. Requests run in threads: hold `lock` to change something that you have read before.

    With `identity_based`, its storage account accepts no key.
    `client` is what a process needs in its environment to reach the services; jobs get it too.
    `curated` holds the conda specifications that stand for what is in the images of curated environments.
    """

    folder: Path
    reuse_environment: bool = False
    identity_based: bool = False
    names: Names = field(default_factory=Names)
    faults: Faults = field(default_factory=Faults)
    lock: RLock = field(default_factory=RLock)  # reentrant: routes hold it and call functions that take it
    token_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    client: dict[str, str] = field(default_factory=dict)
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=20_000))  # 8 MB; a long session has no end
    computes: dict[str, Json] = field(default_factory=dict)
    environments: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    curated: dict[str, Json] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)  # environment and label, to a version
    snapshots: dict[str, dict[str, str]] = field(default_factory=dict)
    experiments: dict[str, Json] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    jobs: list[Thread] = field(default_factory=list)
    metrics: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))
    assets: dict[str, Json] = field(default_factory=dict)
    models: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, Json] = field(default_factory=dict, repr=False)
    services: dict[str, Service] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    deployments: list[Thread] = field(default_factory=list)
    closing: Event = field(default_factory=Event)  # set under `lock`, before the last look at `deployments`


def state() -> State:
    """Return the workspace of the current request."""
    return cast(State, current_app.config["STATE"])


def now() -> str:
    """Return the current time as the services write it."""
    return datetime.now(UTC).isoformat()
