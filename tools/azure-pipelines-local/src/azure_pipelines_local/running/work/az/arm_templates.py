"""ARM templates, as far as they can be read without Azure: their parameters, and the resources that they hold."""

from collections.abc import Iterator
from typing import Any

from azure_pipelines_local.running.work.az.command_line import AzError
from azure_pipelines_local.running.work.az.limits import TYPES, expected
from azure_pipelines_local.running.work.az.template_functions import UNKNOWN, Scope

Json = dict[str, Any]
DEPLOYMENT = "Microsoft.Resources/deployments"
NEEDED, BEYOND = ("type", "name", "apiVersion"), ("copy", "resources")


def check(template: Json, given: Json, where: str) -> None:
    """Raise AzError, as Azure would, if the values are not what the template declares."""
    declared = template.get("parameters", {})
    unknown = sorted(given.keys() - declared.keys())
    missing = [name for name, each in declared.items() if "defaultValue" not in each and name not in given]
    wrong = [name for name, value in given.items() if name in declared and not _is_allowed(value, declared[name])]
    for names, what in ((unknown, "not declared by"), (missing, "missing for"), (wrong, "of a value not allowed by")):
        if names:
            raise AzError(f"(InvalidTemplate) Parameters {what} {where}: {', '.join(names)}.")


def _is_allowed(value: Any, declared: Json) -> bool:
    """Whether it may be; what only Azure knows may."""
    kind = declared["type"].lower().removeprefix("secure")
    return value == UNKNOWN or (kind in TYPES and not expected(value, {**declared, "type": kind}))


def scope(template: Json, given: Json) -> Scope:
    """What the expressions of a template see, that is given these values."""
    declared, plain = template.get("parameters", {}), Scope(given, {})
    defaults = {name: plain.value(each["defaultValue"]) for name, each in declared.items() if "defaultValue" in each}
    return Scope(defaults | given, template.get("variables", {}))


def resources(template: Json, given: Json) -> Iterator[tuple[str, str]]:
    """Path and API version of each resource whose condition holds, those of templates within it, too."""
    known = scope(template, given)
    for resource in template["resources"]:
        if missing := [key for key in NEEDED if key not in resource]:
            raise AzError(f"(InvalidTemplate) A resource has no {', '.join(missing)}.")
        if beyond := [key for key in BEYOND if key in resource]:
            raise AzError(f"this az only records its calls, and knows no {', '.join(beyond)} of {resource['type']}.")
        if known.value(resource.get("condition", True)):
            path = _path(resource["type"], str(known.value(resource["name"])))
            yield from _within(resource, known) if resource["type"] == DEPLOYMENT else [(path, resource["apiVersion"])]


def _within(resource: Json, known: Scope) -> Iterator[tuple[str, str]]:
    """The resources of a deployment that stands in a template."""
    called, properties = f"the deployment {resource['name']}", resource["properties"]
    if "template" not in properties:
        raise AzError(f"(InvalidTemplate) There is no template within {called}.")
    values = {name: known.value(each["value"]) for name, each in properties.get("parameters", {}).items()}
    check(properties["template"], values, called)
    yield from resources(properties["template"], values)


def _path(kind: str, name: str) -> str:
    """As what-if names a resource: `Namespace/type/name/type/name`."""
    namespace, *kinds = kind.split("/")
    return "/".join([namespace, *(each for pair in zip(kinds, name.split("/"), strict=False) for each in pair)])
