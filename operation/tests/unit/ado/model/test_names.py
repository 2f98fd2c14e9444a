"""Names and forms that the reference does not have, and pipelines that run in Azure do."""

import pytest

from operation.ado import documents, model
from operation.ado.errors import PipelineError
from operation.ado.nodes import Mapping

JOB = "jobs:\n- job: A\n  strategy:\n    matrix:\n      {name}: {{a: b}}\n  steps: [{{script: s}}]\n"


def read(text: str) -> model.Pipeline:
    document = documents.parse(text, "ci.yml")
    assert isinstance(document, Mapping)
    return model.read(document)


@pytest.mark.parametrize("name", ["Python3.12-fast", "3_12", "JDK 21 with ECJ"])
def test_a_leg_may_have_more_signs_in_its_name_than_a_job(name: str) -> None:
    assert [leg.name for leg in read(JOB.format(name=name)).stages[0].jobs[0].matrix] == [name]


@pytest.mark.parametrize("name", ["../x", "-a", "a/b", "ä"])
def test_a_leg_has_no_name_that_is_no_folder(name: str) -> None:
    with pytest.raises(
        PipelineError, match=r"^ci\.yml:5:7: .* is no name of a leg; letters, digits and `_ - \.` are\."
    ):
        read(JOB.format(name=name))


def test_the_old_form_of_resources_is_refused_by_name() -> None:
    with pytest.raises(
        PipelineError, match=r"^ci\.yml:2:1: the old form `- repo: self` of `resources` is not supported"
    ):
        read("resources:\n- repo: self\nsteps: [{script: s}]\n")
