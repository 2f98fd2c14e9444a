"""A web service as the modules of `model_management` share it: its process, and the operation that deploys it."""

import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import IO, Any, cast

from azureml_offline.workspace import processes
from azureml_offline.workspace.names import identifier


class GoneError(Exception):
    """The service was deleted or deployed again, or its workspace ended, during this deployment."""


class Process:
    """A scoring script at work; `scoring_program` describes the messages."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        takes_requests: bool = False,
    ) -> None:
        """Start it; append what it prints to the log. It takes whole requests, or only what is posted to it."""
        self.takes_requests = takes_requests
        self._asking = (
            Lock()
        )  # one request at a time: that is how the next line of its stdout is known to be the answer
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,  # its end is the process's end, so it never outlives this one
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                start_new_session=True,  # its children belong to it, and can be killed with it
            )

    def is_ready(self) -> bool:
        """Wait until `init()` has returned; False if the script has died."""
        with self._asking:
            return bool(cast(IO[str], self._process.stdout).readline())

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a request, one at a time; None if the script has died."""
        stdin, stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        with self._asking, suppress(BrokenPipeError, ValueError):  # ValueError: `stop` has closed them
            stdin.write(json.dumps(asked) + "\n")
            stdin.flush()
            line = stdout.readline()
            return json.loads(line) if line else None
        return None

    def stop(self) -> None:
        """Kill it with all that it started.

        The kill comes before the lock: whoever holds that waits for an answer, and gets the end of the file now.
        """
        processes.signal_group(self._process, signal.SIGKILL)
        self._process.wait()
        with self._asking:
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(BrokenPipeError):
                    cast(IO[str], pipe).close()


@dataclass
class Operation:
    """A deployment; `record` is the JSON sent to the SDK."""

    record: dict[str, Any]
    ended: Event = field(default_factory=Event)

    @property
    def id(self) -> str:
        """The operation's id."""
        return str(self.record["id"])


@dataclass
class Service:
    """`record` is the JSON sent to the SDK, `log` the output of the newest script, `process` what answers requests.

    `deployment` is the id of the newest deployment. An older one may still be building its environment, in a thread
    that nothing can interrupt; it notices in `start` or `switch` that it is too late.
    """

    record: dict[str, Any]
    keys: tuple[str, str] = field(default_factory=lambda: (identifier(), identifier()), repr=False)
    log: Path | None = None
    process: Process | None = None
    deployment: str = ""
    _started: list[Process] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def name(self) -> str:
        """The service's name."""
        return str(self.record["name"])

    def start(self, deployment: str, *command: Any) -> Process:
        """Start a process for that deployment; the arguments are those of `Process`.

        Raises:
            GoneError: it is no longer the newest.
        """
        with self._lock:
            if self.deployment != deployment:
                raise GoneError
            process = Process(*command)  # under the lock: `close` must see every process that was ever started
            self._started.append(process)
        return process

    def switch(self, deployment: str, process: Process | None) -> None:
        """Let the process answer from now on, and kill all others; raises GoneError as `start`."""
        with self._lock:
            if self.deployment != deployment:
                raise GoneError
            others = [one for one in self._started if one is not process]
            self._started, self.process = [process] if process else [], process
        for one in others:  # without the lock, for a process takes its time to die
            one.stop()

    def close(self) -> None:
        """Kill all its processes, for good: no deployment is the newest after this."""
        with self._lock:
            self.deployment, self.process = "", None
            ending, self._started = self._started, []
        for one in ending:
            one.stop()


@dataclass
class Endpoint(Service):
    """Versions behind one address of a cluster, each a service with a process of its own and a share of the requests.

    Only what they share is in `record`. A version that the traffic leaves out can still be asked at its own address.
    """

    versions: dict[str, Service] = field(default_factory=dict)
    _credit: dict[str, float] = field(default_factory=dict)

    def shares(self) -> dict[str, float]:
        """Return the percent of the requests of each version: the default one takes what is not given to any."""
        given = {name: float(one.record.get("trafficPercentile") or 0) for name, one in self.versions.items()}
        for name, one in self.versions.items():
            if one.record.get("isDefault"):
                given[name] += 100 - sum(given.values())
        return given

    def choose(self) -> Service | None:
        """Return the version that answers next, so that of any hundred requests each gets its share."""
        with self._lock:
            shares = self.shares()
            self._credit = {name: self._credit.get(name, 0) + share for name, share in shares.items()}
            taking = [name for name, share in shares.items() if share > 0]
            if not taking:
                return None
            chosen = max(taking, key=lambda name: self._credit[name])
            self._credit[chosen] -= 100
            return self.versions[chosen]

    def close(self) -> None:
        """Kill the processes of all versions."""
        for version in list(self.versions.values()):
            version.close()
