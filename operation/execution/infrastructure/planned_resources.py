"""Show without Azure what the templates would create: resources, names, sizes, and relaxed security."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operation import console
from operation.execution.infrastructure.arm_expressions import Scope
from operation.execution.infrastructure.arm_templates import FOLDER, RELAXED, Json, linked_template, main_template

COLUMNS = ["template", "resource", "name", "size"]
ALWAYS = (
    "secure: vault with roles and purge protection, TLS 1.2, no public blobs, infrastructure encryption, nodes without "
    "public address and local accounts"
)
UNIQUE_NAMES = "<13 characters> stands for what Azure adds to make the name unique; what-if shows it."


def show(resource_group: str, parameters: Json, folder: Path = FOLDER) -> None:
    """Print what would be created, where, and which secure defaults are relaxed."""
    rows = list(resources(parameters, folder))
    console.table(f"In the resource group {resource_group}, in its region", COLUMNS, rows)
    console.say(f"{UNIQUE_NAMES}\n")
    console.say(f"always    {ALWAYS}")
    for line in security(parameters, main_template(folder)["parameters"]):
        console.say(line)


def resources(parameters: Json, folder: Path = FOLDER) -> Iterator[list[str]]:
    """Yield template, type, name and size of each resource.

    The role assignments of a template are one row: their names are random ids, and there are dozens.
    """
    main = main_template(folder)
    outer = scope(main, parameters)
    for deployment in main["resources"]:
        # A template that is optional, such as that of AKS, has a condition on its deployment.
        if not outer.value(deployment.get("condition", True)):
            continue
        template, properties = linked_template(deployment, folder), deployment["properties"]
        given = {name: outer.value(each["value"]) for name, each in properties["parameters"].items()}
        inner, file = scope(template, given), properties["templateLink"]["relativePath"]
        roles = [each for each in template["resources"] if each["type"].endswith("/roleAssignments")]
        if roles:
            yield [file, roles[0]["type"], f"{len(roles)} role assignments", ""]
        for each in template["resources"]:
            if each not in roles:
                yield [file, each["type"], str(inner.value(each["name"])), str(inner.value(size(each)))]


def scope(template: Json, given: Json) -> Scope:
    """Return what the template's expressions can refer to. Only defaults are evaluated: a given value is never code."""
    known = Scope(given, {})
    defaults = {name: known.value(each.get("defaultValue")) for name, each in template["parameters"].items()}
    return Scope(defaults | given, template.get("variables", {}))


def size(resource: Json) -> Any:
    """Return the SKU of a resource, or the size of its nodes; "" if it has neither."""
    properties = resource.get("properties", {})
    for sku in (resource.get("sku"), properties.get("sku")):
        # The SKU of a Kubernetes cluster is that of its control plane; what costs money are its nodes.
        if sku and "agentPoolProfiles" not in properties:
            return sku["name"]
    nodes = properties.get("agentPoolProfiles", [properties.get("properties", {})])
    return nodes[0].get("vmSize", "")


def security(parameters: Json, declared: Json) -> Iterator[str]:
    """Yield a line for each setting that can be relaxed: whether it is, and if so, why one would."""
    for name, each in declared.items():
        description = each["metadata"]["description"]
        if description.startswith(RELAXED):
            value = parameters.get(name, each["defaultValue"])
            _, _, reason = description.partition(": ")
            relaxed = value != each["defaultValue"]
            shown = str(value).lower() if isinstance(value, bool) else value  # as people write it in JSON
            yield f"{'relaxed' if relaxed else 'secure':<10}{name} is {shown}{': ' + reason if relaxed else ''}"
