"""Serve registered versions on this machine: a process of `src/serve.py` for each, behind a router.

They go on when the command ends. What they need is in the service's folder: the model, the scripts as they were, logs.
"""

import http.client
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock, Timeout

from operation.errors import OperationError
from operation.execution.backends import Registry
from operation.execution.backends.local.services import starting
from operation.execution.backends.local.services.background import is_running, stop
from operation.execution.backends.local.services.client import asks_for, post
from operation.execution.backends.local.services.state import (
    HEALTH,
    INSTANCES,
    STATE,
    Instance,
    State,
    abandoned,
    remove,
)
from operation.execution.backends.local.services.state import counters as counters_of
from operation.execution.configuration.api_key import read_key
from operation.execution.configuration.sections import Serving
from operation.execution.outputs import DEPLOYMENT_LOCK
from operation.execution.values import Command, Health, Hosting, Leftover, ModelVersion, Service, ServiceState

ALL = 100  # percent
SLACK = 5.0  # seconds beyond the deadline of a request: then a process that was asked to end is made to


class Services:
    """Services are folders in `folder`; one command at a time may change them."""

    replaces = True
    unused: Sequence[str] = ()

    def __init__(self, folder: Path, source: Path, registry: Registry, settings: Serving, command: Command) -> None:
        """Touch nothing yet; `source` is the folder of the scripts, `command` writes what messages name."""
        self._folder, self._source, self._registry = folder, source, registry
        self._settings, self._command = settings, command

    def check(self, name: str, hosting: Hosting, share: int) -> None:
        """Raise OperationError for a missing key, a port that cannot be had, or a share that is not a percentage."""
        del hosting  # a process takes what it needs
        if not 0 <= share <= ALL:
            raise OperationError(f"A share of the traffic must be from 0 to 100 percent, not {share}.")
        read_key(self._settings)
        state = State.read(self._folder / name)
        wanted = self._settings.port or (state.port if state else 0)
        if state and state.router and is_running(state.router):
            if wanted != state.port:
                raise OperationError(
                    f"The service {name} answers on port {state.port}, and serving.port is {wanted}. Its address stays "
                    f"as long as it is there: {self._command('undeploy')} first, or --set serving.port={state.port}"
                )
        elif wanted:
            _require_free(wanted)

    def deploy(self, name: str, model: ModelVersion, environment: Path, hosting: Hosting) -> Service:
        """Start the version beside the others; one that is there already is replaced once its successor is ready.

        Raises:
            OperationError: it did not get ready; the message has the end of its log, and all is as it was.
        """
        del environment, hosting  # this Python has what is needed, and a process takes what it needs
        self.check(name, Hosting(1, 1), ALL)
        folder = self._folder / name
        for place in abandoned(folder):
            remove(place, self._patience)
        place = folder / INSTANCES / f"{model.version}-{uuid4().hex[:8]}"
        try:
            place.mkdir(parents=True)
            address, process = self._start(place, folder, model)
            self._admit(name, model.version, Instance(place.name, address, 0, process))
        except BaseException:
            remove(place, self._patience)
            self._forget_if_empty(folder)
            raise
        return self._require(name)

    def switch(self, name: str, traffic: Mapping[int, int]) -> Service:
        """Divide the traffic from the next request on."""
        state = self._state(name)
        if sum(traffic.values()) != ALL or min(traffic.values()) < 0:
            raise OperationError(f"The traffic must be percents that sum to 100, not {dict(traffic)}.")
        for version in (version for version, share in traffic.items() if share):
            self._instance(name, state, version)
            if version not in state.running:
                again = self._command(f"deploy --version {version}")
                raise OperationError(f"Version {version} of the service {name} has ended. Start it again: {again}")
        self._write(name, state.with_traffic(traffic))
        return self._require(name)

    def score(self, name: str, payload: Any, version: int | None = None) -> Any:
        """Return the answer of the service, or of the version itself.

        Raises:
            OperationError: nothing answers, or the answer is not HTTP 200.
        """
        state = self._state(name)
        address = _address(state) if version is None else self._instance(name, state, version).address
        status, answer = post(address, payload, read_key(self._settings), self._settings.deadline_seconds)
        if status != http.HTTPStatus.OK:
            said = answer.get("error", answer) if isinstance(answer, dict) else answer
            raise OperationError(f"The service {name} answered HTTP {status}: {said}")
        return answer

    def is_current(self, name: str, version: int) -> bool:
        """Say whether the version answers, and asks for the key of now: another, or none, may have been in force."""
        address = self._instance(name, self._state(name), version).address
        return asks_for(address, read_key(self._settings), self._settings.deadline_seconds)

    def health(self, name: str, version: int) -> Health:
        """Return what the router has counted of the version."""
        found = counters_of(self._folder / name, self._instance(name, self._state(name), version).instance)
        return Health(found.get("requests", 0), found.get("errors", 0), found.get("p99_ms", 0.0))

    def log(self, name: str, version: int | None = None) -> str:
        """Return what the versions have printed, or that one."""
        state = self._state(name)
        chosen = sorted(state.versions) if version is None else [version]
        places = [self._folder / name / INSTANCES / self._instance(name, state, one).instance for one in chosen]
        return "".join(starting.read_log(place) for place in places)

    def delete(self, name: str, version: int | None = None) -> None:
        """End the processes, once they have answered what is under way, and delete their files but the request log."""
        folder, state = self._folder / name, State.read(self._folder / name)
        if state is None or (version is not None and version not in state.versions):
            return
        if version is None or [*state.versions] == [version]:
            self._delete_all(folder, state)
            return
        instance = state.versions[version]
        if instance.traffic:
            raise OperationError(
                f"Version {version} takes {instance.traffic} % of the traffic of the service {name}. Deploy another "
                f"version first ({self._command('deploy')}), or end all of them: {self._command('undeploy')}"
            )
        self._write(name, state.without(version))
        remove(folder / INSTANCES / instance.instance, self._patience)

    def find(self, name: str) -> Service | None:
        """Find the service of that name."""
        state = State.read(self._folder / name)
        return _describe(name, state) if state else None

    def leftovers(self) -> Iterator[Leftover]:
        """Find the processes that deployments which were killed have left; none while another is at work."""
        places: list[Path] = []
        folders = sorted(self._folder.glob("*/"))
        if folders:
            with suppress(Timeout), self._alone():
                places = [place for folder in folders for place in _abandoned_in(folder)]
        for place in places:  # outside of the lock, which clearing takes
            yield Leftover(str(place), partial(self._clear, place))

    def _clear(self, place: Path) -> None:
        """End the process, unless a deployment has begun since: it clears the place itself."""
        with suppress(Timeout), self._alone():
            if place in _abandoned_in(place.parents[1]):
                remove(place, self._patience)

    def _alone(self) -> FileLock:
        return FileLock(self._folder / DEPLOYMENT_LOCK, timeout=0)

    @property
    def _patience(self) -> float:
        return self._settings.deadline_seconds + SLACK

    def _start(self, place: Path, folder: Path, model: ModelVersion) -> tuple[str, Any]:
        self._registry.fetch(model, place / "model")
        starting.copy_scripts(self._source, place / "src")
        return starting.start_version(place, model.version, folder / "requests", self._settings)

    def _admit(self, name: str, version: int, instance: Instance) -> None:
        """Put the ready process into the service, in place of the one that the version had, and forget the dead."""
        folder = self._folder / name
        state = State.read(folder) or State(self._settings.port, 0, 0.0)
        state = replace(state, most_bytes=self._settings.most_bytes, deadline_seconds=self._settings.deadline_seconds)
        former, running = state.versions.get(version), state.running
        gone = [one for one in state.versions if one not in running and not (running and state.versions[one].traffic)]
        state = state.without(*gone)
        share = former.traffic if former and version in state.versions else 0
        alone = not any(one.traffic for other, one in state.versions.items() if other != version)
        self._write(name, state.with_version(version, replace(instance, traffic=ALL if alone else share)))
        for place in abandoned(folder):
            remove(place, self._patience)

    def _write(self, name: str, state: State) -> None:
        """Write the state, and start the router if it does not run; without one, leave what was written before."""
        folder = self._folder / name
        before = State.read(folder)
        state.write(folder)
        if state.router and is_running(state.router):
            return
        try:
            port, router = starting.start_router(folder, self._settings.port or state.port)
        except BaseException:
            if before:
                before.write(folder)
            else:
                (folder / STATE).unlink()
            raise
        replace(state, port=port, router=router).write(folder)

    def _delete_all(self, folder: Path, state: State) -> None:
        (folder / STATE).unlink()  # first: where nothing can be written, all serves on
        if state.router:
            stop(state.router, self._patience)
        for instance in state.versions.values():
            remove(folder / INSTANCES / instance.instance, self._patience)
        self._forget_if_empty(folder)

    def _forget_if_empty(self, folder: Path) -> None:
        """Delete what a service without versions needs no more; the request log stays."""
        if (folder / STATE).exists():
            return
        for name in (INSTANCES, starting.ROUTER_LOG, HEALTH):
            path = folder / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        with suppress(OSError):  # not empty, or not there
            folder.rmdir()

    def _state(self, name: str) -> State:
        state = State.read(self._folder / name)
        if state is None:
            names = ", ".join(one.name for one in self.list()) or "none"
            raise OperationError(f"There is no service {name} (there is: {names}). Start it: {self._command('deploy')}")
        return state

    def _instance(self, name: str, state: State, version: int) -> Instance:
        if version not in state.versions:
            known = ", ".join(map(str, sorted(state.versions)))
            raise OperationError(f"The service {name} has no version {version}. It has: {known}.")
        return state.versions[version]

    def _require(self, name: str) -> Service:
        return _describe(name, self._state(name))

    def list(self) -> Sequence[Service]:
        """List the services, sorted by name."""
        names = sorted(file.parent.name for file in self._folder.glob(f"*/{STATE}"))
        return [self._require(name) for name in names]


