from collections.abc import Callable

import pytest
from azureml_offline.runs import lifecycle
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
HISTORY = "/history/v1.0WS"
RUN = f"{HISTORY}/experiments/trials/runs/r1"


@pytest.fixture
def begun(ask: Ask) -> str:
    """An interactive run r1 of the experiment "trials"; the experiment's id."""
    experiment: str = ask(f"POST {HISTORY}/experiments/trials").get_json()["experimentId"]
    ask(f"PATCH {RUN}", {"tags": {"seed": "7"}, "properties": {"git": "abc"}})
    return experiment


def test_an_experiment_is_there_when_it_was_created(ask: Ask) -> None:
    assert ask(f"GET {HISTORY}/experiments/trials").status_code == 404
    created = ask(f"POST {HISTORY}/experiments/trials").get_json()
    assert ask(f"POST {HISTORY}/experiments/trials").get_json() == created
    assert ask(f"GET {HISTORY}/experimentids/{created['experimentId']}").get_json() == created
    assert ask(f"POST {HISTORY}/experiments:query").get_json()["value"] == [created]


def test_an_experiment_takes_tags(ask: Ask, begun: str) -> None:
    assert ask(f"PATCH {HISTORY}/experimentids/{begun}", {"tags": {"a": "1"}}).get_json()["tags"] == {"a": "1"}
    assert ask(f"PATCH {HISTORY}/experimentids/unknown", {"tags": {}}).status_code == 404


def test_a_run_has_three_addresses(ask: Ask, begun: str) -> None:
    addresses = [RUN, f"{HISTORY}/experimentids/{begun}/runs/r1", f"{HISTORY}/runs/r1"]
    answers = [ask(f"GET {address}").get_json() for address in addresses]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["experimentId"] == begun


def test_tags_and_properties_are_added_to_those_there_are(ask: Ask, begun: str) -> None:
    changed = ask(f"PATCH {RUN}", {"tags": {"data": "abc"}, "displayName": "first", "runId": "other"}).get_json()
    assert changed["tags"] == {"seed": "7", "data": "abc"}
    assert (changed["displayName"], changed["runId"], changed["properties"]) == ("first", "r1", {"git": "abc"})


def test_a_property_of_a_run_stays_what_it_is(ask: Ask, begun: str) -> None:
    assert ask(f"PATCH {RUN}", {"properties": {"git": "abc", "more": "1"}}).status_code == 200
    refused = ask(f"PATCH {RUN}", {"properties": {"git": "def", "other": "1"}})
    assert refused.status_code == 400
    assert "Properties of a run are immutable: git is set already" in refused.get_data(as_text=True)
    assert ask(f"GET {RUN}").get_json()["properties"] == {"git": "abc", "more": "1"}


def test_tags_are_deleted_by_name(ask: Ask, begun: str) -> None:
    assert ask(f"DELETE {RUN}/tags", ["seed", "unknown"]).get_json()["tags"] == {}


def test_events_lead_a_run_through_its_life(ask: Ask, begun: str) -> None:
    seen = []
    for event in ("Start", "Completed", "Failed"):
        ask(f"POST {RUN}/events", {"name": f"Microsoft.MachineLearning.Run.{event}"})
        seen.append(ask(f"GET {RUN}").get_json()["status"])
    assert seen == ["Running", "Completed", "Completed"]  # what has ended stays as it ended
    assert ask(f"GET {RUN}").get_json()["endTimeUtc"]


def test_the_error_of_a_run_is_in_its_details(ask: Ask, begun: str) -> None:
    error = {"error": {"code": "UserError", "message": "no data"}}
    ask(f"POST {RUN}/events", {"name": "Microsoft.MachineLearning.Run.Error", "data": {"errorResponse": error}})
    assert ask(f"GET {RUN}/details").get_json()["error"] == error


def test_cancelling_is_asked_for_once(ask: Ask, state: State, begun: str) -> None:
    for _ in range(2):
        ask(f"POST {RUN}/events", {"name": "Microsoft.MachineLearning.Run.CancelRequested"})
    assert state.runs["r1"].cancelled.is_set()
    lifecycle.enter(state, state.runs["r1"], "Canceled")
    lifecycle.cancel(state.runs["r1"])
    assert ask(f"GET {RUN}").get_json()["status"] == "Canceled"


