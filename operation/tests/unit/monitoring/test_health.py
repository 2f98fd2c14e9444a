"""The log of requests: what is read, what alarms, what is refused."""

import json
import os
import re
from collections.abc import Callable
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


def line(hours: float = 0, **changed: Any) -> bytes:
    time = (NOON - timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    entry = {"schema": 1, "time": time, "id": "a", "version": "3", "ms": 2.0, "status": 200, "rows": 2}
    answered = {"features": {"temp": [1.0, None]}, "probabilities": [0.1, 0.2]} if changed.get("rows", 2) else {}
    return json.dumps({**entry, **answered, **changed}).encode()


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
        ({"schema": 2, "ms": "fast"}, "has schema 2; only 1 is read"),
        ({"schema": "1"}, 'has schema "1"; only 1 is read'),
        ({"schema": True}, "Expected `int`, got `bool` - at `$.schema`"),
        ({"time": "2026-11-30T12:00:00"}, "Expected `datetime` with a timezone component - at `$.time`"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "its time is out of range"),
        (
            {"time": "1970-01-01T00:00:00Z"},
            "its time, 1970-01-01 00:00:00+00:00, was written by a clock that was not set",
        ),
        ({"ms": "fast"}, "Expected `float`, got `str` - at `$.ms`"),
        ({"ms": -1}, "Expected `float` >= 0.0 - at `$.ms`"),
        ({"status": 9999}, "Expected `int` <= 599 - at `$.status`"),
        ({"rows": -2}, "Expected `int` >= 0 - at `$.rows`"),
        ({"rows": 3}, "temp has 2 of 3 entries"),
        ({"probabilities": [0.5]}, "probabilities has 1 of 2 entries"),
        ({"probabilities": "ab"}, "Expected `array | null`, got `str` - at `$.probabilities`"),
        ({"features": None}, "Expected `object`, got `null` - at `$.features`"),
    ],
    ids=str,
)
def test_a_line_of_another_form_is_refused_by_its_place(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(OperationError, match=f"^log, line 2.*{re.escape(problem)}"):
        read_requests([line(), line(**changed)], "log")


@pytest.mark.parametrize("odd", [b"1", b"null", b"[1]", b"{}"])
def test_json_that_is_no_line_of_a_log_is_refused(odd: bytes) -> None:
    with pytest.raises(OperationError, match=r"^log, line 1 is not a line of a request log: it has no schema\."):
        read_requests([odd], "log")


@pytest.mark.parametrize(
    "odd",
    [b"[" * 200_000, b"\0\0\0", b'{"schema": 1, "id": "\xe9"}', line()[30:], b'{"status": ' + b"9" * 5000],
    ids=["deep", "zeros", "another encoding", "the second half", "endless"],
)
def test_what_is_no_json_is_passed_over_and_counted(odd: bytes) -> None:
    requests, broken = read_requests([line(), odd, b"\n", line()], "log")
    assert (len(requests), broken) == (2, 1)


def test_marks_of_byte_order_and_other_ends_of_lines_are_passed_over() -> None:
    requests, broken = read_requests([b"\xef\xbb\xbf" + line() + b"\r\n", line() + b"\r\n"], "log")
    assert (len(requests), broken) == (2, 0)


def test_a_file_of_another_encoding_is_no_silence() -> None:
    lines = b"\n".join([line(), line()]).decode().encode("utf-16").split(b"\n")
    with pytest.raises(OperationError, match=r"^log is not a request log: none of its \d+ lines is JSON in UTF-8"):
        read_requests(lines, "log")


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
def test_what_is_unhealthy_alarms(lines: list[bytes], exceeded: list[str]) -> None:
    measures = measure_health(read_requests(lines, "log")[0], NOON)
    limits = {"errors/requests": 0.01, "refused/requests": 0.05, "silence/requests": 1}
    assert [key for key, value in measures.items() if value > limits[key]] == exceeded


def test_requests_are_described() -> None:
    lines = [line(1), line(version="4", ms=8.0), line(status=400, rows=0, features={})]
    found = describe_health(read_requests(lines, "log")[0], 0)
    assert (found["requests"], found["rows"], found["versions"]) == (3, 4, {"3": 2, "4": 1})
    assert (found["p50_ms"], found["missing"]) == (5.0, {"temp": 0.5})


@pytest.mark.parametrize(
    ("wrong", "right", "decision"),
    [(1, 1, "wait"), (4, 0, "wait"), (5, 0, "investigate"), (5, 94, "investigate"), (5, 96, "wait")],
)
def test_a_few_wrong_requests_alarm_nobody(tmp_path: Path, wrong: int, right: int, decision: str) -> None:
    lines = [
        line(id=f"{number}", **({"status": 400, "rows": 0} if number < wrong else {}))
        for number in range(wrong + right)
    ]
    (tmp_path / "requests-2026-11-30-1.jsonl").write_bytes(b"\n".join(lines))
    assert judge_requests(tmp_path, tmp_path / "look", NOON)["decision"] == decision


def test_a_log_alone_is_judged(tmp_path: Path) -> None:
    failed = [line(status=500, id=f"{number}") for number in range(5)]
    (tmp_path / "requests-2026-11-30-1.jsonl").write_bytes(b"\n".join([line(1), *failed, line()[:9]]))
    judge_requests(tmp_path, tmp_path / "look", NOON)
    assert read_json(tmp_path / "look" / "decision.json")["decision"] == "investigate"
    assert read_json(tmp_path / "look" / "metrics.json")["requests"]["broken_lines"] == 1
    (found,) = read_decisions(tmp_path, pytest.fail).values()
    assert found["version"] is None


def test_a_log_of_days_to_come_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_bytes(b"\n".join([line(), line(-48)]))
    with pytest.raises(OperationError, match=r"^The window ends on 2026-12-02, which has yet to come\."):
        judge_requests(tmp_path, tmp_path / "look", NOON)
    assert not (tmp_path / "look").exists()


def test_a_log_alone_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_bytes(b"\n".join([line(1), line(), line()[:9]]))
    judge_requests(tmp_path, tmp_path / "look", NOON)
    text = (tmp_path / "look" / "report.html").read_text(encoding="utf-8")
    for name, fact in (("Requests", "2"), ("Half-written lines, left out", "1"), ("Missing values of temp", "50.0%")):
        assert f"<tr><td>{name}</td><td class=n>{fact}</td></tr>" in text


def test_a_report_on_a_log_says_moments_and_limits_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_bytes(line(rows=1, features={}, probabilities=[0.2]))
    judge_requests(tmp_path, tmp_path / "look", NOON)
    text = (tmp_path / "look" / "report.html").read_text(encoding="utf-8")
    assert "<p>1 row, 2026-11-30 12:00 UTC. The log" in text
    assert "3 of 3; the limits are fixed." in text


def test_an_empty_log_is_silence(tmp_path: Path) -> None:
    (tmp_path / "requests-2026-11-30-1.jsonl").write_text("")
    judge_requests(tmp_path, tmp_path / "look", NOON)
    assert "silence" in read_json(tmp_path / "look" / "decision.json")["reasons"][0]


def test_a_folder_without_a_log_is_no_silence(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="no request was ever logged there"):
        judge_requests(tmp_path, tmp_path / "look", NOON)


@pytest.mark.parametrize("name", ["requests-a.jsonl.gz", "requests-a.jsonl.1", "Requests-a.JSONL"])
@pytest.mark.parametrize("beside", [True, False], ids=["beside a log", "alone"])
def test_a_file_of_a_log_that_is_not_read_is_refused(tmp_path: Path, name: str, beside: bool) -> None:
    (tmp_path / name).touch()
    if beside:
        (tmp_path / "requests-b.jsonl").write_bytes(line())
    with pytest.raises(
        OperationError, match=rf"has {re.escape(name)}, which is not read: unpack it, name it requests-"
    ):
        judge_requests(tmp_path, tmp_path / "look", NOON)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda place: place.symlink_to("nowhere")])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "requests-a.jsonl")
    with pytest.raises(OperationError, match=r"requests-a\.jsonl is not a file that can be read\."):
        judge_requests(tmp_path, tmp_path / "look", NOON)
