"""Deploy, train and deploy, roll back and undeploy: what serves, and how much of the traffic it takes."""

from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration, LocalSettings
from operation.execution.deployment import audit
from operation.execution.deployment.path import ALL, Deployment, alone, bring, describe, hosting, request_file
from operation.execution.registration.find_version import find_version
from operation.execution.training import plan as planning
from operation.execution.training import train
from operation.execution.values import ModelVersion, Service


def deploy(configuration: Configuration, version: int | None = None, share: int = ALL, reason: str = "") -> Service:
    """Put a version, by default the champion, into service with so many percent of the traffic.

    Raises:
        OperationError: there is no such version, or it failed on its way; then what served before serves on.
    """
    if not 1 <= share <= ALL:
        raise OperationError(f"--traffic must be a percent from 1 to 100, not {share}.")
    backend = connect(configuration)
    with alone(configuration):
        backend.check()
        model = find_version(configuration, backend.registry, version)
        before = backend.services.find(configuration.service)
        way = Deployment(configuration, backend, "deploy", model, share, reason, before)
        if share < ALL and way.main is None:
            raise OperationError(
                f"--traffic {share}: no other version serves that could take the rest. Leave --traffic out."
            )
        champion = backend.registry.find(configuration.model)  # before: once the version serves, nothing must fail
        service = bring(way)
    if share < ALL:
        rest = configuration.command(f"deploy --version {model.version}")
        console.say(f"Version {model.version} takes {share} % as a trial. To give it all of the traffic: {rest}")
    elif champion is None or champion.version != model.version:
        promote = configuration.command(f"promote --version {model.version}")
        console.say(f"{_name(champion)}, but version {model.version} serves. To make it the champion: {promote}")
    _show(configuration, service)
    return service


def train_and_deploy(configuration: Configuration, plan: bool, detach: bool, force: bool, explain: bool) -> None:
    """Train, and then serve the champion, whichever the gate has made it, unless it serves already.

    With `plan`, only say what would be done.

    Raises:
        OperationError: something is in the way of training or of serving; the latter is said before training starts.
    """
    if detach:
        raise OperationError("--deploy waits for the model, and --detach does not: leave one of them out.")
    backend, name = connect(configuration), configuration.service
    if plan:
        planning.show_plan(configuration)
        console.say(f"{'deploy':<12} the champion, as the service {name}")
        return
    backend.services.check(name, hosting(configuration), ALL)
    train.train(configuration, force, explain)
    champion, service = backend.registry.find(configuration.model), backend.services.find(name)
    if champion and service and service.state == "ready" and service.traffic.get(champion.version) == ALL:
        console.say(f"{name} serves the champion, version {champion.version}, already.\n{service.address}")
        return
    deploy(configuration)


def rollback(configuration: Configuration, to: int | None, reason: str) -> Service:
    """Return to a version, by default the last that passed before, and make it the champion; nothing is trained.

    Where nothing is known of that, as on a new machine, it is the version that waits beside the one that serves.

    Raises:
        OperationError: there is no reason given or no such version, or it failed on its way.
    """
    if not reason.strip():
        raise OperationError("--reason is missing: say why, for those who read the audit later.")
    backend = connect(configuration)
    with alone(configuration):
        backend.check()
        before = backend.services.find(configuration.service)
        passed = audit.last_that_passed(configuration, before.traffic if before else {})
        version = to or passed or _waiting(before)
        if version is None:
            raise OperationError(
                f"No earlier version of {configuration.service} took all the traffic and passed. "
                f"Name one: {configuration.command('rollback --to N --reason TEXT')}"
            )
        model = find_version(configuration, backend.registry, version)
        service = bring(Deployment(configuration, backend, "rollback", model, ALL, reason, before), watched=False)
        _promote(configuration, backend, model)
    _show(configuration, service)
    return service


def undeploy(configuration: Configuration, version: int | None = None) -> None:
    """End the service, or a version of it that takes no traffic.

    Raises:
        OperationError: there is no such service or version, or it takes traffic.
    """
    backend, name = connect(configuration), configuration.service
    with alone(configuration):
        audit.require_commit()
        service = backend.services.find(name)
        if service is None or (version is not None and version not in service.traffic):
            if service is None:
                raise OperationError(f"{name} does not serve anything: there is nothing to end.")
            known = ", ".join(map(str, service.traffic))
            raise OperationError(f"{name} does not serve version {version}. It has: {known}.")
        if version is not None and (share := service.traffic[version]):
            raise OperationError(
                f"Version {version} takes {share} % of the traffic of {name}. Deploy another version first "
                f"({configuration.command('deploy')}), or end the service: {configuration.command('undeploy')}"
            )
        backend.services.delete(name, version)
        left = backend.services.find(name)
        for each in service.traffic if version is None else [version]:
            after = left.traffic if left else {}
            audit.record(configuration, "undeploy", each, service.traffic, after, audit.DONE, reason="")
    console.say(f"{name} serves {describe(left.traffic)}." if left else f"{name} has ended.")


def _waiting(service: Service | None) -> int | None:
    """Return the version that the last deployment left ready to take over: what an agent knows, whose audit is new."""
    waiting = [version for version, share in service.traffic.items() if not share] if service else []
    return waiting[0] if len(waiting) == 1 else None


def _promote(configuration: Configuration, backend: Backend, model: ModelVersion) -> None:
    """Make the version that serves the champion, too."""
    champion = backend.registry.find(configuration.model)
    if champion and champion.version == model.version:
        return
    with console.step("champion") as note:
        try:
            backend.registry.promote(model)
        except Exception:
            again = configuration.command(f"promote --version {model.version}")
            console.say(f"Version {model.version} serves, but is not the champion yet. Make it so: {again}")
            raise
        note.text = f"version {model.version}{f', in place of version {champion.version}' if champion else ''}"


def _name(champion: ModelVersion | None) -> str:
    return f"The champion is version {champion.version}" if champion else "There is no champion"


def _show(configuration: Configuration, service: Service) -> None:
    """Say what serves where, and how to ask it."""
    file, key = request_file(configuration), configuration.serving.key
    key = key if isinstance(configuration.backend, LocalSettings) else "KEY"  # one of the two that Azure ML has made
    short = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    header = f' -H "Authorization: Bearer ${key}"' if key else ""
    console.say(f"{service.name} serves {describe(service.traffic)}, at {service.address}")
    console.say(f"Ask it: curl {service.address}{header} -d @{short}")
