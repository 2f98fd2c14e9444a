"""Read ARM templates, as far as possible without Azure: their parameters, and the resources that they hold."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from azure_pipelines_local.running.work.az.command_line import AzError
from azure_pipelines_local.running.work.az.template_functions import UNKNOWN, Scope

Json = dict[str, Any]
DEPLOYMENT = "Microsoft.Resources/deployments"
REQUIRED, UNSUPPORTED = ("type", "name", "apiVersion"), ("copy", "resources")  # keys of a resource
TYPES: dict[str, type] = {"array": list, "bool": bool, "int": int, "object": dict, "string": str}
LIMITS: dict[str, Callable[[int, int], bool]] = {  # each with the comparison that says that a value is beyond it
    "minLength": operator.lt,
    "maxLength": operator.gt,
    "minValue": operator.lt,
    "maxValue": operator.gt,
}


def check_parameters(template: Json, given: Json, where: str) -> None:
    """Raise AzError, as Azure would, if the values are not what the template declares."""
    declared = template.get("parameters", {})
    unknown = sorted(given.keys() - declared.keys())
    missing = [name for name, each in declared.items() if "defaultValue" not in each and name not in given]
    wrong = [name for name, value in given.items() if name in declared and not _is_allowed(value, declared[name])]
    for names, what in ((unknown, "not declared by"), (missing, "missing for"), (wrong, "of a value not allowed by")):
        if names:
            raise AzError(f"(InvalidTemplate) Parameters {what} {where}: {', '.join(names)}.")


def _is_allowed(value: Any, declared: Mapping[str, Any]) -> bool:
    """Return whether the parameter may have the value; a value that only Azure knows is allowed."""
    if value == UNKNOWN:
        return True
    kind = declared["type"].lower().removeprefix("secure")
    # `type`, not `isinstance`: True is an int for Python alone.
    is_of_type = kind in TYPES and type(value) is TYPES[kind]
    return is_of_type and value in declared.get("allowedValues", [value]) and not _is_beyond_limits(value, declared)


def _is_beyond_limits(value: Any, declared: Mapping[str, Any]) -> bool:
    limits = {key: is_beyond for key, is_beyond in LIMITS.items() if key in declared}
    sizes = {key: value if key.endswith("Value") else len(value) for key in limits}
    return any(is_beyond(sizes[key], declared[key]) for key, is_beyond in limits.items())


def scope_of(template: Json, given: Json) -> Scope:
    """Make what the expressions of a template see, given values for its parameters."""
    declared, plain = template.get("parameters", {}), Scope(given, {})
    defaults = {name: plain.value(each["defaultValue"]) for name, each in declared.items() if "defaultValue" in each}
    return Scope(defaults | given, template.get("variables", {}))


def list_resources(template: Json, given: Json) -> Iterator[tuple[str, str]]:
    """Yield path and API version of each resource whose condition holds, also of those in nested deployments.

    Raises:
        AzError: a resource lacks a key, or has one that cannot be listed here.
    """
    scope = scope_of(template, given)
    for resource in template["resources"]:
        if missing := [key for key in REQUIRED if key not in resource]:
            raise AzError(f"(InvalidTemplate) A resource has no {', '.join(missing)}.")
        if unsupported := [key for key in UNSUPPORTED if key in resource]:
            keys = ", ".join(unsupported)
            raise AzError(f"this az only records its calls, and does not support {keys} of {resource['type']}.")
        if scope.value(resource.get("condition", True)):
            path = _path(resource["type"], str(scope.value(resource["name"])))
            yield from _nested(resource, scope) if resource["type"] == DEPLOYMENT else [(path, resource["apiVersion"])]


def _nested(resource: Json, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield the resources of a deployment in a template: what Bicep makes of a module."""
    where, properties = f"the deployment {resource['name']}", resource["properties"]
    if "template" not in properties:
        raise AzError(f"(InvalidTemplate) There is no template within {where}.")
    values = {name: scope.value(each["value"]) for name, each in properties.get("parameters", {}).items()}
    check_parameters(properties["template"], values, where)
    yield from list_resources(properties["template"], values)


def _path(kind: str, name: str) -> str:
    """Name a resource as what-if does: `Namespace/type/name/type/name`."""
    namespace, *kinds = kind.split("/")
    return "/".join([namespace, *(each for pair in zip(kinds, name.split("/"), strict=False) for each in pair)])
