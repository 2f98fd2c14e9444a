"""The templates, and all of them as the one that Azure takes."""

from pathlib import Path
from typing import Any

from operation.execution.configuration.sections import ROOT
from operation.execution.json_files import read_json

FOLDER = ROOT / "azure-pipelines" / "infrastructure"
RELAXED = "Relaxed by "  # begins the description of each parameter that can make something less secure
MEND = "Mend it there: people wrote it."
Json = dict[str, Any]


def main_template(folder: Path = FOLDER) -> Json:
    """main.json, as it is written."""
    return read_json(folder / "main.json", MEND)


def linked(resource: Json, folder: Path = FOLDER) -> Json:
    """The template that a deployment within main.json links."""
    return read_json(folder / resource["properties"]["templateLink"]["relativePath"], MEND)


def assembled(folder: Path = FOLDER) -> Json:
    """main.json with the linked templates inside it: Azure follows links only to what is published somewhere."""
    template = main_template(folder)
    for resource in template["resources"]:
        inner = linked(resource, folder)
        del resource["properties"]["templateLink"]
        resource["properties"] |= {"expressionEvaluationOptions": {"scope": "inner"}, "template": inner}
    return template
