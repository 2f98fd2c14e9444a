"""Names and forms that the reference does not have, and pipelines that run in Azure do."""

import re

import pytest
from azure_pipelines_local import model
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.errors import PipelineError

JOB = "jobs:\n- job: A\n  strategy:\n    matrix:\n      {name}: {{a: b}}\n  steps: [{{script: s}}]\n"


def read(text: str) -> model.Pipeline:
    document = yaml_reader.parse(text, "ci.yml")
    assert isinstance(document, Mapping)
    return model.read(document)


@pytest.mark.parametrize("name", ["Python3.12-fast", "3_12", "JDK 21 with ECJ"])
def test_a_leg_may_have_more_signs_in_its_name_than_a_job(name: str) -> None:
    assert [leg.name for leg in read(JOB.format(name=name)).stages[0].jobs[0].matrix] == [name]


@pytest.mark.parametrize("name", ["../x", "-a", "a/b", "ä"])
def test_a_leg_has_no_name_that_is_no_folder(name: str) -> None:
    with pytest.raises(
        PipelineError, match=r"^ci\.yml:5:7: .* cannot be the name of a leg; use letters, digits and `_ - \.`\."
    ):
        read(JOB.format(name=name))


def test_the_old_form_of_resources_names_the_pipelines_own_repository() -> None:
    assert read("resources:\n- repo: self\n  clean: true\n  fetchDepth: 1\nsteps: [{script: s}]\n").resources == ()


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("repo: other", "the old form of `resources` is `- repo: self`"),
        ("repo: self\n  lfs: true", "has no key 'lfs'; known: repo, clean, fetchDepth"),
    ],
)
def test_of_the_old_form_nothing_else_is_taken(item: str, message: str) -> None:
    with pytest.raises(PipelineError, match=re.escape(message)):
        read(f"resources:\n- {item}\nsteps: [{{script: s}}]\n")


@pytest.mark.parametrize(
    ("jobs", "names"),
    [
        ("Job2,,", ["Job2", "Job3", "Job4"]),
        (",job1,A", ["Job2", "job1", "A"]),
        (",,", ["Job1", "Job2", "Job3"]),
    ],
)
def test_jobs_without_a_name_get_one_that_is_free(jobs: str, names: list[str]) -> None:
    lines = "".join(f"- {{job: {name}, steps: [{{script: s}}]}}\n" for name in jobs.split(","))
    assert [job.name for job in read(f"jobs:\n{lines}").stages[0].jobs] == names


@pytest.mark.parametrize(("stages", "names"), [("Stage2,", ["Stage2", "Stage3"]), (",", ["Stage1", "Stage2"])])
def test_stages_without_a_name_get_one_that_is_free(stages: str, names: list[str]) -> None:
    jobs = "jobs: [{job: A, steps: [{script: s}]}]"
    lines = "".join(f"- {{stage: {name}, {jobs}}}\n" for name in stages.split(","))
    assert [stage.name for stage in read(f"stages:\n{lines}").stages] == names
