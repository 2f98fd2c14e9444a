"""`az deployment group`: what follows from a template and its parameters alone, for a resource group that is empty.

Nothing of it proves anything about Azure: not names, quotas, policies, rights or what a resource's properties may be.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_pipelines_local.running.work.az.arm_templates import DEPLOYMENT, Json, check, resources, scope
from azure_pipelines_local.running.work.az.command_line import AzError, Question

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


def read(question: Question, group: str) -> Deployment:
    """The deployment that is asked for.

    Raises:
        AzError: a file is missing or is no template, or a parameter is unknown, missing or not allowed.
    """
    question.required("--resource-group")
    template = _read(question.required("--template-file"))
    if "deploymentTemplate.json" not in str(template.get("$schema")) or not isinstance(template.get("resources"), list):
        raise AzError(f"{question.option('--template-file')} is no ARM template: it needs $schema and resources.")
    given = dict(pair for value in question.options.get("--parameters", ()) for pair in _parameters(value, question))
    check(template, given, "the template")
    name = question.option("--name") or Path(question.required("--template-file")).stem
    return Deployment(name, group, template, given)


def _read(file: str) -> Json:
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise AzError(f"{error.strerror}: {file}") from error
    except ValueError as error:
        raise AzError(f"Failed to parse {file}: {error}") from error
    if not isinstance(content, dict):
        raise AzError(f"Failed to parse {file}: it holds no object.")
    return content


def _parameters(value: str, question: Question) -> Iterator[tuple[str, Any]]:
    """Names and values of a file; a value that stands in a key vault, or on the command line, is not known here."""
    if not value.startswith("@") and not Path(value).is_file():
        raise question.unknown("--parameters")
    for name, each in _read(value.removeprefix("@")).get("parameters", {}).items():
        if set(each) != {"value"}:
            raise AzError(f"this az only records its calls, and knows of a parameter no more than its value: {name}")
        yield name, each["value"]


def validate(asked: Deployment) -> Json:
    """What would be made."""
    made = [f"{asked.group}/providers/{path}" for path, _ in resources(asked.template, asked.given)]
    properties = {"provisioningState": "Succeeded", "validatedResources": [{"id": each} for each in made]}
    return _answer(asked, properties)


def what_if(asked: Deployment) -> str:
    """Every resource as a new one."""
    found = sorted(resources(asked.template, asked.given))
    lines = [f"  + {path} [{version}]" for path, version in found]
    end = f"Resource changes: {len(found)} to create."
    scoped = f"The deployment will update the following scope:\n\nScope: {asked.group}"
    return "\n".join([NOTE, "", HEAD, "", scoped, "", *lines, "", end, ""])


def create(asked: Deployment) -> Json:
    """The deployment as one that succeeded, with the template's outputs as far as they can be told without Azure."""
    known, declared = scope(asked.template, asked.given), asked.template.get("outputs", {})
    outputs = {name: {"type": each["type"], "value": known.value(each["value"])} for name, each in declared.items()}
    made = [f"{asked.group}/providers/{path}" for path, _ in resources(asked.template, asked.given)]
    properties = {
        "provisioningState": "Succeeded",
        "outputs": outputs,
        "outputResources": [{"id": each} for each in made],
    }
    return _answer(asked, properties)


def _answer(asked: Deployment, properties: Json) -> Json:
    return {"id": f"{asked.group}/providers/{DEPLOYMENT}/{asked.name}", "name": asked.name, "properties": properties}


ANSWERS: Mapping[str, Callable[[Deployment], Json | str]] = {
    "deployment group validate": validate,
    "deployment group what-if": what_if,
    "deployment group create": create,
}