def _abandoned_in(folder: Path) -> list[Path]:
    """List what no service knows; nothing where its state is damaged, which the verbs that ask it say."""
    with suppress(OperationError):
        return [*abandoned(folder)]
    return []


def _describe(name: str, state: State) -> Service:
    """Translate the state, after a look at which processes run."""
    running, routed = state.running, state.router is not None and is_running(state.router)
    ended = sorted(version for version in state.versions if version not in running)
    missing = [version for version in ended if state.versions[version].traffic]
    condition: ServiceState = "ready"
    note = ""
    if not routed:
        condition, note = ("failed", "the router has ended") if running else ("stopped", "")
    elif missing:
        condition, note = "failed", f"version {', '.join(map(str, missing))} has ended"
    traffic = {version: one.traffic for version, one in sorted(state.versions.items())}
    return Service(name, _address(state), traffic, condition, note, ended)


def _address(state: State) -> str:
    return f"http://127.0.0.1:{state.port}/score"


def _require_free(port: int) -> None:
    """Raise OperationError if the port cannot be listened on, as the router will."""
    with socket.socket() as found:
        if sys.platform != "win32":  # where it would let two programs listen
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
        except OSError as error:
            raise OperationError(
                f"Port {port} of this machine cannot be used: {error.strerror}. Stop the program that has it, or "
                "choose another one: --set serving.port=N, or 0 for any free one"
            ) from error
