"""Collect the templates' parameters: names from configuration, the rest from a file; check them before asking Azure."""

import operator
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.backends.azureml.workspace_names import Names
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.infrastructure.arm_templates import FOLDER, REMEDY, Json, main_template
from operation.execution.json_files import read_json

IDENTIFIER = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# Forms that Azure requires of names and no template can declare: the pattern, and the words for it.
FORMS = {
    "clusterName": (r"([a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?)?", "letters, digits and inner hyphens, or empty"),
    "computeName": (r"[a-zA-Z][a-zA-Z0-9-]*", "letters, digits and hyphens, a letter first"),
    "name": (r"[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?", "letters, digits and inner hyphens"),
    "pipelinePrincipalId": (rf"({IDENTIFIER})?", "an object id such as 11111111-2222-3333-4444-555555555555, or empty"),
    "resource_group": (r"[\w.()-]{0,89}[\w()-]", "letters, digits and ._()- without a dot at the end"),
    "subscription_id": (IDENTIFIER, "an id such as 11111111-2222-3333-4444-555555555555"),
    "workspaceName": (r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, _ and -, a letter or digit first"),
}
LONGEST = 80  # characters of a value in a message
TYPES: dict[str, type] = {"array": list, "bool": bool, "int": int, "object": dict, "string": str}
LIMITS: dict[str, tuple[Callable[[int, int], bool], str]] = {
    "minLength": (operator.lt, "{} or more characters long"),
    "maxLength": (operator.gt, "{} or fewer characters long"),
    "minValue": (operator.lt, "at least {}"),
    "maxValue": (operator.gt, "at most {}"),
}


def collect(environment: str, settings: AzureMLSettings, names: Names, folder: Path = FOLDER) -> Json:
    """Return the value of each parameter that is set, those from configuration first.

    Raises:
        OperationError: the environment has no parameter file, the file has a wrong or repeated parameter, or a name is
            not allowed in Azure.
    """
    declared, configured = main_template(folder)["parameters"], from_configuration(settings, names)
    for name in ("subscription_id", "resource_group"):
        check(f"{names.source}: {name}", getattr(names, name), {"type": "string"}, name)
    for name, (key, value) in configured.items():
        check(key, value, declared[name], name)
    file = folder / "parameters" / f"{environment}.json"
    given = from_file(file)
    # Said twice, the two would differ one day, and `train` would look for another cluster than this one makes.
    repeated = sorted(configured.keys() & given)
    if repeated:
        raise OperationError(f"{file}: remove {', '.join(repeated)}, which configuration/environments sets.")
    check_file(given, {name: each for name, each in declared.items() if name not in configured}, str(file))
    return {name: value for name, (_, value) in configured.items()} | given


def from_configuration(settings: AzureMLSettings, names: Names) -> dict[str, tuple[str, Any]]:
    """Return for each parameter that configuration sets: where it stands, in words, and its value."""
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


def from_file(file: Path) -> Json:
    """Read the values in a parameter file; raises OperationError if it is missing or has another form."""
    if not file.is_file():
        raise OperationError(f"{file} is missing: copy prd.json beside it, and change its name parameter.")
    entries = read_json(file, REMEDY).get("parameters")
    if not isinstance(entries, dict):
        raise OperationError(f'{file}: it needs an object "parameters", like prd.json beside it.')
    for name, each in entries.items():
        # Azure also takes a "reference" to a secret in a key vault. Nothing here needs one, and no plan could show it.
        if not isinstance(each, dict) or set(each) != {"value"}:
            raise OperationError(
                f'{file}: {name} must be {{"value": ...}}; references to a key vault are not supported.'
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
    """Raise OperationError for a value that is not allowed; it says where it stands and what it must be."""
    wanted = expected(value, declared)
    form, words = FORMS.get(name, ("", ""))
    # ASCII, because Azure's names have no other letters and \w would match them.
    if not wanted and form and not re.fullmatch(form, value, re.ASCII):
        wanted = words
    if wanted:
        shown = repr(value)
        raise OperationError(
            f"{where} must be {wanted}, not {shown if len(shown) <= LONGEST else shown[:LONGEST] + ' ...'}."
        )


def expected(value: Any, declared: Mapping[str, Any]) -> str:
    """Say what a parameter's declaration allows, if it does not allow the value; "" if it does."""
    if type(value) is not TYPES[declared["type"]]:  # not isinstance, for which True is an int
        return f"of type {declared['type']}"
    if value not in declared.get("allowedValues", [value]):
        return f"one of {', '.join(map(str, declared['allowedValues']))}"
    return exceeded(value, declared)


def exceeded(value: Any, declared: Mapping[str, Any]) -> str:
    """Say which limit the value exceeds; "" if none."""
    for key, (exceeds, words) in LIMITS.items():
        if key in declared and exceeds(value if key.endswith("Value") else len(value), declared[key]):
            return words.format(declared[key])
    return ""
