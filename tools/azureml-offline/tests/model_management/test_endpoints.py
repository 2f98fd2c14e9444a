"""Endpoints of a cluster without the SDK: versions behind one address, and the traffic between them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
SERVICES = "/modelmanagement/v1.0WS/services"
ADDRESS = "203.0.113.10"
PATIENCE = 20  # seconds
IMAGE: Json = {"environmentImageRequest": {"assets": [{"id": "src.tar.gz"}]}}


def script(word: str) -> str:
    return f"def init(): print('{word} starts')\ndef run(raw): return '{word}'"


@pytest.fixture
def deploy(ask: Ask, image: Callable[..., Json], state: State, ended: None) -> Ask:
    """Creates the endpoint "flow" with a version that answers with its own name, open to all; `asked` changes that."""

    def start(version: str = "one", text: str = "", **asked: Any) -> TestResponse:
        first = {"environmentImageRequest": image(text or script(version)), "trafficPercentile": 100}
        body: Json = {"name": "flow", "computeType": "AKSENDPOINT", "computeName": "aks", "authEnabled": False}
        answer = ask(f"POST {SERVICES}", body | {"versions": {version: first}} | asked)
        wait(state)
        return answer

    return start


@pytest.fixture
def patch(ask: Ask, state: State) -> Ask:
    """Sends a patch of steps (op, path, value) to the endpoint, and waits for what that deploys."""

    def send(*steps: tuple[str, str, Any]) -> TestResponse:
        body = [{"op": op, "path": path, "value": value} for op, path, value in steps]
        answer = ask(f"PATCH {SERVICES}/flow", body)
        wait(state)
        return answer

    return send


@pytest.fixture
def two(deploy: Ask, patch: Ask, image: Callable[..., Json]) -> None:
    """The endpoint with its version "one", which takes all, and "two", which takes nothing."""
    deploy()
    assert patch(("add", "/versions/two", {"environmentImageRequest": image(script("two"))})).status_code == 202


@pytest.fixture
def answers(ask: Ask) -> Callable[..., Counter[str]]:
    """Asks the endpoint, or a version of it, so many times; who answered how often."""

    def count(times: int = 20, version: str = "") -> Counter[str]:
        path = f"/api/v1/service/flow/{version}/score" if version else "/api/v1/service/flow/score"
        return Counter(ask(f"POST {path}", host=ADDRESS, data=b"{}").get_json() for _ in range(times))

    return count


def wait(state: State) -> None:
    for thread in state.deployments:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def found(ask: Ask) -> Json:
    record: Json = ask(f"GET {SERVICES}/flow").get_json()
    return record


def test_a_new_version_takes_nothing_and_answers_at_its_own_address(
    two: None, ask: Ask, answers: Callable[..., Counter[str]]
) -> None:
    assert answers() == {"one": 20}
    assert answers(version="two") == {"two": 20}
    record = found(ask)
    assert (record["computeType"], record["state"]) == ("AKSENDPOINT", "Healthy")
    assert {name: one["isDefault"] for name, one in record["versions"].items()} == {"one": True, "two": False}
    assert [one["name"] for one in ask(f"GET {SERVICES}").get_json()["value"]] == ["flow"]


def test_the_traffic_is_divided_as_is_said_and_the_rest_goes_to_the_default(
    two: None, patch: Ask, answers: Callable[..., Counter[str]]
) -> None:
    patch(("replace", "/versions/one/trafficPercentile", 0), ("replace", "/versions/two/trafficPercentile", 10))
    assert answers(times=100) == {"one": 90, "two": 10}


def test_another_default_takes_the_rest(two: None, patch: Ask, answers: Callable[..., Counter[str]]) -> None:
    patch(
        ("replace", "/versions/one/trafficPercentile", 0),
        ("replace", "/versions/one/isDefault", False),
        ("replace", "/versions/two/isDefault", True),
    )
    assert answers() == {"two": 20}


def test_other_shares_start_no_process(two: None, patch: Ask, state: State) -> None:
    before = len(state.operations)
    assert patch(("replace", "/versions/one/trafficPercentile", 50)).status_code == 200
    assert len(state.operations) == before


def test_a_version_is_deployed_anew_while_the_other_answers(
    two: None, patch: Ask, image: Callable[..., Json], answers: Callable[..., Counter[str]]
) -> None:
    step = ("replace", "/versions/two/environmentImageRequest", image(script("three")))
    assert patch(step).status_code == 202
    assert (answers(), answers(version="two")) == ({"one": 20}, {"three": 20})


def test_a_removed_version_is_gone(two: None, patch: Ask, ask: Ask, state: State) -> None:
    assert patch(("remove", "/versions/two", None)).status_code == 200
    assert [*found(ask)["versions"]] == ["one"]
    assert ask("POST /api/v1/service/flow/two/score", host=ADDRESS, data=b"{}").status_code == 404


def test_a_version_that_fails_leaves_the_others(
    deploy: Ask, patch: Ask, image: Callable[..., Json], ask: Ask, answers: Callable[..., Counter[str]]
) -> None:
    deploy()
    fails = "def init(): raise ValueError('no model')\ndef run(raw): pass"
    patch(("add", "/versions/two", {"environmentImageRequest": image(fails)}))
    assert answers() == {"one": 20}
    record = found(ask)
    assert [one["state"] for one in record["versions"].values()] == ["Healthy", "Failed"]
    assert (record["state"], "init() function" in record["error"]["message"]) == ("Failed", True)
    log = ask(f"GET {SERVICES}/flow/logs").get_json()["content"]
    assert log.startswith("one starts\n")
    assert log.endswith("ValueError: no model\n")


def test_an_endpoint_with_keys_opens_every_version_with_them(deploy: Ask, ask: Ask) -> None:
    deploy(authEnabled=True, keys={"primaryKey": "first", "secondaryKey": "second"})
    for path in ("/api/v1/service/flow/score", "/api/v1/service/flow/one/score"):
        codes = [
            ask(f"POST {path}", host=ADDRESS, data=b"{}", headers={"Authorization": f"Bearer {key}"}).status_code
            for key in ("first", "second", "third")
        ]
        assert codes == [200, 200, 401]


def test_a_deleted_endpoint_answers_no_more(two: None, ask: Ask, state: State) -> None:
    started = [version.process for version in state.services["flow"].versions.values()]  # type: ignore[attr-defined]
    assert ask(f"DELETE {SERVICES}/flow").status_code == 200
    assert ask("POST /api/v1/service/flow/score", host=ADDRESS, data=b"{}").status_code == 404
    assert [process.ask("{}") for process in started] == [None, None]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([("replace", "/versions/two/trafficPercentile", 10)], "would take 110 % of the traffic"),
        ([("remove", "/versions/one", None)], "is the default one"),
        ([("remove", "/versions/none", None)], "has no version none"),
        ([("replace", "/versions/none/trafficPercentile", 1)], "no version none"),
        ([("replace", "/versions/two/numReplicas", 3)], "does not change numReplicas of the version two"),
        ([("replace", "/aadAuthEnabled", True), ("replace", "/authEnabled", True)], "opens with keys or with tokens"),
        ([("add", "/versions/two", {})], "has a version two already"),
        ([("add", "/versions/flow", IMAGE)], "must have another name"),
        ([("add", "/versions/three", {"environmentImageRequest": {"modelIds": ["a:1"]}})], "Model a:1 was not found"),
        ([("add", f"/versions/v{n}", IMAGE) for n in range(5)], "6 versions"),
    ],
    ids=["shares", "default", "unknown", "unknown share", "unhonoured", "token", "twice", "name", "model", "seven"],
)
def test_a_patch_that_cannot_be_is_refused_and_changes_nothing(
    two: None, patch: Ask, ask: Ask, steps: list[tuple[str, str, Any]], words: str
) -> None:
    before = found(ask)
    answer = patch(("replace", "/description", "changed"), *steps)
    assert answer.status_code in (400, 404, 409)
    assert words in answer.get_data(as_text=True)
    assert found(ask) == before


def test_a_second_endpoint_of_the_name_is_refused(deploy: Ask) -> None:
    deploy()
    answer = deploy("two")
    assert (answer.status_code, "already exists" in answer.get_data(as_text=True)) == (400, True)


def test_an_endpoint_on_an_unknown_cluster_is_refused(deploy: Ask) -> None:
    assert "ComputeTarget nowhere was not found" in deploy(computeName="nowhere").get_data(as_text=True)
