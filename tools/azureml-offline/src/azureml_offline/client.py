"""Start an offline workspace in a process of its own, and talk to it: `with running() as workspace: ...`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from azureml_offline.errors import OfflineError
from azureml_offline.folders import hold
from azureml_offline.values import Fault, Place, Request

PATIENCE = 30.0  # seconds that it has to stop in: jobs get 5 of them, and many may be running


class OfflineWorkspace:
    """A workspace in a process of its own. `environment` is all that a client needs, `folder` holds its files."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        """Wait until it is ready.

        Raises:
            OfflineError: it cannot start.
        """
        self._process, self._lock = process, Lock()
        self.folder = folder
        self.environment: Mapping[str, str] = self._answer()["environment"]

    @property
    def place(self) -> Place:
        """The names that lead to it."""
        return Place.announced(self.environment)

    @property
    def subscription(self) -> str:
        """The subscription's id."""
        return self.place.subscription

    @property
    def resource_group(self) -> str:
        """The resource group's name."""
        return self.place.resource_group

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self.place.workspace

    @property
    def process_id(self) -> int:
        """The id of the process that serves it."""
        return self._process.pid

    def plant(self, fault: Fault) -> None:
        """Let the fault happen to the next requests that match it."""
        self._ask(plant=asdict(fault))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._ask(clear=True)

    def requests(self) -> list[Request]:
        """Return every request so far."""
        return [Request(**one) for one in self._ask(requests=True)["requests"]]

    def accepted(self) -> list[str]:
        """Return every connection that the proxy has let through so far, as "CONNECT host:port"."""
        return list(self._ask()["accepted"])

    def refused(self) -> list[str]:
        """Return every connection that the proxy has refused so far."""
        return list(self._ask()["refused"])

    def _ask(self, **order: Any) -> dict[str, Any]:
        """Send an order and return its answer; the lock keeps the answers of several threads apart."""
        stdin = cast(IO[str], self._process.stdin)
        with self._lock:
            with suppress(BrokenPipeError):  # then there is no answer either, which says the same
                stdin.write(json.dumps(order) + "\n")
                stdin.flush()
            return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = cast(IO[str], self._process.stdout).readline()
        if not line:  # it has closed its end of the pipe: it has ended, or is about to
            code = self._process.wait(PATIENCE)
            raise OfflineError(f"The offline workspace has died with exit code {code}; stderr has its last words.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise OfflineError(answer["error"])
        return answer


@contextmanager
def running(
    folder: str | Path | None = None,
    *,
    reuse_environment: bool = False,
    identity_based: bool = False,
    port: int = 0,
    place: Place | None = None,
    curated: Mapping[str, str | Path] | None = None,
) -> Iterator[OfflineWorkspace]:
    """Start an offline workspace, and stop it with all its jobs at the end of the block.

    `folder` keeps its files, among them the environments of jobs for the next start; without it they are temporary.
    With `reuse_environment`, jobs and web services run in this Python environment, and none is built for them. With
    `identity_based`, the default datastore has no key. `port` is the proxy's (0: any that is free). `place` gives the
    workspace its names; without it they are random. `curated` names curated environments, each with a conda file of
    the packages that its image has in Azure.

    Raises:
        OfflineError: the port, the folder or a conda file cannot be used, or the workspace cannot start.
    """
    options = {"reuse_environment": reuse_environment, "identity_based": identity_based, "port": port}
    with hold(folder) as files:
        process = _start()
        try:
            packages = {name: str(file) for name, file in (curated or {}).items()}
            order = {"folder": str(files), **options, "names": asdict(place) if place else {}, "curated": packages}
            stdin = cast(IO[str], process.stdin)
            with suppress(BrokenPipeError):  # it has died at its start, which waiting for its answer reports
                stdin.write(json.dumps(order) + "\n")
                stdin.flush()
            yield OfflineWorkspace(process, files)
        finally:
            _stop(process)


def _start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        # -P: not even a json.py or a flask.py in the client's current folder may take the place of the real one.
        [sys.executable, "-P", "-m", "azureml_offline.server.process"],
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,  # stderr stays the client's: a traceback there is for its user
        start_new_session=True,  # Ctrl-C is the client's: it may ask what is to become of the run
    )


def _stop(process: "subprocess.Popen[str]") -> None:
    """End the process by ending its input, so that it also ends with a client that was killed."""
    with suppress(BrokenPipeError):
        cast(IO[str], process.stdin).close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    cast(IO[str], process.stdout).close()
