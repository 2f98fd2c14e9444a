"""For which parameters a pipeline is checked."""

import pytest
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.variants.parameter_sets import parameter_sets


def sets(parameters: str) -> list[dict[str, str]]:
    document = yaml_reader.parse(f"parameters:\n{parameters}\nsteps: []\n", "p.yml")
    assert isinstance(document, Mapping)
    return parameter_sets(document)


@pytest.mark.parametrize(
    ("kind", "value"), [("string", "value"), ("number", "1"), ("object", "{}"), ("stepList", "[]"), ("pool", "value")]
)
def test_a_value_stands_in_for_one_that_whoever_starts_the_pipeline_must_give(kind: str, value: str) -> None:
    assert sets(f"- {{name: who, type: {kind}}}") == [{"who": value}]


def test_a_default_and_what_is_allowed_need_no_stand_in() -> None:
    assert sets("- {name: who, type: string, default: you}") == [{}]
    assert sets("- {name: who, type: string, values: [you, me]}") == [{"who": "you"}, {"who": "me"}]


def test_nothing_stands_in_for_a_step() -> None:
    with pytest.raises(PipelineError, match=r"^p\.yml:2:10: the parameter 'who' has no default; a default is expected"):
        sets("- {name: who, type: step}")


def test_a_list_of_strings_has_its_default_and_each_value_alone() -> None:
    values = "values: [WUS, CUS]"
    assert sets(f"- {{name: in, type: stringList, {values}, default: [CUS, WUS]}}") == [
        {"in": '["CUS", "WUS"]'},
        {"in": '["WUS"]'},
        {"in": '["CUS"]'},
    ]
    assert sets(f"- {{name: in, type: stringList, {values}}}")[0] == {"in": '["WUS", "CUS"]'}


def test_values_beside_an_object_mean_nothing() -> None:
    assert sets("- {name: o, type: object, default: {}, values: [a]}") == [{}]
