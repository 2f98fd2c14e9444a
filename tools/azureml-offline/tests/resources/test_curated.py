"""Curated environments: listed and read as in Azure; used with the packages of a conda file, or refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azureml_offline import OfflineError
from azureml_offline.resources import curated, curated_names
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
ENVIRONMENTS = "/environment/v1.0WS/environments"
NAME = "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu"
MINIMAL = "AzureML-Minimal"  # of those that Azure hides
PACKAGES: Json = {"name": "mine", "dependencies": ["python=3.11", {"pip": ["numpy"]}]}
COPY_FIRST = (
    "Environment name can not start with the prefix {}. To alter a curated environment first create a copy of it."
)


def read(ask: Ask, name: str, rest: str = "") -> Json:
    found: Json = ask(f"GET {ENVIRONMENTS}/{name}{rest}").get_json()
    return found


def copy(environment: Json, name: str = "mine", **changed: Any) -> Json:
    """What the SDK's `clone` makes of it."""
    return {**environment, "name": name, "version": None, "assetId": None, **changed}


@pytest.fixture
def submit(ask: Ask) -> Ask:
    """Submits a job in that environment to a cluster."""

    def start(environment: Json) -> TestResponse:
        ask("PUT WS/computes/cpu", {"properties": {"computeType": "AmlCompute"}})
        tree = {"name": "", "type": "Directory", "children": {}}
        ask("POST /content/v2.0WS/snapshots/s1", {"DirTreeNode": tree, "FileRevisionList": {"FileNodes": []}})
        definition = {"target": "cpu", "command": "true", "environment": environment}
        body = {"Configuration": definition, "SnapshotId": "s1"}
        return ask("POST /execution/v1.0WS/experiments/e/snapshotrun", body, query_string={"runId": "r1"})

    return start


@pytest.fixture
def deploy(ask: Ask, image: Callable[..., Json], ended: None, state: State) -> Ask:
    """Deploys a service in that environment, to which the SDK has added its own variables."""

    def start(environment: Json) -> TestResponse:
        asked = image("def init(): pass\ndef run(raw): return raw")
        asked["environment"] = environment | asked["environment"]
        answer = ask(
            "POST /modelmanagement/v1.0WS/services",
            {"name": "first", "computeType": "ACI", "environmentImageRequest": asked},
        )
        for thread in state.deployments:
            thread.join(20)
        return answer

    return start


def test_a_list_has_those_that_azure_does_not_hide(ask: Ask) -> None:
    names = [one["name"] for one in ask(f"GET {ENVIRONMENTS}/").get_json()["value"]]
    assert {NAME, "AzureML-AutoML", "AzureML-minimal-ubuntu18.04-py37-cpu-inference"} < set(names)
    assert MINIMAL not in names


@pytest.mark.parametrize("name", curated_names.NEWEST)
def test_each_is_read_with_its_version_its_image_and_no_packages(ask: Ask, name: str) -> None:
    found = read(ask, name)
    assert (found["name"], found["version"]) == (name, str(curated_names.NEWEST[name]))
    assert found["docker"]["baseImage"].startswith("mcr.microsoft.com/azureml/")
    assert not (found["python"]["condaDependencies"] or {}).get("dependencies")


