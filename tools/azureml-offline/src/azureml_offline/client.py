"""An offline workspace for as long as a block lasts: `with running() as workspace: ...`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from azureml_offline.errors import OfflineError
from azureml_offline.values import Fault, Place, Request

PATIENCE = 30.0  # seconds that it has to stop in


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
        """Where Azure would have it."""
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
        """Of the process that serves it."""
        return self._process.pid

    def plant(self, fault: Fault) -> None:
        """Let the fault happen to the next requests that it matches."""
        self._ask(plant=asdict(fault))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._ask(clear=True)

    def requests(self) -> list[Request]:
        """Every request so far."""
        return [Request(**one) for one in self._ask(requests=True)["requests"]]

    def accepted(self) -> list[str]:
        """Every connection so far that the proxy let through, as "CONNECT host:port"."""
        return list(self._ask()["accepted"])

    def refused(self) -> list[str]:
        """Every connection so far that the proxy refused."""
        return list(self._ask()["refused"])

    def _ask(self, **order: Any) -> dict[str, Any]:
        stdin = cast(IO[str], self._process.stdin)
        with self._lock:
            with suppress(BrokenPipeError):  # then there is no answer either, which says the same
                stdin.write(json.dumps(order) + "\n")
                stdin.flush()
            return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = cast(IO[str], self._process.stdout).readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "The offline workspace has died."}
        if "error" in answer:
            raise OfflineError(answer["error"])
        return answer


@contextmanager
def running(
    folder: Path | None = None,
    *,
    reuse_environment: bool = False,
    identity_based: bool = False,
    port: int = 0,
    place: Place | None = None,
) -> Iterator[OfflineWorkspace]:
    """Start an offline workspace, and stop it with all its jobs at the end.

    Without a folder, its files are gone at the end; in a folder, the environments of jobs are there for the next start.
    Without a place, its names are random.

    Raises:
        OfflineError: the port is taken, or it cannot start.
    """
    files = Path(tempfile.mkdtemp(prefix="offline-workspace-")) if folder is None else folder.resolve()
    files.mkdir(parents=True, exist_ok=True)
    process = _start()
    try:
        stdin = cast(IO[str], process.stdin)
        wanted = {"folder": str(files), "reuse_environment": reuse_environment, "identity_based": identity_based}
        stdin.write(json.dumps(wanted | {"port": port, "names": asdict(place) if place else {}}) + "\n")
        stdin.flush()
        yield OfflineWorkspace(process, files)
    finally:
        _stop(process)
        if folder is None:
            shutil.rmtree(files, ignore_errors=True)


def _start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "azureml_offline.server.process"],
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is the client's: it may ask what is to become of the run
    )


def _stop(process: "subprocess.Popen[str]") -> None:
    """The end of its input is its end."""
    with suppress(BrokenPipeError):
        cast(IO[str], process.stdin).close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    cast(IO[str], process.stdout).close()
