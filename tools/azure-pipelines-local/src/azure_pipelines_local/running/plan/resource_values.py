"""What `$[ ]` in any variable can read of a run: `resources` and `pipeline`.

Measured by PGielniak/azdo-pipeline-emulator, E02-resources: repositories, with `self`, and containers, by their names
in any case. Pipelines are not in it: they are variables, `resources.pipeline.NAME.runID`.
"""

from collections.abc import Mapping
from datetime import datetime

from azure_pipelines_local.documents.nodes import Scalar, plain
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.expressions.evaluation import Closed
from azure_pipelines_local.model import Pipeline, Resource

ONLY_THERE = ("id", "url", "version")  # of a repository elsewhere, which Azure DevOps alone knows


def values_of_run(pipeline: Pipeline, predefined: Mapping[str, str], started: datetime) -> dict[str, Value]:
    """Return what variables can read, given the predefined variables of the run, and when it has started."""
    repositories: dict[str, Value] = {"self": _own(predefined)}
    repositories |= {each.name: _repository(each) for each in pipeline.resources if each.kind == "repositories"}
    containers: dict[str, Value] = {
        each.name: _container(each) for each in pipeline.resources if each.kind == "containers"
    }
    resources: dict[str, Value] = {"repositories": repositories, "containers": containers}
    return {"pipeline": {"startTime": started}, "resources": resources}


def _own(predefined: Mapping[str, str]) -> Value:
    known: dict[str, Value] = {
        "name": predefined["Build.Repository.Name"],
        "ref": predefined["Build.SourceBranch"],
        "type": "Git",
        "url": predefined["Build.Repository.Uri"],
        "version": predefined["Build.SourceVersion"],
    }
    return Closed(known, lambda field: _only_there("self", field) if field.lower() == "id" else "")


def _repository(resource: Resource) -> Value:
    known: dict[str, Value] = {key: _text(resource, key) for key in ("name", "ref", "type")}
    known["ref"] = known["ref"] or "refs/heads/main"
    return Closed(known, lambda field: _only_there(resource.name, field) if field.lower() in ONLY_THERE else "")


def _container(resource: Resource) -> Value:
    found: dict[str, Value] = {key.text: plain(value) for key, value in resource.settings.pairs}
    return {"mapDockerSocket": False, **found}


def _text(resource: Resource, key: str) -> str | None:
    node = resource.settings.find(key)
    return node.text if isinstance(node, Scalar) else None


def _only_there(repository: str, field: str) -> str:
    return f"resources.repositories.{repository}.{field} has no value on this machine; Azure DevOps alone knows it."
