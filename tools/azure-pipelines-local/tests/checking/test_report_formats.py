"""A report for other programs, and for the agent of a pipeline."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure_pipelines_local.__main__ import main
from azure_pipelines_local.checking.check import Report
from azure_pipelines_local.checking.report_formats import log_commands
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.table import RULES
from azure_pipelines_local.running.work.logging_commands import parse_command

PIPELINE = "steps:\n- script: echo $(word)\n- download: current\n  artifact: modle\n"
Printed = Callable[..., tuple[str, int]]


@pytest.fixture
def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Printed:
    monkeypatch.delenv("TF_BUILD", raising=False)

    def check(*words: str) -> tuple[str, int]:
        (tmp_path / "a b.yml").write_text(PIPELINE, encoding="utf-8")
        code = main(["check", "a b.yml", "--root", str(tmp_path), "--linters", "off", *words])
        return capsys.readouterr().out, code

    return check


def test_json_has_every_finding_with_its_place(printed: Printed) -> None:
    text, code = printed("--format", "json")
    document: dict[str, Any] = json.loads(text)
    assert code == 1
    assert [(each["line"], each["column"], each["rule"], each["level"]) for each in document["findings"]] == [
        (2, 16, "undefined-variable", "warning"),
        (3, 3, "missing-artifact", "error"),
    ]
    assert document["checked"] == ["a b.yml: 1 stage, 1 job, 2 steps"]
    assert document["not_asked"][0].startswith("Not asked: ")
    assert document["findings"][1]["message"].startswith("no job publishes the artifact 'modle'")


def test_sarif_names_the_rule_and_the_region_of_every_result(printed: Printed) -> None:
    text, _ = printed("--format", "sarif")
    document: dict[str, Any] = json.loads(text)
    [run] = document["runs"]
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.name for rule in RULES]
    warning, error = run["results"]
    assert (warning["level"], error["level"]) == ("warning", "error")
    assert RULES[error["ruleIndex"]].name == error["ruleId"] == "missing-artifact"
    assert error["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.yml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 3},
    }


def test_findings_are_commands_on_an_agent_alone(printed: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "##vso" not in printed()[0]
    monkeypatch.setenv("TF_BUILD", "True")
    lines = [line for line in printed()[0].splitlines() if line.startswith("##vso")]
    assert lines[1].startswith(
        "##vso[task.logissue type=error;sourcepath=a b.yml;linenumber=3;columnnumber=3;code=missing-artifact;]no job"
    )
    assert "##vso" not in printed("--format", "json")[0]


def test_a_command_comes_back_as_it_was() -> None:
    finding = Finding(Place("a;b]%.yml", 3, 4), "50% of\nit; see [a]", "empty-step", "warning")
    [line] = log_commands(Report(findings=[finding]))
    command = parse_command(line)
    assert command is not None
    assert command.text == finding.message
    assert command.properties["sourcepath"] == "a;b]%.yml"
    assert command.properties["type"] == "warning"
