"""Explanations of lines, conditions and values."""

from collections.abc import Callable
from pathlib import Path

import pytest
from azure_pipelines_local.__main__ import main

Explain = Callable[..., list[str]]
FILES = {
    "a.yml": """parameters:
- {name: target, type: string, default: dev}
- name: jobs
  type: object
  default:
  - {name: fast, run: true}
  - {name: slow, run: false}
variables:
- template: variables.yml
- name: late
  value: $[ variables.region ]
- group: secrets
stages:
- stage: one
  jobs:
  - ${{ each item in parameters.jobs }}:
    - ${{ if item.run }}:
      - template: job.yml
        parameters:
          name: ${{ item.name }}
          place: ${{ parameters.target }}
- stage: two
  condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'), ne(variables.region, ''))
  jobs:
  - job: last
    variables: {region: here}
    condition: or(eq(dependencies.none.outputs['a.b'], ''), false)
    steps:
    - script: echo ${{ parameters.target }}
      condition: eq(variables.region, 'north')
""",
    "variables.yml": "variables:\n  region: north\n",
    "job.yml": """parameters:
- {name: name, type: string}
- {name: place, type: string}
jobs:
- job: ${{ parameters.name }}
  pool:
    ${{ if eq(parameters.place, 'prd') }}:
      name: large
    ${{ elseif eq(variables.region, 'south') }}:
      name: small
    ${{ else }}:
      vmImage: ubuntu-24.04
  steps:
  - script: echo
""",
}


@pytest.fixture
def explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explain:
    """Explain something in the pipeline; returns lines, and raises where the exit code is not 0."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(what: str, *words: str) -> list[str]:
        code = main(["explain", "a.yml", what, "--root", str(tmp_path), *words])
        shown = capsys.readouterr()
        assert code == 0, shown.err
        return shown.out.splitlines()

    return run


def test_a_value_is_followed_through_the_templates_to_its_default(explain: Explain) -> None:
    assert explain("job.yml:7") == [
        "job.yml:7:5: ${{ if eq(parameters.place, 'prd') }} → False",
        "  included by a.yml:18:9",
        "  parameters.place is 'dev', given at a.yml:21:18",
        "    a.yml:21:18: ${{ parameters.target }} → 'dev'",
        "      parameters.target is 'dev', the default at a.yml:2:41",
    ]


def test_the_line_under_an_else_names_the_conditions_that_failed(explain: Explain) -> None:
    lines = explain("job.yml:12")
    assert lines[0] == "job.yml:7:5: ${{ if eq(parameters.place, 'prd') }} → False"
    assert "job.yml:9:5: ${{ elseif eq(variables.region, 'south') }} → False" in lines
    assert lines[-1] == "  variables.region is 'north', defined at variables.yml:2:11"


def test_a_place_may_have_a_column_as_messages_have_it(explain: Explain) -> None:
    assert explain("./job.yml:7:5") == explain("job.yml:7")


def test_a_given_parameter_is_named(explain: Explain) -> None:
    lines = explain("parameters.target", "--parameter", "target=prd")
    assert lines == ["parameters.target → 'prd'", "  parameters.target is 'prd', from --parameter target"]


def test_a_round_of_each_names_what_it_goes_over(explain: Explain) -> None:
    lines = explain("a.yml:17")
    assert [line for line in lines if not line.startswith(" ")][1:] == [
        "a.yml:17:7: ${{ if item.run }} → True",
        "a.yml:17:7: ${{ if item.run }} → False",
    ]
    assert "  item.run is False, of `each item in parameters.jobs` at a.yml:16:5" in lines
    assert lines[0].startswith("a.yml:16:5: ${{ each parameters.jobs }} → [")


def test_a_condition_that_is_false_says_which_part(explain: Explain) -> None:
    lines = explain("two", "--branch", "x")
    assert lines[1:] == [
        "  → false, as long as nothing before it fails",
        "  succeeded() → true",
        "  eq(variables['Build.SourceBranch'], 'refs/heads/main') → false",
        "    variables['Build.SourceBranch'] is 'refs/heads/x', from --branch",
        "  ne(variables.region, '') → true",
        "    variables.region is 'north', defined at variables.yml:2:3",
    ]


def test_an_output_of_another_job_is_known_in_a_run_alone(explain: Explain) -> None:
    assert explain("two.last")[1:] == [
        "  → known only in a run",
        "  eq(dependencies.none.outputs['a.b'], '') → known only in a run",
        "    dependencies.none.outputs['a.b'] is known only in a run",
        "  false → false",
    ]


def test_the_condition_of_a_step_sees_the_variables_of_its_job(explain: Explain) -> None:
    lines = explain("a.yml:30")
    assert lines[0] == "a.yml:30:18: step CmdLine@2 of two.last: eq(variables.region, 'north')"
    assert lines[1:] == ["  → false", "  variables.region is 'here', defined at a.yml:26:17"]


def test_a_variable_has_its_value_in_each_job(explain: Explain) -> None:
    assert explain("$(region)") == [
        "$(region) in one.fast is 'north', defined at variables.yml:2:3",
        "$(region) in two.last is 'here', defined at a.yml:26:17",
    ]
    assert explain("$(late)")[0] == "$(late) in one.fast is 'north', defined at a.yml:10:3 as $[ variables.region ]"
    group = "which only a variable group can define: secrets (a.yml:12:3)"
    assert explain("$(password)") == [f"$(password) in every job is known only in a run, {group}"]


def test_a_template_is_explained_once_for_each_different_way(explain: Explain) -> None:
    both = "[{name: a, run: true}, {name: b, run: true}]"
    lines = explain("job.yml:5", "--parameter", f"jobs={both}")
    assert len([line for line in lines if line.startswith("job.yml:5:8: ${{ parameters.name }} →")]) == 2


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("a.yml:4", "the pipeline reads nothing there that can be explained"),
        ("/etc/passwd:1", "/etc/passwd is not in this repository"),
        ("none.yml:1", "none.yml:1:1: it cannot be read (No such file"),
        ("three", "'three' is not a stage, a job or FILE:LINE, and as an expression: unrecognized value 'three'"),
        ("parameters.x", "the parameter 'x' is not declared in this file"),
        ("eq(1", "is expected and the end found"),
    ],
)
@pytest.mark.usefixtures("explain")
def test_what_is_not_there_is_refused(
    what: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "a.yml", what, "--root", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert message in shown.err
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)


@pytest.mark.usefixtures("explain")
def test_a_pipeline_that_is_refused_is_explained_as_far_as_it_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "job.yml").write_text(FILES["job.yml"].replace("ubuntu-24.04", "{}"), encoding="utf-8")
    assert main(["explain", "a.yml", "job.yml:7", "--root", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("job.yml:7:5: ${{ if eq(parameters.place, 'prd') }} → False")
    assert "job.yml:12:16" in shown.err
