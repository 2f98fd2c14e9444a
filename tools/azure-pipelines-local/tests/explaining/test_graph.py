"""Graphs of stages and jobs."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from azure_pipelines_local.__main__ import main

PIPELINE = """parameters:
- {name: prd, type: boolean, default: true}
stages:
- stage: build
  jobs:
  - job: compile
    strategy: {matrix: {a: {x: 1}, b: {x: 2}}}
    steps: [{script: make}]
  - job: test
    dependsOn: compile
    strategy: {parallel: 3}
    steps: [{script: test}]
- stage: docs
  dependsOn: []
  jobs: [{job: pages, steps: [{script: pages}]}]
- ${{ if parameters.prd }}:
  - stage: prd
    trigger: manual
    dependsOn: [build, docs]
    condition: |
      and(succeeded(),
          ne(variables['Build.Reason'], '<"&>'))
    jobs:
    - deployment: roll
      environment: live
      strategy: {runOnce: {deploy: {steps: [{script: roll}]}}}
"""
TEXT = """a.yml: 3 stages, 4 jobs
stage build
  job compile, 2 legs: a b
  job test, after compile, 3 copies
stage docs, after nothing
  job pages
stage prd, after build and docs, if and(succeeded(), ne(variables['Build.Reason'], '<"&>')), started by hand
  deployment roll, to the environment live
"""
SVG = "{http://www.w3.org/2000/svg}"


def graph(root: Path, pipeline: str, *words: str) -> None:
    (root / "a.yml").write_text(pipeline, encoding="utf-8")
    assert main(["graph", "a.yml", "--root", str(root), *words]) == 0


def end(box: dict[str, str], side: str, size: str) -> int:
    return int(box[side]) + int(box[size])


def test_the_text_names_what_each_waits_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph(tmp_path, PIPELINE)
    assert capsys.readouterr().out == TEXT


def test_parameters_decide_what_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph(tmp_path, PIPELINE, "--parameter", "prd=false")
    assert "prd" not in capsys.readouterr().out


def test_the_drawing_has_a_box_for_each_and_an_arrow_for_each_dependency(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph(tmp_path, PIPELINE, "--format", "svg")
    root = ElementTree.fromstring(capsys.readouterr().out)  # noqa: S314  # it is our own
    titles = [each.text for each in root.iter(f"{SVG}text")]
    boxes = dict(zip(titles, (each.attrib for each in root.iter(f"{SVG}rect")), strict=True))
    assert titles == ["build", "compile, 2 legs", "test", "docs", "pages", "prd", "roll, to live"]
    assert len([each for each in root.iter(f"{SVG}path") if each.get("marker-end")]) == 3
    assert end(boxes["build"], "x", "width") < int(boxes["prd"]["x"]) > end(boxes["docs"], "x", "width")
    assert "condition" in boxes["prd"]["class"]
    assert end(boxes["build"], "y", "height") < int(boxes["docs"]["y"])


@pytest.mark.parametrize("pipeline", ["steps: [{script: x}]", "jobs: [{job: a, steps: [{script: x}]}]"])
def test_a_pipeline_without_stages_has_jobs_alone(
    pipeline: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph(tmp_path, pipeline)
    assert capsys.readouterr().out.splitlines()[1] == f"job {'a' if 'jobs' in pipeline else 'Job'}"
    graph(tmp_path, pipeline, "--format", "svg")
    assert "__default" not in ElementTree.fromstring(capsys.readouterr().out).findtext(f"{SVG}g/{SVG}text", "")  # noqa: S314


def test_what_is_no_pipeline_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text("steps: []\nsteppes: []\n", encoding="utf-8")
    assert main(["graph", "a.yml", "--root", str(tmp_path)]) == 1
    assert "a.yml:2:1: a pipeline has no key 'steppes'" in capsys.readouterr().err
