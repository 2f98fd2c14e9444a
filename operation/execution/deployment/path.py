"""The path of every version into service. Whatever fails on it, what served before serves on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from operation import console
from operation.errors import OperationError, uninterrupted
from operation.execution.backends import Backend
from operation.execution.configuration.sections import ROOT, Configuration, LocalSettings
from operation.execution.deployment import audit
from operation.execution.deployment.golden import GoldenRows, verify
from operation.execution.deployment.smoke import smoke
from operation.execution.deployment.targets import Deployed
from operation.execution.deployment.watch import NEW, watch
from operation.execution.file_hashes import SIGNATURE, require_signed
from operation.execution.json_files import write_json
from operation.execution.outputs import DEPLOYMENT_LOCK, check_room
from operation.execution.temporary import temporary_folder
from operation.execution.values import Hosting, ModelVersion, Service
from operation.machine_errors import refused_by_machine

ENVIRONMENT = ROOT / "operation" / "configuration" / "score.yml"
ALL = 100  # percent


@dataclass(frozen=True)
class Deployment:
    """A version on its way: what it is, the share it is to take, and what the service did before."""

    configuration: Configuration
    backend: Backend
    verb: str
    model: ModelVersion
    share: int
    reason: str
    before: Service | None

    @property
    def service(self) -> str:
        """Return the name of the service."""
        return self.configuration.service

    @property
    def former(self) -> dict[int, int]:
        """Return the traffic that there was; none if the service had stopped, for instance with the machine."""
        return dict(self.before.traffic) if self.before and self.before.state != "stopped" else {}

    @property
    def main(self) -> int | None:
        """Return the other version that took most of the traffic; None if none took any."""
        others = {version: share for version, share in self.former.items() if share and version != self.model.version}
        return max(others, key=others.__getitem__) if others else None

    @property
    def wanted(self) -> dict[int, int]:
        """Return the traffic that there is to be: the version's share, and the rest for the main one of before."""
        rest = {} if self.main is None else {self.main: ALL - self.share}
        return {**rest, self.model.version: self.share}


@contextmanager
def alone(configuration: Configuration) -> Iterator[None]:
    """Keep other deployments of the use case away; raises OperationError if one is under way."""
    folder = configuration.outputs / "services"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / DEPLOYMENT_LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise OperationError(
            f"A deployment of {configuration.use_case} is under way in {folder}. Wait until it has ended."
        ) from error
    try:
        yield
    finally:
        lock.release()


def request_file(configuration: Configuration) -> Path:
    """Return the file with a request that the service answers, for people to try."""
    return configuration.outputs / "services" / "request.json"


def hosting(configuration: Configuration) -> Hosting:
    """Return what the environment's services run on."""
    settings = configuration.backend
    if isinstance(settings, LocalSettings):
        return Hosting(1, 1)  # a process of this machine takes what it needs
    return Hosting(settings.hosting.cpu_cores, settings.hosting.memory_gb, settings.hosting.cluster)


def bring(way: Deployment, watched: bool = True) -> Service:
    """Take the version all the way; return the service.

    Raises:
        OperationError: it failed on the way; the message says where and what serves now.
    """
    audit.require_commit()
    check_room(way.configuration.outputs)
    way.backend.services.check(way.service, hosting(way.configuration), way.share)
    if unused := way.backend.services.unused:
        console.say(f"Services of this environment do not use {', '.join(unused)}.")
    with temporary_folder(way.configuration.outputs / "services") as folder:  # whose disk has room for it
        try:
            golden = _prove(way, folder / "model")
            service = _serve(way, golden, watched)
        except BaseException as error:
            with uninterrupted():
                found = _take_back(way, error)
            if found is error:
                raise
            raise found from error
    _forget_others(way, service)
    with _only_said("The example of a request could not be written"):
        write_json(request_file(way.configuration), golden.payload(1))
    return _look_again(way, service)


def _prove(way: Deployment, folder: Path) -> GoldenRows:
    """Fetch the version, and show that it is what was registered and scores as it did."""
    with console.step("fetch") as note:
        way.backend.registry.fetch(way.model, folder)
        if SIGNATURE not in way.model.tags:
            raise OperationError(
                f"{way.model.name} version {way.model.version} was registered without hashes, so nobody can tell "
                "whether its files are what was registered. Train and register it again."
            )
        require_signed(folder, way.model, way.configuration.command)
        note.text = f"version {way.model.version}, every file as registered"
    with console.step("verify") as note:
        golden = GoldenRows.read(folder)
        verify(folder, way.configuration.scripts)
        note.text = f"{len(golden.rows)} golden rows score as they did"
    return golden


