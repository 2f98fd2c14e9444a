from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]

MODELS = "/modelmanagement/v1.0WS/models"
ASSETS = "/modelmanagement/v1.0WS/assets"


@pytest.fixture
def registered(ask: Ask) -> None:
    for name, run, tags in (("delay", "r1", {"stage": "old"}), ("delay", "r2", {"stage": "new"}), ("other", "r1", {})):
        ask(f"POST {MODELS}", {"name": name, "runId": run, "kvTags": tags, "url": "aml://asset/1"})


def test_versions_count_for_each_name(ask: Ask, registered: None) -> None:
    assert [one["id"] for one in ask(f"GET {MODELS}").get_json()["value"]] == ["other:1", "delay:2", "delay:1"]
    assert ask(f"GET {MODELS}/delay:2").get_json()["version"] == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=delay", ["delay:2", "delay:1"]),
        ("runId=r1", ["other:1", "delay:1"]),
        ("tags=stage", ["delay:2", "delay:1"]),
        ("tags=stage%3Dnew", ["delay:2"]),
        ("tags=stage%3Dnew,champion", []),
        ("properties=seed", []),
        ("name=delay&latestVersionOnly=true", ["delay:2"]),
        ("count=1", ["other:1"]),
    ],
)
def test_models_are_listed_newest_first_as_the_query_asks(
    ask: Ask, registered: None, query: str, found: list[str]
) -> None:
    assert [one["id"] for one in ask(f"GET {MODELS}?{query}").get_json()["value"]] == found


def test_tags_change_one_at_a_time(ask: Ask, registered: None) -> None:
    steps = [
        {"op": "add", "path": "/tags/gate~1verdict", "value": "promote"},
        {"op": "remove", "path": "/tags/stage"},
        {"op": "replace", "path": "/description", "value": "a model"},
    ]
    changed = ask(f"PATCH {MODELS}/delay:1", steps).get_json()
    assert (changed["kvTags"], changed["description"]) == ({"gate/verdict": "promote"}, "a model")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_model_is_not_found(ask: Ask, method: str) -> None:
    assert ask(f"{method} {MODELS}/delay:1", [] if method == "PATCH" else None).status_code == 404


def test_a_deleted_model_is_gone_and_its_number_is_free(ask: Ask, registered: None) -> None:
    assert ask(f"DELETE {MODELS}/other:1").status_code == 200
    assert ask(f"GET {MODELS}?name=other").get_json()["value"] == []


def test_an_asset_is_found_by_its_run(ask: Ask) -> None:
    asset = ask(f"POST {ASSETS}", {"name": "delay", "runid": "r1", "artifacts": [{"prefix": "a/b/c"}]}).get_json()
    assert ask(f"GET {ASSETS}/{asset['id']}").get_json() == asset
    assert ask(f"GET {ASSETS}?runId=r1&name=delay").get_json()["value"] == [asset]
    assert ask(f"GET {ASSETS}?runId=r2").get_json()["value"] == []
    assert ask(f"GET {ASSETS}/unknown").status_code == 404


def test_models_come_in_pages(ask: Ask, registered: None) -> None:
    page = ask(f"GET {MODELS}?count=2&name=delay&tags=stage").get_json()
    assert "nextLink" not in page
    page = ask(f"GET {MODELS}?count=1&name=delay&tags=stage").get_json()
    following = page["nextLink"].partition(".ms")[2]
    assert [one["id"] for one in page["value"] + ask(f"GET {following}").get_json()["value"]] == ["delay:2", "delay:1"]


def test_what_a_model_needs_is_given_back_whole(ask: Ask) -> None:
    body = {"name": "delay", "url": "aml://asset/1", "resourceRequirements": {"cpu": 1.0}}
    needs = ask(f"POST {MODELS}", body).get_json()["resourceRequirements"]
    assert needs == {"cpu": 1.0, "memoryInGB": None, "gpu": None}
