"""Filters of queries as the SDK writes them, quoted and unquoted."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
HISTORY = "/history/v1.0WS"
TYPE = "(RunType eq {0} or Properties/azureml.runsource eq {0})"
TAGGED = "(Tags/{0} ne null or Tags/{0} eq null)"


@pytest.fixture
def runs(ask: Ask) -> None:
    """Three runs of "trials": one with tags, one with properties that has failed, and its child."""
    first = {
        "tags": {"seed": "7", "who": "a b", "empty": None, "said": 'a "b" (c) and d'},
        "runTypeV2": {"orchestrator": "External"},
    }
    second = {"runType": "sweep", "properties": {"azureml.git.branch": "main"}, "status": "Failed", "target": "cpu"}
    for name, body in (("r1", first), ("r2", second), ("r3", {"parentRunId": "r2"})):
        ask(f"PATCH {HISTORY}/experiments/trials/runs/{name}", body)


def found(ask: Ask, **query: Any) -> list[str]:
    answer = ask(f"POST {HISTORY}/experiments/trials/runs:query", query)
    assert answer.status_code == 200, answer.get_json()
    return sorted(run["runId"] for run in answer.get_json()["value"])


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (TYPE.format("sweep"), ["r2"]),
        (TYPE.format("azureml.scriptrun"), []),
        (TAGGED.format("seed"), ["r1"]),
        (TAGGED.format("empty"), ["r1"]),
        (TAGGED.format("none"), []),
        ('(Tags/seed eq "7")', ["r1"]),
        ('(Tags/who eq "a b")', ["r1"]),
        ("(Tags/who eq a b)", ["r1"]),
        ('((Tags/said eq "a "b" (c) and d") and (Tags/seed eq "7"))', ["r1"]),
        ("(Tags/empty eq null)", ["r1"]),
        ('(Properties/azureml.git.branch eq "main")', ["r2"]),
        ("(Status eq Failed)", ["r2"]),
        ("(ParentRunId eq null)", ["r1", "r2"]),
        ("(Target eq cpu)", ["r2"]),
        ("(RunTypeV2/Orchestrator eq External)", ["r1"]),
        ("(CreatedUtc ge 2020-01-01 00:00:00)", ["r1", "r2", "r3"]),
        ("(CreatedUtc lt 2020-01-01T00:00:00Z)", []),
        ("RunId eq r1 or RunId eq r3", ["r1", "r3"]),
        ("((RootRunId eq r2 and (Status ne Failed)) and RunId ne r2)", ["r3"]),
        ("RunId eq r1 or RunId eq r2 and Status eq Running", ["r1"]),
        ("", ["r1", "r2", "r3"]),
    ],
)
def test_a_filter_lets_through_what_it_says(ask: Ask, runs: None, wanted: str, names: list[str]) -> None:
    assert found(ask, filter=wanted) == names


@pytest.mark.parametrize(
    "wanted", ["(Mood eq good)", "(Status like F)", "(Status eq Failed", "Status", "not (Status eq a)"]
)
def test_a_filter_that_is_not_understood_is_refused(ask: Ask, runs: None, wanted: str) -> None:
    answer = ask(f"POST {HISTORY}/experiments/trials/runs:query", {"filter": wanted})
    assert (answer.status_code, "The offline workspace" in answer.get_json()["error"]["message"]) == (400, True)


def test_runs_come_in_pages(ask: Ask, runs: None) -> None:
    seen, token = list[str](), None
    for _ in range(3):
        body = {"top": 1, "orderby": "RunId asc", "continuationToken": token}
        answer = ask(f"POST {HISTORY}/experiments/trials/runs:query", body).get_json()
        seen, token = [*seen, *(run["runId"] for run in answer["value"])], answer["continuationToken"]
    assert (seen, token) == (["r1", "r2", "r3"], None)


def test_children_are_filtered_and_come_in_pages(ask: Ask, runs: None) -> None:
    way = f"GET {HISTORY}/experiments/trials/runs/r2/children"
    assert [run["runId"] for run in ask(way, query_string={"$top": "1"}).get_json()["value"]] == ["r3"]
    assert ask(way, query_string={"$filter": "Status eq Failed"}).get_json()["value"] == []


@pytest.mark.parametrize("order", ["Mood desc", "RunId sideways"])
def test_an_order_that_is_not_understood_is_refused(ask: Ask, runs: None, order: str) -> None:
    assert ask(f"POST {HISTORY}/experiments/trials/runs:query", {"orderby": order}).status_code == 400


def test_the_runs_of_a_compute_target_are_those_that_have_not_ended(ask: Ask, runs: None) -> None:
    ask(f"PATCH {HISTORY}/experiments/trials/runs/r4", {"target": "cpu", "status": "Running"})
    assert [run["runId"] for run in ask(f"GET {HISTORY}/computes/cpu/runs").get_json()["value"]] == ["r4"]


def listed(ask: Ask, **query: Any) -> list[str]:
    return sorted(one["name"] for one in ask(f"POST {HISTORY}/experiments:query", query).get_json()["value"])


@pytest.fixture
def archived(ask: Ask) -> str:
    """The experiments "old", archived, and "new", with a tag; the id of the first."""
    old, new = (ask(f"POST {HISTORY}/experiments/{name}").get_json()["experimentId"] for name in ("old", "new"))
    ask(f"PATCH {HISTORY}/experimentids/{old}", {"archive": True})
    ask(f"PATCH {HISTORY}/experimentids/{new}", {"tags": {"a": "b"}, "description": "trials"})
    return str(old)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["new"]),
        ({"viewType": "All"}, ["new", "old"]),
        ({"viewType": "ArchivedOnly"}, ["old"]),
        ({"filter": "(Tags/a eq b)"}, ["new"]),
        ({"filter": "(Tags/a eq z)"}, []),
        ({"filter": "((name eq new) and (Tags/a eq b))"}, ["new"]),
    ],
)
def test_experiments_are_listed_as_asked(ask: Ask, archived: str, query: Json, names: list[str]) -> None:
    assert listed(ask, **query) == names


def test_an_archived_experiment_comes_back_unless_another_has_its_name(ask: Ask, archived: str) -> None:
    another = ask(f"POST {HISTORY}/experiments/old").get_json()["experimentId"]
    assert another != archived
    assert ask(f"PATCH {HISTORY}/experimentids/{archived}", {"archive": False}).status_code == 409
    assert ask(f"DELETE {HISTORY}/experimentids/{another}").status_code == 200
    assert ask(f"PATCH {HISTORY}/experimentids/{archived}", {"archive": False}).get_json()["archivedTime"] is None


def test_an_experiment_with_runs_is_not_deleted_and_its_tags_are(ask: Ask, runs: None) -> None:
    trials = ask(f"GET {HISTORY}/experiments/trials").get_json()["experimentId"]
    ask(f"PATCH {HISTORY}/experimentids/{trials}", {"tags": {"a": "1", "b": "2"}})
    assert ask(f"POST {HISTORY}/experimentids/{trials}/tags:delete", {"tags": ["a"]}).get_json() == {"errors": {}}
    assert ask(f"DELETE {HISTORY}/experimentids/{trials}").status_code == 400
    assert ask(f"GET {HISTORY}/experimentids/{trials}").get_json()["tags"] == {"b": "2"}


def test_a_view_that_does_not_exist_is_refused(ask: Ask, archived: str) -> None:
    answer = ask(f"POST {HISTORY}/experiments:query", {"viewType": "Weird"})
    assert answer.status_code == 400
    assert "viewType=Weird" in answer.get_json()["message"]
