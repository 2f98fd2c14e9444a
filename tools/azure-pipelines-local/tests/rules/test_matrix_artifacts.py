"""Artifacts of a job that runs for each leg of a matrix."""

from pathlib import Path

import pytest
from azure_pipelines_local import model
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.rules.artifacts import artifacts_published_twice
from azure_pipelines_local.rules.cases import Case, Sources

JOB = """
jobs:
- job: A
  strategy:
    matrix:
      one: {version: "1", system: linux}
      two: {version: "2", system: linux}
  steps:
  - publish: outputs
    artifact: ARTIFACT
"""


def found(artifact: str) -> list[str]:
    document = yaml_reader.parse(JOB.replace("ARTIFACT", artifact), "ci.yml")
    assert isinstance(document, Mapping)
    case = Case(model.read(document), Sources(Path()))
    return [each.message for each in artifacts_published_twice(case)]


def test_legs_may_name_an_artifact_after_a_variable_of_theirs() -> None:
    assert found("logs-$(version)") == []


@pytest.mark.parametrize(("artifact", "name"), [("logs", "logs"), ("logs-$(system)", "logs-linux")])
def test_legs_cannot_publish_the_same_artifact(artifact: str, name: str) -> None:
    assert found(artifact) == [
        f"each leg of the matrix publishes the artifact {name!r}; put $(System.JobName) into it."
    ]