def test_the_image_of_a_version_has_its_number(ask: Ask) -> None:
    image = "mcr.microsoft.com/azureml/curated/sklearn-1.0-ubuntu20.04-py38-cpu"
    found = [read(ask, NAME, rest) for rest in ("/versions/28", "/labels/latest", "/labels/Latest")]
    assert [(one["version"], one["docker"]["baseImage"]) for one in found] == [
        ("28", f"{image}:28"),
        ("33", f"{image}:33"),
        ("33", f"{image}:33"),
    ]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"{NAME}/versions/34", 501, f"knows versions 1 to 33 of {NAME}, not 34: leave the version out"),
        (f"{NAME}/versions/0", 501, "not 0"),
        (f"{NAME}/versions/x", 501, "not x"),
        (f"{NAME}/labels/prd", 404, "label prd was not found"),
        ("AzureML-sklearn-1.0", 501, f"knows no curated environment 'AzureML-sklearn-1.0'. The nearest is {NAME}."),
        ("MicrosoftOwn", 501, "knows no curated environment 'MicrosoftOwn'"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(ask: Ask, path: str, status: int, words: str) -> None:
    answer = ask(f"GET {ENVIRONMENTS}/{path}")
    assert (answer.status_code, words in answer.get_json()["message"]) == (status, True)


@pytest.mark.parametrize("name", [NAME, "AzureMLown", "Microsoft-own"])
@pytest.mark.parametrize("path", ["", "/versions/33", "/versions/33/metadata"])
def test_nobody_registers_or_labels_under_a_reserved_name(ask: Ask, name: str, path: str) -> None:
    answer = ask(f"PUT {ENVIRONMENTS}/{name}{path}", {"Labels": ["mine"]} if "metadata" in path else {"Name": name})
    reserved = COPY_FIRST.format("AzureML" if name.startswith("A") else "Microsoft")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "UserError")
    assert answer.get_json()["message"] == reserved


def test_names_that_only_contain_a_reserved_one_are_free(ask: Ask) -> None:
    for name in ("azureml-own", "my-AzureML"):
        assert ask(f"PUT {ENVIRONMENTS}/{name}", {"Name": name}).status_code == 200


@pytest.mark.parametrize("name", [NAME, MINIMAL])
@pytest.mark.parametrize("copied", [False, True], ids=["itself", "copy"])
def test_without_its_packages_it_is_not_used(
    ask: Ask, submit: Ask, deploy: Ask, state: State, name: str, copied: bool
) -> None:
    used = copy(read(ask, name)) if copied else read(ask, name)
    for answer in (submit(used), deploy(used)):
        assert answer.status_code == 400
        assert ("mine is a copy of" in answer.get_json()["message"]) is copied
        assert f"--curated {name}=FILE.yml" in answer.get_json()["message"]
    assert (state.runs, state.services) == ({}, {})


def test_a_copy_with_some_packages_more_is_not_used(ask: Ask, submit: Ask) -> None:
    python = read(ask, MINIMAL)["python"]
    python["condaDependencies"]["dependencies"] = [{"pip": ["numpy"]}]
    assert f"--curated {MINIMAL}=" in submit(copy(read(ask, MINIMAL), python=python)).get_json()["message"]


def test_an_image_of_a_curated_environment_is_not_taken_for_an_empty_one(ask: Ask, submit: Ask, state: State) -> None:
    used = copy(read(ask, NAME), docker={"baseImage": f"{curated_names.image(NAME, 5)}"})
    assert submit(used).status_code == 400
    state.curated[NAME] = PACKAGES
    assert f"Environment.get returns for {NAME} names them" in submit(used).get_json()["message"]


def test_packages_in_an_image_of_no_known_name_are_refused_too(ask: Ask, submit: Ask) -> None:
    used = copy(read(ask, NAME), docker={"baseImage": "mcr.microsoft.com/azureml/curated/sklearn-1.5:latest"})
    words = "has its packages in the image mcr.microsoft.com/azureml/curated/sklearn-1.5 of Azure's"
    assert words in submit(used).get_json()["message"]


def test_a_copy_with_packages_of_its_own_is_used(ask: Ask, submit: Ask) -> None:
    python = {"userManagedDependencies": False, "condaDependencies": {"name": "own", "dependencies": []}}
    assert submit(copy(read(ask, NAME), python=python)).status_code == 200


