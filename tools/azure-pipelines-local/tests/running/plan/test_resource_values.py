"""`$[ resources… ]`: measured by PGielniak/azdo-pipeline-emulator, E02-resources."""

from datetime import UTC, datetime

import pytest
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.model import read
from azure_pipelines_local.running.plan.resource_values import values_of_run

PIPELINE = """
resources:
  repositories: [{repository: Tools, type: git, name: project/tools}]
  containers: [{container: small, image: 'alpine:3.20'}]
steps: [{script: a}]
"""
PREDEFINED = {
    "Build.Repository.Name": "models",
    "Build.Repository.Uri": "https://dev.azure.invalid/models",
    "Build.SourceBranch": "refs/heads/x",
    "Build.SourceVersion": "0a1b",
}


def evaluate(expression: str) -> str:
    document = yaml_reader.parse(PIPELINE, "ci.yml")
    assert isinstance(document, Mapping)
    values = values_of_run(read(document), PREDEFINED, datetime(2026, 11, 30, tzinfo=UTC))
    return conditions.variable(f"$[ {expression} ]", values)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("resources.repositories.self.ref", "refs/heads/x"),
        ("resources.repositories['SELF']['Version']", "0a1b"),
        ("resources.repositories.tools.name", "project/tools"),
        ("resources.repositories.Tools.ref", "refs/heads/main"),
        ("resources.repositories.nobody.ref", ""),
        ("resources.repositories.self.noSuchField", ""),
        ("resources.containers.small.image", "alpine:3.20"),
        ("convertToJson(resources.container)", "null"),
        ("resources.pipeline.build.runID", ""),
        ("format('{0:yyyy}', pipeline.startTime)", "2026"),
    ],
)
def test_variables_read_what_the_run_is_made_of(expression: str, value: str) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize("field", ["self.id", "Tools.url", "tools.version"])
def test_what_azure_devops_alone_knows_of_a_repository_is_refused(field: str) -> None:
    with pytest.raises(ExpressionError, match="has no value on this machine; Azure DevOps alone knows it"):
        evaluate(f"resources.repositories.{field}")
