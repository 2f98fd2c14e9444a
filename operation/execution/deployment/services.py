"""`invoke services`: what serves, with versions and traffic, and who changed that."""

from collections.abc import Mapping

from operation import console
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment import audit
from operation.execution.values import Service

COLUMNS = ("service", "address", "version", "traffic", "state", "champion")
OF_AUDIT = ("time", "who", "verb", "service", "version", "before", "after", "outcome", "reason", "commit")
UNBROKEN = ("time", "who", "verb", "version", "outcome", "commit")  # columns of the audit that are wrapped last
SECOND = len("2026-12-01T12:44:44")  # characters of a time; the file has milliseconds
SHORT = 8  # characters of a commit, as `invoke models` shows them


def show(configuration: Configuration, audited: bool = False) -> None:
    """Print a table of the services, or of every change of them."""
    if audited:
        _show_audit(configuration)
        return
    backend = connect(configuration)
    backend.check()
    services = backend.services.list()
    if not services:
        console.say(f"Nothing serves. Start it: {configuration.command('deploy')}")
        return
    console.table("Services", COLUMNS, [row for one in services for row in _rows(configuration, backend, one)])
    for service in services:
        found = differences(configuration, _champion(configuration, backend, service), service)
        for line in [*losses(configuration, service), *found]:
            console.say(f"{service.name}: {line}")


def _rows(configuration: Configuration, backend: Backend, service: Service) -> list[list[str]]:
    champion = _champion(configuration, backend, service)
    return [
        [
            *(service.name, service.address, str(version), f"{share} %", _state(service, version)),
            "champion" if version == champion else "",
        ]
        for version, share in service.traffic.items()
    ]


def _state(service: Service, version: int) -> str:
    """Say how the service is and, where that is well, whether the version itself has ended."""
    if service.state == "ready" and version in service.ended:
        return "ended"
    return f"{service.state}{f': {service.note}' if service.note else ''}"


def _champion(configuration: Configuration, backend: Backend, service: Service) -> int | None:
    """Return the champion of the service's model; None of a service that is not of this use case."""
    found = backend.registry.find(configuration.model) if service.name == configuration.service else None
    return found.version if found else None


def differences(configuration: Configuration, champion: int | None, service: Service) -> list[str]:
    """Say where the service differs from the registry, whose champion is what should serve; None: it has none."""
    serving = [version for version, share in service.traffic.items() if share]
    if champion is None or serving == [champion]:
        return []
    left = [version for version in serving if version != champion]
    others = ", ".join(f"version {version}" for version in left)
    number = left[0] if len(left) == 1 else "N"
    deploy, promote = configuration.command("deploy"), configuration.command(f"promote --version {number}")
    if champion in serving:  # a trial, as `invoke deploy --traffic` begins one
        return [
            f"the champion, version {champion}, shares the traffic with {others}. "
            f"To serve the champion alone: {deploy}. To make the other the champion: {promote}"
        ]
    return [
        f"the champion is version {champion}, and {others or 'nothing'} serves. "
        f"To serve the champion: {deploy}. To make what serves the champion: {promote}"
    ]


def losses(configuration: Configuration, service: Service) -> list[str]:
    """Say what no longer runs, with the remedy; nothing of a service that is not of this use case."""
    if service.name != configuration.service:
        return []
    if service.state in ("failed", "stopped"):
        return [f"to have the champion serve again: {configuration.command('deploy')}"]
    rollback = configuration.command("rollback --reason TEXT")
    return [
        f"version {version}, which was kept for a rollback, has ended. {rollback} starts it again. "
        f"To forget it: {configuration.command(f'undeploy --version {version}')}"
        for version in service.ended
    ]


def _show_audit(configuration: Configuration) -> None:
    found = list(audit.entries(configuration))
    if not found:
        console.say("Nothing has been deployed yet.")
        return
    rows = [_audit_row(one) for one in found]
    console.table("Deployments", OF_AUDIT, rows, UNBROKEN)


def _audit_row(one: audit.Entry) -> list[str]:
    shares = [_share(one.before), _share(one.after)]
    said = [f"{one.time[:SECOND]}Z", one.who, one.verb, one.service, str(one.version)]
    return [*said, *shares, one.outcome, one.reason, one.commit[:SHORT]]


def _share(traffic: Mapping[str, int]) -> str:
    return ", ".join(f"{version}: {share} %" for version, share in traffic.items() if share) or "-"
