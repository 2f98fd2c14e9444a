from collections.abc import Callable

import pytest
from azureml_offline.workspace.names import Names
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]


@pytest.mark.parametrize("line", ["GET /nowhere", "DELETE /subscriptions", "GET /modelmanagement/v1.0WS/profiles"])
def test_an_unknown_route_answers_501_that_names_it(ask: Ask, state: State, line: str) -> None:
    answer = ask(line)  # the SDK would take 404 for "there is none", and try other statuses again
    assert answer.status_code == 501
    assert line.replace("WS", state.names.scope) in answer.get_json()["error"]["message"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("POST /hyperdrive/v1.0WS/runs", "no HyperDrive: submit a job for each set of values"),
        ("POST /pipelines/v1.0WS/x", "no pipelines, nor ParallelRunStep: submit each step as a job of its own"),
        ("GET /dataset/v1.0WS/datasets", "no data sets: read the files of the default datastore"),
        ("POST /datastore/v1.0WS/datastores", "no changes of datastores: use the default one"),
        ("GET /modelmanagement/v1.0WS/images", "no images: deploy with an InferenceConfig"),
    ],
)
def test_what_does_not_exist_is_named_with_what_to_use(ask: Ask, line: str, words: str) -> None:
    answer = ask(line)
    assert (answer.status_code, words in answer.get_json()["message"]) == (501, True)


def test_a_body_that_is_not_json_is_a_bad_request(ask: Ask) -> None:
    assert ask("POST /modelmanagement/v1.0WS/models", data=b"{").status_code == 415


@pytest.mark.parametrize(
    ("line", "body", "words"),
    [
        ("POST /execution/v1.0WS/experiments/e/snapshotrun?runId=r", {}, "needs the field Configuration."),
        ("POST /modelmanagement/v1.0WS/services", {"name": "a"}, "needs the field computeType."),
        ("PATCH /modelmanagement/v1.0WS/services/a", {"a": 1}, "it must be a list of steps with op and path."),
        ("PATCH /modelmanagement/v1.0WS/services/a", [{"path": "/tags"}], "a list of steps with op and path."),
        ("PATCH /history/v1.0WS/experiments/e/batch/runs", {"runs": {"a": 1}}, "the field runs: it must be a list."),
        ("PUT /environment/v1.0WS/environments/a", {"python": "x"}, "the field python: it must be an object of JSON."),
        ("PUT WS/computes/a", {"properties": "x"}, "the field properties: it must be an object of JSON."),
        ("GET /modelmanagement/v1.0WS/models?count=x", None, "the query key count=x: it must be a whole number."),
        ("POST /history/v1.0WS/experiments/e/runs:query", {"top": "x"}, "the field top=x: it must be a whole number."),
    ],
)
def test_a_malformed_request_is_refused_and_not_a_fault_of_ours(ask: Ask, line: str, body: object, words: str) -> None:
    answer = ask(line, body)
    assert (answer.status_code, words in answer.get_json()["message"]) == (400, True)


@pytest.mark.parametrize("line", ["GET /modelmanagement/v1.0WS/models?count=&$skipToken="])
def test_an_empty_number_asks_for_nothing(ask: Ask, line: str) -> None:
    assert ask(line).status_code == 200


@pytest.mark.parametrize("field", ["subscription", "resource_group", "workspace"])
def test_another_workspace_is_not_found(ask: Ask, state: State, field: str) -> None:
    path = state.names.scope.replace(getattr(state.names, field), "other")
    answer = ask(f"GET {path}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "ResourceNotFound")


def test_requests_are_kept_with_their_answers(ask: Ask, state: State) -> None:
    ask("GET /subscriptions")
    ask("GET /nowhere")
    kept = [(one.method, one.path, one.status, one.rule) for one in state.requests]
    assert kept == [("GET", "/subscriptions", 200, "/subscriptions"), ("GET", "/nowhere", 501, "")]


def test_the_workspace_says_where_its_services_are(ask: Ask, state: State) -> None:
    workspace = ask("GET WS").get_json()
    services = ask(f"GET /discovery/{workspace['properties']['discoveryUrl'].partition('/discovery/')[2]}").get_json()
    assert workspace["name"] == state.names.workspace
    assert services["api"] == "https://westeurope.api.azureml.ms"


def test_two_starts_share_no_name_and_no_secret() -> None:
    first, second = vars(Names()), vars(Names())
    assert [name for name, value in first.items() if second[name] == value] == []


def test_secrets_are_not_shown_with_the_names() -> None:
    names = Names()
    assert names.secret not in repr(names)
    assert names.signature not in repr(names)
