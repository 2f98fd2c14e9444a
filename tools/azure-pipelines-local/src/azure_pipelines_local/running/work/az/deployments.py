"""Answer `az deployment group` from a template and its parameters alone, for a resource group that is empty.

None of it proves anything about Azure: not names, quotas, policies, rights or what a resource's properties may be.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_pipelines_local.running.work.az.arm_templates import (
    DEPLOYMENT,
    Json,
    check_parameters,
    list_resources,
    scope_of,
)
from azure_pipelines_local.running.work.az.command_line import AzError, CommandLine

OPTIONS = ("--name", "--resource-group", "--template-file", "--parameters", "--no-prompt")
NOTE = (
    "This az is a stand-in: it lists what the template would make in an empty resource group.\n"
    "Azure was not asked, and this proves nothing about what it would say."
)
HEAD = "Resource and property changes are indicated with this symbol:\n  + Create"


@dataclass(frozen=True)
class Deployment:
    """A template with a value for each of its parameters."""

    name: str
    group: str  # the id of the resource group
    template: Json
    given: Json


def read_deployment(line: CommandLine, group: str) -> Deployment:
    """Read the deployment that the command line describes; `group` is the id of the resource group.

    Raises:
        AzError: a file is missing or not a template, or a parameter is unknown, missing or not allowed.
    """
    line.required("--resource-group")
    file = line.required("--template-file")
    template = _read_json(file)
    if "deploymentTemplate.json" not in str(template.get("$schema")) or not isinstance(template.get("resources"), list):
        raise AzError(f"{file} is not an ARM template: it needs $schema and resources.")
    given = dict(pair for value in line.options.get("--parameters", ()) for pair in _read_parameters(value, line))
    check_parameters(template, given, "the template")
    return Deployment(line.option("--name") or Path(file).stem, group, template, given)


def _read_json(file: str) -> Json:
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise AzError(f"{error.strerror}: {file}") from error
    except ValueError as error:
        raise AzError(f"Failed to parse {file}: {error}") from error
    if not isinstance(content, dict):
        raise AzError(f"Failed to parse {file}: it must hold an object.")
    return content


def _read_parameters(value: str, line: CommandLine) -> Iterator[tuple[str, Any]]:
    """Yield names and values of a file; values in a key vault or on the command line are not supported here."""
    if not value.startswith("@") and not Path(value).is_file():
        raise line.unsupported("--parameters")
    for name, each in _read_json(value.removeprefix("@")).get("parameters", {}).items():
        if set(each) != {"value"}:
            raise AzError(f"this az only records its calls, and supports only `value` of a parameter: {name}")
        yield name, each["value"]


def validate(deployment: Deployment) -> Json:
    """Answer with the ids of what would be created."""
    return _answer(deployment, {"validatedResources": _resource_ids(deployment)})


def preview(deployment: Deployment) -> str:
    """Answer what-if: every resource is a new one."""
    resources = sorted(list_resources(deployment.template, deployment.given))
    lines = [f"  + {path} [{version}]" for path, version in resources]
    end = f"Resource changes: {len(resources)} to create."
    scope = f"The deployment will update the following scope:\n\nScope: {deployment.group}"
    return "\n".join([NOTE, "", HEAD, "", scope, "", *lines, "", end, ""])


def create(deployment: Deployment) -> Json:
    """Answer with a deployment that succeeded, and the template's outputs as far as they are known without Azure."""
    scope, declared = scope_of(deployment.template, deployment.given), deployment.template.get("outputs", {})
    outputs = {name: {"type": each["type"], "value": scope.value(each["value"])} for name, each in declared.items()}
    return _answer(deployment, {"outputs": outputs, "outputResources": _resource_ids(deployment)})


def _resource_ids(deployment: Deployment) -> list[Json]:
    paths = (path for path, _ in list_resources(deployment.template, deployment.given))
    return [{"id": f"{deployment.group}/providers/{path}"} for path in paths]


def _answer(deployment: Deployment, properties: Json) -> Json:
    # Of the many properties of Azure's answer, those that scripts ask for and that follow from the template.
    name = deployment.name
    full = f"{deployment.group}/providers/{DEPLOYMENT}/{name}"
    return {"id": full, "name": name, "properties": {"provisioningState": "Succeeded", **properties}}


ANSWERS: Mapping[str, Callable[[Deployment], Json | str]] = {
    "deployment group validate": validate,
    "deployment group what-if": preview,
    "deployment group create": create,
}