def _serve(way: Deployment, golden: GoldenRows, watched: bool) -> Service:
    services, name, version = way.backend.services, way.service, way.model.version
    with console.step("start") as note:
        if _is_up(way):
            note.text = f"version {version} is up already, and goes on as it was started"
        else:
            services.deploy(name, way.model, ENVIRONMENT, hosting(way.configuration))
    smoke(Deployed(services, name, version), golden, version, way.configuration.serving)
    health = services.health(name, version) if watched and way.main is not None else NEW
    with console.step("switch") as note:
        service = services.switch(name, way.wanted)
        note.text = describe(service.traffic)
    if watched and way.main is not None:  # else there is nothing to go back to, and nobody asks yet
        with console.step("watch") as note:
            note.text = watch(services, name, version, golden, way.configuration.serving, health)
    audit.record(way.configuration, way.verb, version, way.former, service.traffic, audit.DONE, way.reason)
    return service


def _is_up(way: Deployment) -> bool:
    """Say whether the version is up and must stay as it is: for a rollback, or as clients would miss it meanwhile."""
    if way.before is None or way.before.state != "ready" or way.model.version not in way.former:
        return False
    if way.verb == "rollback":
        return way.backend.services.is_current(way.service, way.model.version)
    return bool(way.former[way.model.version] and not way.backend.services.replaces)


def _take_back(way: Deployment, error: BaseException) -> BaseException:
    """Restore the traffic that there was and end what was started; return the error that says so."""
    left = [failure for failure in (_try(_restore_traffic, way), _try(_end_version, way)) if failure]
    serving = None
    try:
        serving = way.backend.services.find(way.service)
        now = f"{way.service} serves {describe(serving.traffic)}." if serving else f"Nothing serves as {way.service}."
    except (OperationError, OSError) as unknown:  # which must not hide why all this is done
        now = f"What serves as {way.service} is not known: {unknown}"
    with suppress(OSError, OperationError):  # a full disk, which may be the very error
        first, *more = _words(error).splitlines()
        said = f"{first} {more[-1].strip()}" if more else first  # of a log, its last line says most
        reason = f"{way.reason}: {said}" if way.reason else said
        now_serving = serving.traffic if serving else {}
        audit.record(way.configuration, way.verb, way.model.version, way.former, now_serving, audit.FAILED, reason)
    if not isinstance(error, OperationError | OSError):
        return error  # an interrupt, or a bug
    undone = f" It could not be taken back: {' '.join(left)}" if left else ""
    return OperationError(
        f"{way.model.name} version {way.model.version} was not deployed. {_words(error)}{undone}\n{now}"
    )


def _words(error: BaseException) -> str:
    """Return the message; of copies that failed, the first, and not the list of all that Python makes."""
    return refused_by_machine(error) or str(error) or type(error).__name__


def _restore_traffic(way: Deployment) -> None:
    found = way.backend.services.find(way.service)
    before = {version: share for version, share in way.former.items() if share}
    if before and found and {version: share for version, share in found.traffic.items() if share} != before:
        way.backend.services.switch(way.service, before)


def _end_version(way: Deployment) -> None:
    if way.model.version not in way.former:
        way.backend.services.delete(way.service, way.model.version)


def _try(do: Callable[[Deployment], None], way: Deployment) -> str:
    """Return the words of an error, "" without one: one failure to restore must not keep the other from being tried."""
    try:
        do(way)
    except (OperationError, OSError) as error:
        return _words(error)
    return ""


def _forget_others(way: Deployment, service: Service) -> None:
    """Keep the version of before, which is ready to take over, and no older one; after a rollback, only the new one."""
    if way.verb == "deploy" and way.main is None:  # the version served already: what waits is still the way back
        return
    kept = {way.model.version, *([] if way.verb == "rollback" else [way.main])}
    for version, share in service.traffic.items():
        if version not in kept and not share:
            again = way.configuration.command(f"undeploy --version {version}")
            with _only_said(f"Version {version}, which takes no traffic, could not be ended (try again: {again})"):
                way.backend.services.delete(way.service, version)


@contextmanager
def _only_said(what: str) -> Iterator[None]:
    """Say that something failed after the version took its traffic: the deployment stands all the same."""
    try:
        yield
    except (OperationError, OSError) as error:
        console.say(f"{what}: {_words(error)}")


def _look_again(way: Deployment, service: Service) -> Service:
    try:
        return way.backend.services.find(way.service) or service
    except OperationError as error:
        console.say(f"The service could not be looked at again: {error}")
        return service


def describe(traffic: Mapping[int, int]) -> str:
    """Say in words who takes what."""
    return ", ".join(f"version {version}: {share} %" for version, share in traffic.items()) or "nothing"
