"""The parameters of the templates: names from configuration, the rest from a file, checked before Azure is asked."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.backends.azureml.workspace_names import Names
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.infrastructure.limits import expected
from operation.execution.infrastructure.templates import FOLDER, MEND, Json, main_template
from operation.execution.json_files import read_json

IDENTIFIER = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Forms that Azure holds names to, which a template cannot say, and the words for them.
FORMS = {
    "clusterName": (r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?)?", "letters, digits and inner hyphens, or empty"),
    "computeName": (r"[a-zA-Z][a-zA-Z0-9-]*", "letters, digits and hyphens, a letter first"),
    "name": (r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?", "letters, digits and inner hyphens"),
    "pipelinePrincipalId": (rf"({IDENTIFIER})?", "an object id such as 11111111-2222-3333-4444-555555555555, or empty"),
    "resource_group": (r"[\w.()-]{0,89}[\w()-]", "letters, digits and ._()- without a dot at the end"),
    "subscription_id": (IDENTIFIER, "an id such as 11111111-2222-3333-4444-555555555555"),
    "workspaceName": (r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, _ and -, a letter or digit first"),
}
LONGEST = 80  # characters of a value that is told


def collect(environment: str, settings: AzureMLSettings, names: Names, folder: Path = FOLDER) -> Json:
    """The value of each parameter that is given, those of configuration first.

    Raises:
        OperationError: the environment has no file of parameters, or that says what main.json or configuration does
            not allow, or a name cannot be one in Azure.
    """
    declared, configured = main_template(folder)["parameters"], of_configuration(settings, names)
    for name in ("subscription_id", "resource_group"):
        check(f"{names.source}: {name}", getattr(names, name), {"type": "string"}, name)
    for name, (key, value) in configured.items():
        check(key, value, declared[name], name)
    file = folder / "parameters" / f"{environment}.json"
    given = of_file(file)
    repeated = sorted(configured.keys() & given)
    if repeated:
        raise OperationError(f"{file}: remove {', '.join(repeated)}, which configuration/environments says.")
    check_file(given, {name: each for name, each in declared.items() if name not in configured}, str(file))
    return {name: value for name, (_, value) in configured.items()} | given


def of_configuration(settings: AzureMLSettings, names: Names) -> dict[str, tuple[str, Any]]:
    """For each parameter that configuration says: where, in words, and its value."""
    compute, where = settings.compute, "configuration: backend.compute"
    return {
        "workspaceName": (f"{names.source}: workspace", names.workspace),
        "computeName": (f"{where}.name", compute.name),
        "vmSize": (f"{where}.vm_size", compute.vm_size),
        "priority": (f"{where}.priority", compute.priority),
        "leastNodes": (f"{where}.least_nodes", compute.least_nodes),
        "mostNodes": (f"{where}.most_nodes", compute.most_nodes),
        "idleSeconds": (f"{where}.idle_seconds", compute.idle_seconds),
    }


def of_file(file: Path) -> Json:
    """The values of a file of parameters; raises OperationError if it is missing or has another form."""
    if not file.is_file():
        raise OperationError(f"{file} is missing: copy prd.json beside it, and give its contents a name of their own.")
    entries = read_json(file, MEND).get("parameters")
    if not isinstance(entries, dict):
        raise OperationError(f'{file}: it needs an object "parameters", as prd.json beside it has.')
    for name, each in entries.items():
        if not isinstance(each, dict) or set(each) != {"value"}:
            raise OperationError(
                f'{file}: write {name} as {{"value": ...}}; nothing else is read, no key vault either.'
            )
    return {name: each["value"] for name, each in entries.items()}


def check_file(given: Json, declared: Json, file: str) -> None:
    """Raise OperationError for a parameter that is unknown or missing, or a value that is not allowed."""
    for name, value in given.items():
        if name not in declared:
            near = get_close_matches(name, declared, n=1)
            raise OperationError(f"{file}: unknown parameter {name}. Valid: {', '.join(near or sorted(declared))}.")
        check(f"{file}: {name}", value, declared[name], name)
    missing = [name for name, each in declared.items() if "defaultValue" not in each and name not in given]
    if missing:
        raise OperationError(f"{file}: {', '.join(missing)} is missing.")


def check(where: str, value: Any, declared: Json, name: str) -> None:
    """Raise OperationError that names where it stands, and what it must be, for a value that is not allowed."""
    wanted = expected(value, declared)
    form, words = FORMS.get(name, ("", ""))
    if not wanted and form and not re.fullmatch(form, value, re.ASCII):
        wanted = words
    if wanted:
        told = repr(value)
        raise OperationError(
            f"{where} is {told if len(told) <= LONGEST else told[:LONGEST] + ' ...'}, and must be {wanted}."
        )
