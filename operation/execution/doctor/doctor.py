"""`invoke doctor`: check everything a run needs, and say how to get what is missing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.configuration import forms
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import ROOT, AzureMLSettings, Configuration, EmulatorSettings
from operation.execution.doctor.checklist import Check, report
from operation.execution.doctor.machine import find_hooks, machine_checks
from operation.execution.outputs import check_room, hold
from operation.tools import require

SHOWN = 5  # of what killed commands left


def run(
    environment: str, settings: Sequence[str], use_case: str | None, ado: bool, project: str | None, fix: bool = False
) -> None:
    """Check what the options ask for.

    Raises:
        OperationError: an option would have no effect, or something is missing.
    """
    if ado and (environment != "local" or settings or use_case):
        raise OperationError("--ado checks what all need: leave out --environment, --use-case and --set.")
    if ado and fix:
        raise OperationError("--fix changes the configuration of this clone: leave out --ado.")
    if project and not ado:
        raise OperationError("--project names a project in Azure DevOps: use it with --ado.")
    if ado:
        from operation.execution.doctor.azure_devops import checks

        checks.examine(project)
    else:
        if fix:
            bring_up_to_date(ROOT)
        examine(environment, settings, use_case)


def examine(environment: str, settings: Sequence[str] = (), use_case: str | None = None) -> None:
    """Check all that a run needs; raises OperationError if something is missing.

    Nothing changes but the addresses in MLflow's database, if the outputs folder was moved.
    """
    report(_all_checks(environment, settings, use_case))


def _all_checks(environment: str, settings: Sequence[str], use_case: str | None) -> Iterator[Check]:
    yield from machine_checks()
    yield Check("git hooks", find_hooks)
    yield Check("form", lambda: find_form(ROOT))
    yield Check("configuration", lambda: _describe(environment, load(environment, settings, use_case)))
    try:
        configuration = load(environment, settings, use_case)
    except OperationError:  # the check above reports it; without values there is nothing more to check
        return
    yield Check("data source", lambda: _find_source(configuration))
    yield Check("outputs", lambda: _check_outputs(configuration))
    yield from _backend_checks(configuration)


def find_form(root: Path) -> str:
    """Return that the configuration has the newest form; raises OperationError that names what is older."""
    _, _, older = forms.examine(root)
    if older:
        raise OperationError(f"configuration/ is of an older form: {'; '.join(older)}. Run: invoke doctor --fix")
    return "the newest form of configuration/"


def bring_up_to_date(root: Path) -> None:
    """Turn the configuration into the newest form, and show what that changes; comments stay."""
    before, after, older = forms.examine(root)
    if not older:
        console.say("configuration/ has the newest form: there is nothing to fix.")
        return
    console.say(forms.difference(before, after))
    forms.write(root, before, after)
    console.say("Changed configuration/ as shown above. Look at it with git diff, then commit it.")


def _describe(environment: str, configuration: Configuration) -> str:
    return f"use case {configuration.use_case}, environment {environment}, {configuration.sha256()[:8]}"


def _find_source(configuration: Configuration) -> str:
    from operation.execution.tables.sources import find_source, is_in_datastore

    source = configuration.data.source
    # Looking into a datastore would sign in, and a check of this machine should neither wait nor open a browser.
    if is_in_datastore(source) and configuration.backend.kind != "local":
        return f"{source} (not checked)"
    return str(find_source(source))


def _check_outputs(configuration: Configuration) -> str:
    from operation.execution.backends import connect
    from operation.execution.leftovers import find_leftovers

    folder, left = configuration.outputs, list[str]()
    with hold(folder):
        check_room(folder)
        if configuration.backend.kind == "local":  # another backend may need a package that a later check misses
            left = [one.name for one in find_leftovers(folder, connect(configuration))]
    if not left:
        return str(folder)
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    return f"{folder}; left by a killed command, for the next to clear: {', '.join(left[:SHOWN])}{more}"


def describe_services(configuration: Configuration) -> str:
    """Say what serves on this machine, and what stands in the way of `invoke deploy`, without which a run can do."""
    from operation.execution.backends import connect
    from operation.execution.deployment.path import ALL, describe, hosting

    services = connect(configuration).services
    found = [f"{one.name} {one.state}, {describe(one.traffic)}" for one in services.list()]
    try:
        services.check(configuration.service, hosting(configuration), ALL)
    except OperationError as error:
        found.append(f"invoke deploy would fail: {error}")
    return "; ".join(found) or "none"


def _describe_hosting(configuration: Configuration) -> str:
    """Say what a service of the workspace would be called and run on; raises OperationError for what it refuses."""
    from operation.execution.backends.azureml.service_settings import check_key
    from operation.execution.backends.azureml.services import check_name
    from operation.execution.deployment.path import hosting

    check_name(configuration.service)
    check_key(configuration.serving, configuration.command)
    needs = hosting(configuration)
    host = f"the cluster {needs.cluster} (AKS)" if needs.cluster else "a container group (ACI), one version at a time"
    return f"{configuration.service} in {host}, {needs.cpu_cores:g} cores and {needs.memory_gb:g} GB (not asked for)"


def _backend_checks(configuration: Configuration) -> list[Check]:
    """List the backend's checks. For a workspace they say which one a run would use and who would sign in.

    They do not contact Azure: that takes seconds, may open a browser, and the first run reports the same errors.
    """
    settings = configuration.backend
    if isinstance(settings, AzureMLSettings | EmulatorSettings):
        from operation.execution.backends.azureml.workspace import require_sdk
        from operation.execution.backends.azureml.workspace_names import find_names
        from operation.execution.utils import sign_in

        sdk, services = Check("azureml-core", require_sdk), Check("services", lambda: _describe_hosting(configuration))
        if isinstance(settings, EmulatorSettings):
            offline = Check("workspace", lambda: f"offline, by azureml-offline {require('azureml-offline')}")
            return [sdk, offline, services]
        named = Check("workspace", lambda: str(find_names(settings, ROOT)))
        return [sdk, named, Check("sign-in", sign_in), services]

    def registry() -> str:
        from operation.execution.backends import connect

        connect(configuration).check()
        return f"{settings.kind} backend"

    return [Check("registry", registry), Check("services", lambda: describe_services(configuration))]
