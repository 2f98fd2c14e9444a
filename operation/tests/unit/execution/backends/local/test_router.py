"""Whose turn it is, and what is counted; the router at work is tested with clients, in integration/serving."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from operation.execution.backends.local.services.router import Upstream, Upstreams, is_owned
from operation.execution.backends.local.services.state import counters


def write(folder: Path, traffic: dict[int, int]) -> None:
    """Write the state of a service, at a time of its own."""
    versions = {v: {"instance": f"{v}-a", "address": f"http://{v}", "traffic": share} for v, share in traffic.items()}
    state = {"most_bytes": 10, "deadline_seconds": 1.0, "versions": versions}
    part = folder / "part"
    part.write_text(json.dumps(state))
    os.utime(part, ns=(1, write_time(folder) + 1))
    part.replace(folder / "state.json")


def write_time(folder: Path) -> int:
    return (folder / "state.json").stat().st_mtime_ns if (folder / "state.json").exists() else 0


@pytest.mark.parametrize(
    ("state", "owned"),
    [
        ({"router": {"pid": os.getpid(), "started": "1"}}, True),
        ({"router": {"pid": os.getppid(), "started": "1"}}, True),
        ({"router": {"pid": 0, "started": "1"}}, False),
        ({"router": None}, False),
        ({}, True),
        ([], True),
    ],
    ids=["its own", "of the launcher", "another", "none yet", "written by hand", "damaged"],
)
def test_a_router_looks_whether_its_service_knows_it(tmp_path: Path, state: object, owned: bool) -> None:
    (tmp_path / "state.json").write_text(json.dumps(state))
    assert is_owned(tmp_path) is owned


def test_a_service_that_was_ended_owns_no_router_and_a_disk_that_is_away_may(tmp_path: Path) -> None:
    assert not is_owned(tmp_path)
    assert not is_owned(tmp_path / "deleted by hand")
    assert is_owned(tmp_path / "away" / "parcels")


@pytest.mark.parametrize("traffic", [{1: 100}, {1: 90, 2: 10}, {1: 33, 2: 33, 3: 34}, {1: 0, 2: 100}])
def test_of_a_hundred_requests_each_version_takes_its_percent(tmp_path: Path, traffic: dict[int, int]) -> None:
    write(tmp_path, traffic)
    upstreams = Upstreams(tmp_path)
    taken = Counter(upstreams.order()[0].version for _ in range(100))
    assert {version: taken[version] for version in traffic} == traffic


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"most_bytes": 1', '{"versions": []}'])
def test_a_damaged_state_changes_nothing(content: str, tmp_path: Path) -> None:
    write(tmp_path, {1: 100})
    upstreams = Upstreams(tmp_path)
    assert upstreams.order()[0].version == 1
    (tmp_path / "state.json").write_text(content)
    assert upstreams.order()[0].version == 1


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"1-a": []}', '{"1-a": nul', ""])
def test_damaged_counters_are_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text(content)
    assert counters(tmp_path, "1-a") == {}


def test_the_next_request_follows_a_new_state(tmp_path: Path) -> None:
    write(tmp_path, {1: 100})
    upstreams = Upstreams(tmp_path)
    assert upstreams.order()[0].version == 1
    write(tmp_path, {1: 0, 2: 100})
    assert [one.version for one in upstreams.order()] == [2, 2, 1]


def test_a_state_that_is_gone_or_damaged_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {1: 100})
    upstreams = Upstreams(tmp_path)
    (tmp_path / "state.json").write_text("{")
    assert upstreams.order()[0].version == 1
    (tmp_path / "state.json").unlink()
    assert upstreams.order()[0].version == 1


def test_a_version_keeps_its_counters_and_a_new_process_of_it_does_not(tmp_path: Path) -> None:
    write(tmp_path, {1: 100})
    upstreams = Upstreams(tmp_path)
    upstreams.order()[0].count(2.0, failed=True)
    write(tmp_path, {1: 100, 2: 0})
    upstreams.order()
    assert upstreams.health()["1-a"] == {"version": 1, "requests": 1, "errors": 1, "p99_ms": 2.0}
    text = (tmp_path / "state.json").read_text().replace("1-a", "1-b")
    (tmp_path / "state.json").write_text(text)
    assert upstreams.order()[0].requests == 0


def test_without_traffic_nobody_is_asked(tmp_path: Path) -> None:
    write(tmp_path, {1: 0})
    assert Upstreams(tmp_path).order() == []


def test_the_slowest_percent_is_of_the_latest_answers() -> None:
    upstream = Upstream(1, "http://1", 100)
    for milliseconds in [5000.0] * 5 + [1.0] * 1000:
        upstream.count(milliseconds, failed=False)
    assert upstream.health()["p99_ms"] == 1.0
    assert upstream.health()["requests"] == 1005
