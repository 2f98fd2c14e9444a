"""The log of requests: what is read, what alarms, what is refused."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.json_files import read_json
from operation.execution.monitoring.decisions import read_decisions
from operation.execution.monitoring.requests import judge_requests
from operation.monitoring.health import describe_health, measure_health, read_requests

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def line(hours: float = 0, **changed: Any) -> str:
    time = (NOON - timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    entry = {"schema": 1, "time": time, "id": "a", "version": "3", "ms": 2.0, "status": 200, "rows": 2}
    return json.dumps({**entry, "features": {"temp": [1.0, None]}, "probabilities": [0.1, 0.2], **changed})


def test_half_a_line_is_passed_over_and_counted() -> None:
    requests, broken = read_requests([line(), line()[:40]], "log")
    assert (len(requests), broken) == (1, 1)


def test_our_own_requests_are_left_out() -> None:
    lines = [line(40), *(line(id=f"probe-{number}", status=400, rows=0) for number in range(3))]
    requests, broken = read_requests(lines, "log")
    assert [each.status for each in requests] == [200]
    assert measure_health(requests, NOON)["silence/requests"] > 1
    assert broken == 0


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"schema": 2}, "log has a line of schema 2"),
        ({"time": "2026-11-30T12:00:00"}, "has no zone"),
        ({"ms": "fast"}, "not of the log's form"),
    ],
    ids=["another schema", "a time without zone", "text for a number"],
)
def test_a_line_of_another_form_is_refused_by_its_place(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(OperationError, match=problem):
        read_requests([line(**changed)], "log")


@pytest.mark.parametrize(
    ("lines", "exceeded"),
    [
        ([line(1), line()], []),
        ([line(1, status=500), line()], ["errors/requests"]),
        ([line(1, status=400, rows=0), line()], ["refused/requests"]),
        ([line(31), line(30)], ["silence/requests"]),
        ([line(100), line(30)], []),
    ],
    ids=["healthy", "failing", "wrong", "silent", "as silent as ever"],
)
def test_what_is_unhealthy_alarms(lines: list[str], exceeded: list[str]) -> None:
    measures = measure_health(read_requests(lines, "log")[0], NOON)
    limits = {"errors/requests": 0.01, "refused/requests": 0.05, "silence/requests": 1}
    assert [key for key, value in measures.items() if value > limits[key]] == exceeded


def test_requests_are_described() -> None:
    lines = [line(1), line(version="4", ms=8.0), line(status=400, rows=0, features={})]
    found = describe_health(read_requests(lines, "log")[0], 0)
    assert (found["requests"], found["rows"], found["versions"]) == (3, 4, {"3": 2, "4": 1})
    assert (found["p50_ms"], found["missing"]) == (5.0, {"temp": 0.5})


def test_a_log_alone_is_judged(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_text(f"{line(1)}\n{line(status=500)}\n{line()[:9]}")
    judge_requests(tmp_path, tmp_path / "look", NOON)
    assert read_json(tmp_path / "look" / "decision.json")["decision"] == "investigate"
    assert read_json(tmp_path / "look" / "metrics.json")["requests"]["broken_lines"] == 1
    (found,) = read_decisions(tmp_path, pytest.fail).values()
    assert found["version"] is None


def test_a_log_of_days_to_come_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_text("\n".join([line(), line(-48)]), encoding="utf-8")
    with pytest.raises(OperationError, match=r"^The window ends on 2026-12-02, which has yet to come\."):
        judge_requests(tmp_path, tmp_path / "look", NOON)
    assert not (tmp_path / "look").exists()


def test_a_log_alone_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_text("\n".join([line(1), line(), line()[:9]]), encoding="utf-8")
    judge_requests(tmp_path, tmp_path / "look", NOON)
    text = (tmp_path / "look" / "report.html").read_text(encoding="utf-8")
    for name, fact in (("Requests", "2"), ("Half-written lines, left out", "1"), ("Missing values of temp", "50.0%")):
        assert f"<tr><td>{name}</td><td class=n>{fact}</td></tr>" in text


def test_an_empty_log_is_silence(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_text("")
    judge_requests(tmp_path, tmp_path / "look", NOON)
    assert "silence" in read_json(tmp_path / "look" / "decision.json")["reasons"][0]


def test_a_folder_without_a_log_is_no_silence(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="no request was ever logged there"):
        judge_requests(tmp_path, tmp_path / "look", NOON)