def test_children_are_found_below_their_parent(ask: Ask, begun: str) -> None:
    ask(f"PATCH {HISTORY}/experimentids/{begun}/runs/r2", {"parentRunId": "r1"})
    (child,) = ask(f"GET {RUN}/children").get_json()["value"]
    assert (child["runId"], child["rootRunId"]) == ("r2", "r1")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["r2", "r1"]),
        ("tags/seed eq 7", ["r1"]),
        ("tags/seed eq '8'", []),
        ("RootRunId eq r1", ["r2", "r1"]),
        ("RootRunId eq r2", []),
    ],
)
def test_runs_are_found_by_tag_and_by_root(ask: Ask, begun: str, wanted: str | None, found: list[str]) -> None:
    ask(f"PATCH {HISTORY}/experiments/trials/runs/r2", {"parentRunId": "r1"})
    for address in ("experiments/trials", f"experimentids/{begun}"):
        runs = ask(f"POST {HISTORY}/{address}/runs:query", {"filter": wanted}).get_json()["value"]
        assert [run["runId"] for run in runs] == found


@pytest.mark.parametrize("resource", ["", "/details", "/token"])
def test_an_unknown_run_is_not_found_whatever_is_asked_of_it(ask: Ask, resource: str) -> None:
    assert ask(f"GET {HISTORY}/runs/unknown{resource}").status_code == 404


def test_metrics_are_read_in_the_order_they_came(ask: Ask, begun: str) -> None:
    for value in (0.5, 0.25):
        sent = {"name": "error", "columns": {"error": "Double"}, "value": [{"data": {"error": value}}]}
        ask("POST /metric/v2.0WS/runs/r1/batch", {"values": [sent]})
    assert ask(f"GET {RUN}/metricsingest/wait").status_code == 200
    (known,) = ask("POST /metric/v2.0WS/runs/r1/list", {}).get_json()["value"]
    full = ask("POST /metric/v2.0WS/runs/r1/full", {"metricName": known["metricKey"]["name"]}).get_json()
    assert [one["data"]["error"] for one in full["value"]] == [0.5, 0.25]


def test_metrics_are_read_in_the_order_they_were_logged_whatever_comes_first(ask: Ask, begun: str) -> None:
    for logged in ("28.000001Z", "28Z", "27.999999Z"):
        value = {"data": {"loss": logged}, "createdUtc": f"2026-12-01T00:05:{logged}"}
        sent = {"name": "loss", "columns": {"loss": "String"}, "value": [value]}
        ask("POST /metric/v2.0WS/runs/r1/batch", {"values": [sent]})
    full = ask("POST /metric/v2.0WS/runs/r1/full", {"metricName": "loss"}).get_json()
    assert [one["data"]["loss"] for one in full["value"]] == ["27.999999Z", "28Z", "28.000001Z"]


def test_an_unknown_metric_is_not_found(ask: Ask, begun: str) -> None:
    assert ask("POST /metric/v2.0WS/runs/r1/full", {"metricName": "error"}).status_code == 404


def test_the_reason_that_the_sdk_gives_is_in_the_details(ask: Ask, begun: str) -> None:
    error = {"error": {"code": "E42", "message": "no data"}}  # its keys begin with a capital letter
    ask(f"POST {RUN}/events", {"name": "Microsoft.MachineLearning.Run.Error", "data": {"ErrorResponse": error}})
    warning = {"RunId": "r1", "Source": "driver", "Message": "slow"}
    ask(f"POST {RUN}/events", {"name": "Microsoft.MachineLearning.Run.Warning", "data": warning})
    details = ask(f"GET {RUN}/details").get_json()
    assert details["error"] == error
    assert [(one["source"], one["message"]) for one in details["warnings"]] == [("driver", "slow")]


def test_an_unknown_event_is_refused(ask: Ask, begun: str) -> None:
    assert ask(f"POST {RUN}/events", {"name": "Microsoft.MachineLearning.Run.Sleep"}).status_code == 400


def test_several_runs_begin_and_start_at_once(ask: Ask, begun: str) -> None:
    children = [{"runId": name, "parentRunId": "r1", "tags": {"n": name}} for name in ("r2", "r3")]
    made = ask(f"PATCH {HISTORY}/experiments/trials/batch/runs", {"runs": children}).get_json()["runs"]
    assert {name: run["tags"] for name, run in made.items()} == {"r2": {"n": "r2"}, "r3": {"n": "r3"}}
    events = [{"name": "Microsoft.MachineLearning.Run.Start", "data": {"RunId": name}} for name in made]
    assert ask(f"POST {HISTORY}/experiments/trials/batch/events", {"events": events}).get_json() == {"errors": []}
    assert [ask(f"GET {HISTORY}/runs/{name}").get_json()["status"] for name in made] == ["Running", "Running"]
