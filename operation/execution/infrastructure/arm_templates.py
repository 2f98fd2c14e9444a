"""Read the ARM templates, and assemble them into the single one that is sent to Azure."""

from pathlib import Path
from typing import Any

from operation.execution.configuration.sections import ROOT
from operation.execution.json_files import read_json

FOLDER = ROOT / "azure-pipelines" / "infrastructure"
RELAXED = "Relaxed by "  # how the description of each parameter begins that can make something less secure
REMEDY = "Fix it in an editor."  # unlike what runs write, people wrote it: deleting it would be wrong
Json = dict[str, Any]


def main_template(folder: Path = FOLDER) -> Json:
    """Read main.json."""
    return read_json(folder / "main.json", REMEDY)


def linked_template(resource: Json, folder: Path = FOLDER) -> Json:
    """Read the template that a deployment inside main.json links to."""
    return read_json(folder / resource["properties"]["templateLink"]["relativePath"], REMEDY)


def assemble(folder: Path = FOLDER) -> Json:
    """Return main.json with the linked templates inside: Azure follows links only to what is published on the web."""
    template = main_template(folder)
    for resource in template["resources"]:
        inner = linked_template(resource, folder)
        del resource["properties"]["templateLink"]
        # Scope "inner": an expression sees the parameters of its own template, as it does when the file is linked.
        resource["properties"] |= {"expressionEvaluationOptions": {"scope": "inner"}, "template": inner}
    return template
