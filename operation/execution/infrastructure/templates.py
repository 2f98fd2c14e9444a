"""The templates as one that Azure takes, and its parameters: names from configuration, the rest from a file."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.backends.azureml.names import Names
from operation.execution.configuration import ROOT, AzureMLSettings
from operation.execution.files import read_json

FOLDER = ROOT / "azure-pipelines" / "infrastructure"
RELAXED = "Relaxed by "  # begins the description of each parameter that can make something less secure
TYPES: dict[str, type] = {"array": list, "bool": bool, "int": int, "object": dict, "string": str}
Json = dict[str, Any]


def main_template(folder: Path = FOLDER) -> Json:
    """main.json, as it is written."""
    return read_json(folder / "main.json")


def linked(resource: Json, folder: Path = FOLDER) -> Json:
    """The template that a deployment within main.json links."""
    return read_json(folder / resource["properties"]["templateLink"]["relativePath"])


def assembled(folder: Path = FOLDER) -> Json:
    """main.json with the linked templates inside it: Azure follows links only to what is published somewhere."""
    template = main_template(folder)
    for resource in template["resources"]:
        inner = linked(resource, folder)
        del resource["properties"]["templateLink"]
        resource["properties"] |= {"expressionEvaluationOptions": {"scope": "inner"}, "template": inner}
    return template


def parameters(environment: str, settings: AzureMLSettings, names: Names, folder: Path = FOLDER) -> Json:
    """The value of each parameter that is given, those of configuration first.

    Raises:
        OperationError: the environment has no file of parameters, or that says what main.json or configuration does
            not allow.
    """
    compute = settings.compute
    configured = {
        "workspaceName": names.workspace,
        "computeName": compute.name,
        "vmSize": compute.vm_size,
        "priority": compute.priority,
        "leastNodes": compute.least_nodes,
        "mostNodes": compute.most_nodes,
        "idleSeconds": compute.idle_seconds,
    }
    file = folder / "parameters" / f"{environment}.json"
    if not file.is_file():
        raise OperationError(f"{file} is missing: copy prd.json beside it, and give its contents a name of their own.")
    given = {name: each["value"] for name, each in read_json(file)["parameters"].items()}
    repeated = sorted(configured.keys() & given)
    if repeated:
        raise OperationError(f"{file}: remove {', '.join(repeated)}, which configuration/environments says.")
    checked(configured | given, main_template(folder)["parameters"], str(file))
    return configured | given


def checked(given: Json, declared: Json, file: str) -> None:
    """Raise OperationError for a parameter that is unknown or missing, or a value that is not allowed."""
    for name, value in given.items():
        if name not in declared:
            near = get_close_matches(name, declared, n=1)
            raise OperationError(f"{file}: unknown parameter {name}. Valid: {', '.join(near or sorted(declared))}.")
        wanted = expected(value, declared[name])
        if wanted:
            raise OperationError(f"{file}: {name} is {value!r}, and must be {wanted}.")
    missing = [name for name, each in declared.items() if "defaultValue" not in each and name not in given]
    if missing:
        raise OperationError(f"{file}: {', '.join(missing)} is missing.")


def expected(value: Any, declared: Json) -> str:
    """What the value should be, if it is something else; "" if it is right."""
    if type(value) is not TYPES[declared["type"]]:
        return f"of the type {declared['type']}"
    if value not in declared.get("allowedValues", [value]):
        return f"one of {', '.join(map(str, declared['allowedValues']))}"
    if isinstance(value, str) and len(value) > declared.get("maxLength", len(value)):
        return f"at most {declared['maxLength']} characters long"
    if isinstance(value, int) and value < declared.get("minValue", value):
        return f"at least {declared['minValue']}"
    return ""