def test_with_a_conda_file_it_has_these_packages_for_jobs_and_services(
    ask: Ask, submit: Ask, deploy: Ask, state: State
) -> None:
    state.curated[NAME] = PACKAGES
    found = read(ask, NAME)
    assert (found["python"]["condaDependencies"], found["python"]["userManagedDependencies"]) == (PACKAGES, False)
    assert (submit(found).status_code, deploy(found).status_code) == (200, 202)
    assert state.runs["r1"].definition["environment"]["python"]["condaDependencies"] == PACKAGES
    assert NAME not in state.environments


def test_a_reference_to_it_stands_for_it(submit: Ask, state: State) -> None:
    state.curated[NAME] = PACKAGES
    assert submit({"name": NAME}).status_code == 200
    assert state.runs["r1"].definition["environment"]["python"]["condaDependencies"] == PACKAGES


@pytest.mark.parametrize(
    "changed",
    [
        {"environmentVariables": {"A": "b"}},
        {"docker": {"baseImage": "mcr.microsoft.com/azureml/other"}},
        {"python": {"condaDependencies": {"dependencies": []}}},
        {"version": "34"},
        {"version": None},
        {"name": "AzureML-own"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_changed_one_must_have_another_name(ask: Ask, submit: Ask, state: State, changed: Json) -> None:
    state.curated[NAME] = PACKAGES
    assert submit(read(ask, NAME) | changed).get_json()["message"] == COPY_FIRST.format("AzureML")


def test_an_unknown_name_is_refused_at_the_start() -> None:
    with pytest.raises(OfflineError, match=f"--curated: .*'AzureML-Minimul'. The nearest is {MINIMAL}"):
        curated.read_files({"AzureML-Minimul": "file.yml"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conda.yml"


def test_a_conda_file_is_read_whole(file: Path) -> None:
    file.write_text("name: mine\nchannels: [a]\ndependencies:\n- python=3.11\n- pip: ['numpy==2']\n", encoding="utf-8")
    assert curated.read_files({NAME: file}) == {
        NAME: {"name": "mine", "channels": ["a"], "dependencies": ["python=3.11", {"pip": ["numpy==2"]}]}
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ": the file is empty"),
        ("a: [", ", line 1, column 5: expected the node content"),
        ("\0", ": this is not YAML"),
        ("[" * 3000, ": this is not YAML"),
        ("- numpy", ", line 1, column 1: a conda file must be a mapping"),
        ("name: a", ", line 1, column 1: a conda file needs dependencies"),
        ("dependencies: []\nvariables: {A: b}", ", line 2, column 1: variables is not read: leave it out"),
        ("dependencies: []\ndependencies: []", ", line 2, column 1: dependencies stands twice"),
        ("dependencies: numpy", ", line 1, column 15: dependencies must be a list"),
        ("dependencies:\n- 3", ", line 2, column 3: an entry of dependencies must be a package such as python=3.11"),
        ("dependencies:\n- npm: [a]", ", line 2, column 3: an entry of dependencies must be"),
        ("dependencies:\n- pip: numpy", ", line 2, column 8: pip must be a list"),
        ("dependencies:\n- pip:\n  - 1.0", ", line 3, column 5: an entry of pip must be text"),
        ("channels: [1]\ndependencies: []", ", line 1, column 12: an entry of channels must be text"),
        ("name: [a]\ndependencies: []", ", line 1, column 7: name must be text"),
        ("1: a", ", line 1, column 1: a key must be text"),
    ],
)
def test_a_malformed_conda_file_is_refused_at_its_line(file: Path, text: str, words: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OfflineError) as caught:
        curated.read_files({NAME: file})
    assert str(caught.value).startswith(f"{file}{words}")
    assert "\n" not in str(caught.value)


def test_a_conda_file_that_cannot_be_read_is_refused(file: Path) -> None:
    with pytest.raises(OfflineError, match=r"conda\.yml: No such file or directory\."):
        curated.read_files({NAME: file})
    file.write_bytes(b"\xff")
    with pytest.raises(OfflineError, match=r"conda\.yml must be UTF-8"):
        curated.read_files({NAME: file})
