from collections.abc import Callable

from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]

ARTIFACTS = "/artifact/v2.0WS/artifacts"


def test_an_artifact_is_announced_written_and_found(ask: Ask, storage: Ask, state: State) -> None:
    told = ask(f"POST {ARTIFACTS}/batch/metadata/LocalUpload/one", {"paths": [{"path": "model/a.bin"}]}).get_json()
    place = told["artifactContentInformation"]["model/a.bin"]["contentUri"]
    storage("PUT " + place.partition(state.names.blob_host)[2].partition("?")[0], b"weights")
    found = ask(f"GET {ARTIFACTS}/prefix/contentinfo/LocalUpload/one/model").get_json()["value"]
    assert [one["contentUri"] for one in found] == [place]
    assert [one["path"] for one in ask(f"GET {ARTIFACTS}/LocalUpload/one").get_json()["value"]] == ["model/a.bin"]


def test_an_artifact_that_was_only_announced_is_not_found(ask: Ask) -> None:
    assert ask(f"GET {ARTIFACTS}/write/LocalUpload/one/a.bin").status_code == 200
    assert ask(f"GET {ARTIFACTS}/contentinfo/LocalUpload/one/a.bin").status_code == 404


def test_an_artifact_is_written_once(ask: Ask, storage: Ask, state: State) -> None:
    place = f"POST {ARTIFACTS}/batch/metadata/ExperimentRun/dcid.run"
    told = ask(place, {"paths": [{"path": "a.txt"}]}).get_json()["artifactContentInformation"]["a.txt"]["contentUri"]
    storage("PUT " + told.partition(state.names.blob_host)[2].partition("?")[0], b"a")
    again = ask(place, {"paths": [{"path": "a.txt"}, {"path": "b.txt"}]}).get_json()
    assert list(again["artifactContentInformation"]) == ["b.txt"]
    message = "Resource Conflict: ArtifactId ExperimentRun/dcid.run/a.txt already exists."
    assert again["errors"] == {"a.txt": {"error": {"code": "UserError", "message": message}}}


def test_content_is_appended_when_asked_for(ask: Ask, storage: Ask) -> None:
    path = f"POST {ARTIFACTS}/content/ExperimentRun/dcid.run/logs/x.txt"
    for text in (b"one ", b"two"):
        ask(path, data=text, query_string={"append": "True"})
    assert storage("GET /azureml/ExperimentRun/dcid.run/logs/x.txt").data == b"one two"
    assert ask(f"GET {ARTIFACTS}/contentinfo/ExperimentRun/dcid.run/logs/x.txt").status_code == 200


def test_the_default_datastore_is_a_container_of_the_account(ask: Ask, state: State) -> None:
    default = ask("GET /datastore/v1.0WS/default").get_json()
    assert default["azureStorageSection"]["accountName"] == state.names.account
    assert ask(f"GET /datastore/v1.0WS/datastores/{default['name']}").get_json() == default
    assert ask("GET /datastore/v1.0WS/datastores").get_json()["value"] == [default]
    assert ask("GET /datastore/v1.0WS/datastores/other").status_code == 404
