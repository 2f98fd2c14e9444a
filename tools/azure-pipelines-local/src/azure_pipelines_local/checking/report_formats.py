"""Write a report for people, for other programs, and for the agent of a pipeline that has made it.

Sources: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html,
https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
"""

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, Literal
from urllib.parse import quote

from azure_pipelines_local.checking.check import LIMITS, Report
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.table import RULES

Form = Literal["text", "json", "sarif"]
NAME = "azure-pipelines-local"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "off": "none"}  # in the words of SARIF
IN_TEXT = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}  # the sign first: it begins the others
IN_PROPERTIES = {**IN_TEXT, ";": "%3B", "]": "%5D"}


def to_text(report: Report) -> str:
    """Write a line for each pipeline and each finding, and what nobody knows."""
    return "\n".join((*report.checked, *map(str, report.findings), *report.not_asked, LIMITS))


def to_json(report: Report) -> str:
    """Write one object, with the findings in the order of their places."""
    findings = [
        {
            "file": each.place.file,
            "line": each.place.line,
            "column": each.place.column,
            "rule": each.rule,
            "level": each.level,
            "message": each.message,
        }
        for each in report.findings
    ]
    document = {"checked": report.checked, "findings": findings, "not_asked": report.not_asked, "limits": LIMITS}
    return json.dumps(document, indent=2, ensure_ascii=False)


def to_sarif(report: Report) -> str:
    """Write a log of SARIF 2.1.0, as code scanning takes it."""
    numbers = {rule.name: number for number, rule in enumerate(RULES)}
    driver = {
        "name": NAME,
        "version": version(NAME),
        "rules": [
            {
                "id": rule.name,
                "shortDescription": {"text": rule.finds},
                "defaultConfiguration": {"level": LEVELS[rule.default], "enabled": rule.default != "off"},
            }
            for rule in RULES
        ],
    }
    notes = [{"level": "note", "message": {"text": text}} for text in (*report.not_asked, LIMITS)]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(each, numbers) for each in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _result(finding: Finding, numbers: Mapping[str, int]) -> dict[str, Any]:
    place = finding.place
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"}}
    if place.line:
        location["region"] = {"startLine": place.line, "startColumn": place.column}
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": LEVELS[finding.level],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": location}],
    }


FORMATS: dict[Form, Callable[[Report], str]] = {"text": to_text, "json": to_json, "sarif": to_sarif}


def log_commands(report: Report) -> Iterator[str]:
    """Yield the commands by which an agent shows each finding with its run, at its line."""
    for each in report.findings:
        properties = {
            "type": "error" if each.level == "error" else "warning",
            "sourcepath": each.place.file,
            "linenumber": str(each.place.line),
            "columnnumber": str(each.place.column),
            "code": each.rule,
        }
        pairs = "".join(f"{name}={_escape(text, IN_PROPERTIES)};" for name, text in properties.items())
        yield f"##vso[task.logissue {pairs}]{_escape(each.message, IN_TEXT)}"


def _escape(text: str, signs: Mapping[str, str]) -> str:
    for sign, escaped in signs.items():
        text = text.replace(sign, escaped)
    return text
