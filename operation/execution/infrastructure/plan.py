"""What the templates would make, told without Azure: resources, names, sizes, and what is relaxed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operation import console
from operation.execution.infrastructure.expressions import Scope
from operation.execution.infrastructure.templates import FOLDER, RELAXED, Json, linked, main_template

COLUMNS = ["template", "resource", "name", "size"]
ALWAYS = (
    "secure: vault with roles and purge protection, TLS 1.2, no public blobs, infrastructure encryption, nodes without "
    "public address and local accounts"
)
UNIQUE_NAMES = "Where <13 characters> stands, Azure makes the name unique; what-if shows it."


def show(resource_group: str, parameters: Json, folder: Path = FOLDER) -> None:
    """Print what would be made, where, and which secure default is relaxed."""
    rows = list(resources(parameters, folder))
    console.table(f"In the resource group {resource_group}, in its region", COLUMNS, rows)
    console.say(f"{UNIQUE_NAMES}\n")
    console.say(f"always    {ALWAYS}")
    for line in security(parameters, main_template(folder)["parameters"]):
        console.say(line)


def resources(parameters: Json, folder: Path = FOLDER) -> Iterator[list[str]]:
    """Template, type, name and size of each resource. Role assignments, whose names say nothing, are one row."""
    main = main_template(folder)
    outer = scope(main, parameters)
    for deployment in main["resources"]:
        if not outer.value(deployment.get("condition", True)):
            continue
        template, properties = linked(deployment, folder), deployment["properties"]
        given = {name: outer.value(each["value"]) for name, each in properties["parameters"].items()}
        inner, file = scope(template, given), properties["templateLink"]["relativePath"]
        roles = [each for each in template["resources"] if each["type"].endswith("/roleAssignments")]
        if roles:
            yield [file, roles[0]["type"], f"{len(roles)} role assignments", ""]
        for each in template["resources"]:
            if each not in roles:
                yield [file, each["type"], str(inner.value(each["name"])), str(inner.value(size(each)))]


def scope(template: Json, given: Json) -> Scope:
    """What the template's expressions see; a value that is given is none, whatever it begins with."""
    known = Scope(given, {})
    defaults = {name: known.value(each.get("defaultValue")) for name, each in template["parameters"].items()}
    return Scope(defaults | given, template.get("variables", {}))


def size(resource: Json) -> Any:
    """The SKU of a resource, or the size of its nodes; "" if it has neither."""
    properties = resource.get("properties", {})
    for sku in (resource.get("sku"), properties.get("sku")):
        if sku and "agentPoolProfiles" not in properties:
            return sku["name"]
    nodes = properties.get("agentPoolProfiles", [properties.get("properties", {})])
    return nodes[0].get("vmSize", "")


def security(parameters: Json, declared: Json) -> Iterator[str]:
    """A line for each setting that can be relaxed: whether it is, and why one would."""
    for name, each in declared.items():
        description = each["metadata"]["description"]
        if description.startswith(RELAXED):
            value = parameters.get(name, each["defaultValue"])
            _, _, reason = description.partition(": ")
            relaxed = value != each["defaultValue"]
            told = f"{name} is {str(value).lower() if isinstance(value, bool) else value}"
            yield f"{'relaxed' if relaxed else 'secure':<10}{told}{': ' + reason if relaxed else ''}"
