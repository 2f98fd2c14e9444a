import io
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azureml_offline.resources import environment_builds
from azureml_offline.runs import job_process, jobs
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
Json = dict[str, Any]
SNAPSHOTS = "/content/v2.0WS/snapshots"
EXECUTION = "/execution/v1.0WS/experiments/trials"
PATIENCE = 20  # seconds
RUN_SCRIPT = str(job_process.RUN_SCRIPT)


@pytest.fixture
def send(ask: Ask, storage: Ask, state: State) -> Ask:
    """Makes a snapshot of these files: path to content, None if the parent has the content."""

    def make(snapshot: str, files: dict[str, bytes | None], parent: str | None = None) -> TestResponse:
        names = [name for name, content in files.items() if content is not None]
        nodes = ask(f"POST {SNAPSHOTS}/getblob", {"FileNames": names}).get_json()["fileNodes"]
        for node in nodes:
            path = node["blobUri"].partition(state.names.blob_host)[2].partition("?")[0]
            storage(f"PUT {path}", files[node["fullName"]])
        body = {
            "ParentSnapshotId": parent,
            "DirTreeNode": tree(files),
            "FileRevisionList": {"FileNodes": [{"FullName": n["fullName"], "BlobUri": n["blobUri"]} for n in nodes]},
        }
        return ask(f"POST {SNAPSHOTS}/{snapshot}", body)

    return make


def tree(files: dict[str, bytes | None]) -> Json:
    """The tree as the SDK sends it, one folder deep."""
    root: Json = {"name": "", "type": "Directory", "children": {}}
    for path in files:
        folder, _, name = path.rpartition("/")
        node = (
            root["children"].setdefault(folder, {"name": folder, "type": "Directory", "children": {}})
            if folder
            else root
        )
        node["children"][name] = {"name": name, "type": "File"}
    return root


@pytest.fixture
def submit(ask: Ask, send: Ask) -> Ask:
    """Submits r1 with a snapshot of a script and with this command or script."""

    def start(script: str = "", **definition: Any) -> TestResponse:
        ask("PUT WS/computes/cpu", {"properties": {"computeType": "AmlCompute"}})
        send("s1", {"script.py": script.encode()})
        known = {"target": "cpu", "script": "script.py", "environment": {}}
        body = {"Configuration": known | definition, "SnapshotId": "s1"}
        return ask(f"POST {EXECUTION}/snapshotrun", body, query_string={"runId": "r1"})

    return start


def ended(state: State) -> Json:
    for job in state.jobs:
        job.join(PATIENCE)
    assert state.runs["r1"].ended
    return state.runs["r1"].record


def log(state: State, path: str = jobs.LOG) -> str:
    """What the job has written so far; a job that has just begun to run has no file yet."""
    file = state.folder / "blobs/azureml/ExperimentRun/dcid.r1" / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_a_snapshot_takes_from_its_parent_what_was_not_sent(send: Ask, state: State) -> None:
    send("s1", {"a.py": b"old", "gone.py": b"x", "sub/b.py": b"kept"})
    send("s2", {"a.py": b"new", "sub/b.py": None}, parent="s1")
    first, second = state.snapshots["s1"], state.snapshots["s2"]
    assert sorted(second) == ["a.py", "sub/b.py"]
    assert (second["sub/b.py"] == first["sub/b.py"], second["a.py"] == first["a.py"]) == (True, False)


def test_an_unknown_parent_is_refused_and_the_newest_snapshot_is_empty(ask: Ask, send: Ask) -> None:
    assert send("s1", {}, parent="unknown").status_code == 400
    assert ask("GET /content/v1.0WS/snapshots/latest/metadata").get_json()["root"]["children"] == {}


def test_a_job_s_output_and_files_are_artifacts(submit: Ask, state: State) -> None:
    submit(
        "from pathlib import Path\nprint('hello')\nPath('outputs/sub').mkdir()\nPath('outputs/sub/x').write_text('y')"
    )
    assert ended(state)["status"] == "Completed"
    assert (log(state), log(state, "outputs/sub/x")) == ("hello\n", "y")


def test_a_job_sees_its_run_and_nothing_else_of_this_machine(
    submit: Ask, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THIS_MACHINE", "x")
    submit("import os\nprint(*sorted(os.environ))", environment={"environmentVariables": {"RATE": 1}})
    assert ended(state)["status"] == "Completed"
    names = log(state).split()
    assert {"AZUREML_RUN_ID", "AZUREML_RUN_TOKEN", "AZUREML_ARM_SUBSCRIPTION", "HOME", "RATE"} <= set(names)
    assert "A_SECRET_OF_THIS_MACHINE" not in names


@pytest.mark.parametrize("kind", ["SystemAssigned", None])
def test_a_job_gets_tokens_of_its_cluster_s_identity_if_there_is_one(
    ask: Ask, submit: Ask, state: State, kind: str | None
) -> None:
    ask("PUT WS/computes/own", {"identity": {"type": kind}, "properties": {"computeType": "AmlCompute"}})
    submit("import os\nprint(*(name for name in os.environ if name.startswith(('MSI_', 'DEFAULT_'))))", target="own")
    assert ended(state)["status"] == "Completed"
    expected = {"MSI_ENDPOINT", "MSI_SECRET", "DEFAULT_IDENTITY_CLIENT_ID"} if kind else set()
    assert set(log(state).split()) == expected


def test_a_job_that_fails_reports_its_exit_code(submit: Ask, state: State) -> None:
    submit(command="echo no data && exit 3")
    assert ended(state)["status"] == "Failed"
    assert "status code 3" in state.runs["r1"].record["error"]["error"]["message"]
    assert log(state) == "no data\n"


@pytest.mark.parametrize("way", ["/runId/r1/cancel", None], ids=["execution", "history"])
def test_a_cancelled_job_ends_with_all_that_it_started(
    ask: Ask, submit: Ask, state: State, are_gone: Callable[..., bool], way: str | None
) -> None:
    submit(command="sleep 600 & echo $!; sleep 600")
    deadline = time.monotonic() + PATIENCE
    while not (state.runs["r1"].record["status"] == "Running" and log(state)) and time.monotonic() < deadline:
        time.sleep(0.05)
    event = {"name": "Microsoft.MachineLearning.Run.CancelRequested"}
    ask(f"POST {EXECUTION}{way}") if way else ask("POST /history/v1.0WS/runs/r1/events", event)
    assert ended(state)["status"] == "Canceled"
    assert are_gone(int(log(state)))


def test_an_unknown_target_or_snapshot_is_refused(ask: Ask, submit: Ask, state: State) -> None:
    assert "Unknown compute target 'gpu'" in submit(target="gpu").get_json()["message"]
    body = {"Configuration": {"target": "cpu"}, "SnapshotId": "unknown"}
    assert ask(f"POST {EXECUTION}/snapshotrun", body, query_string={"runId": "r1"}).status_code == 404
    assert state.runs == {}


def test_a_job_that_cannot_even_start_fails(submit: Ask, state: State) -> None:
    submit(script="", environment=None)
    assert ended(state)["error"]["error"]["code"] == "SystemError"


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"script": "a.py", "arguments": ["--rate", 0.1]}, ["python", RUN_SCRIPT, "a.py", "--rate", "0.1"]),
        ({"command": "python a.py && ls"}, ["bash", "-c", "python a.py && ls"]),
        ({"command": ["python", "a.py", "&&", "ls", 1]}, ["bash", "-c", "python a.py && ls 1"]),
    ],
)
def test_a_run_configuration_is_a_script_or_a_command(definition: Json, words: list[str]) -> None:
    assert job_process.command(definition) == words


def test_a_specification_is_python_and_packages_of_pip() -> None:
    read = environment_builds.read({"dependencies": ["python=3.12", "pip", {"pip": ["numpy==2.3.5", "duckdb"]}]})
    assert read == ("3.12", ["numpy==2.3.5", "duckdb"])
    assert environment_builds.read({}) == (f"{sys.version_info.major}.{sys.version_info.minor}", [])


def test_a_package_of_conda_cannot_be_built() -> None:
    with pytest.raises(environment_builds.BuildError, match="cannot install 'gcc=12'"):
        environment_builds.read({"dependencies": ["gcc=12"]})


def needing(requirement: str) -> Json:
    """An environment with that package."""
    return {"python": {"condaDependencies": {"dependencies": [{"pip": [requirement]}]}}}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package `probe` that needs nothing from anywhere."""
    file = tmp_path / "probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as content:
        content.writestr("probe.py", "ANSWER = 42\n")
        content.writestr("probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
        content.writestr("probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        content.writestr("probe-1.0.dist-info/RECORD", "")
    return file


def test_a_job_runs_in_the_environment_of_its_specification(submit: Ask, state: State, wheel: Path) -> None:
    state.reuse_environment = False
    specification = {"dependencies": [{"pip": [f"probe @ {wheel.as_uri()}"]}]}
    submit(
        "import probe, sys; print(probe.ANSWER, sys.prefix)",
        environment={"python": {"condaDependencies": specification}},
    )
    assert ended(state)["status"] == "Completed"
    (built,) = (state.folder / "environments").iterdir()
    assert log(state) == f"42 {built}\n"


def test_the_packages_of_pip_may_have_options(tmp_path: Path, wheel: Path) -> None:
    asked = {"dependencies": [{"pip": ["--no-index", f"--find-links {wheel.parent}", "probe"]}]}
    python = environment_builds.build(asked, tmp_path / "environments", tmp_path / "log")
    assert list(python.parent.parent.rglob("probe.py"))


def test_an_environment_is_built_once(tmp_path: Path) -> None:
    builds = [
        environment_builds.build({}, tmp_path / "environments", tmp_path / f"{number}.log") for number in range(2)
    ]
    assert builds[0] == builds[1]
    assert (tmp_path / "0.log").exists()
    assert not (tmp_path / "1.log").exists()


def test_a_specification_that_does_not_resolve_fails_the_job_with_the_resolver_s_message(
    submit: Ask, state: State
) -> None:
    state.reuse_environment = False
    submit("", environment=needing("probe @ file:///nowhere/probe-1.0-py3-none-any.whl"))
    error = ended(state)["error"]["error"]
    assert error["code"] == "ImageBuildFailure"
    assert "file:///nowhere/probe-1.0-py3-none-any.whl" in error["message"]
    assert "nowhere" in log(state, jobs.BUILD_LOG)


def test_a_reference_to_an_environment_stands_for_its_packages(submit: Ask, ask: Ask, state: State) -> None:
    ask("PUT /environment/v1.0WS/environments/known", needing("first"))
    ask("PUT /environment/v1.0WS/environments/known", needing("second"))
    submit("", environment={"name": "known", "version": "1"})
    assert ended(state)["status"] == "Completed"
    assert state.runs["r1"].definition["environment"]["python"] == needing("first")["python"]


def test_an_environment_that_was_changed_is_a_new_version(submit: Ask, ask: Ask, state: State) -> None:
    registered = ask("PUT /environment/v1.0WS/environments/known", needing("first")).get_json()
    submit("", environment=registered | needing("second"))
    assert ended(state)["status"] == "Completed"
    used = state.runs["r1"].definition["environment"]["version"]
    assert used != registered["version"]
    found = ask(f"GET /environment/v1.0WS/environments/known/versions/{used}").get_json()
    assert found["python"] == needing("second")["python"]


@pytest.mark.parametrize("reference", [{"name": "known", "version": "9"}, {"name": "unknown"}])
def test_a_reference_to_nothing_is_refused(submit: Ask, ask: Ask, state: State, reference: Json) -> None:
    ask("PUT /environment/v1.0WS/environments/known", needing("first"))
    answer = submit("", environment=reference)
    assert (answer.status_code, state.runs) == (400, {})
    assert answer.get_json()["message"].startswith(f"No environment exists for name: {reference['name']}, version: ")


def test_a_job_is_not_started_twice(submit: Ask, state: State) -> None:
    assert [submit("print('once')").status_code for _ in range(2)] == [200, 400]
    assert ended(state)["status"] == "Completed"
    assert len(state.jobs) == 1


def test_a_job_longer_than_its_maximum_is_cancelled(submit: Ask, ask: Ask, state: State) -> None:
    submit("import time\ntime.sleep(60)", maxRunDurationSeconds=0.2)
    assert ended(state)["status"] == "Canceled"
    assert state.runs["r1"].record["error"]["error"]["code"] == "MaxRunDurationExceeded"


def test_the_variables_of_the_run_configuration_reach_the_job(submit: Ask, state: State) -> None:
    submit("import os\nprint(os.environ['RATE'])", environmentVariables={"RATE": "0.1"})
    assert (ended(state)["status"], log(state)) == ("Completed", "0.1\n")


def test_the_files_of_a_watched_folder_become_artifacts(submit: Ask, state: State) -> None:
    script = "from pathlib import Path\nPath('mine').mkdir()\nPath('mine/x').write_text('y')"
    submit(script, history={"directoriesToWatch": ["logs", "mine", "missing"]})
    assert (ended(state)["status"], log(state, "mine/x")) == ("Completed", "y")


@pytest.mark.parametrize("folder", ["../elsewhere", "/etc"])
def test_a_folder_outside_of_the_job_is_not_watched(submit: Ask, state: State, folder: str) -> None:
    answer = submit(history={"directoriesToWatch": [folder]})
    assert (answer.status_code, folder in answer.get_json()["message"], state.runs) == (400, True, {})


def test_the_environment_of_a_job_can_be_read_and_is_not_listed(submit: Ask, ask: Ask, state: State) -> None:
    submit(environment={"name": "own", "version": None, "environmentVariables": {"A": "b"}})
    ended(state)
    used = ask("GET /history/v1.0WS/runs/r1/details").get_json()["runDefinition"]["environment"]
    environments = "/environment/v1.0WS/environments"
    found = ask(f"GET {environments}/own/versions/{used['version']}").get_json()
    assert found["environmentVariables"] == {"A": "b"}
    assert "own" not in [one["name"] for one in ask(f"GET {environments}/").get_json()["value"]]
    assert ask(f"GET {environments}/own").status_code == 404


NAMES = ["a#1.txt", "b%41.txt", "c?x.txt", "d+e f.txt", "ä ö.txt"]


def test_a_job_sees_the_files_of_its_snapshot_under_their_names(send: Ask, ask: Ask, state: State) -> None:
    ask("PUT WS/computes/cpu", {"properties": {"computeType": "AmlCompute"}})
    send("s1", {"script.py": b"import os\nprint(*os.listdir('.'), sep='\\n')", **dict.fromkeys(NAMES, b"x")})
    definition = {"target": "cpu", "script": "script.py", "environment": {}}
    body = {"Configuration": definition, "SnapshotId": "s1"}
    ask(f"POST {EXECUTION}/snapshotrun", body, query_string={"runId": "r1"})
    assert ended(state)["status"] == "Completed"
    assert set(NAMES) <= set(log(state).splitlines())


def test_a_snapshot_comes_back_as_an_archive(send: Ask, storage: Ask, ask: Ask, state: State) -> None:
    send("s1", {"a#1.py": b"one", "sub/b.py": b"two"})
    url = ask(f"POST {SNAPSHOTS}/s1/zip").get_json()["zipSasUri"]
    packed = storage("GET " + url.partition(state.names.blob_host)[2].partition("?")[0]).data
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a#1.py": b"one", "sub/b.py": b"two"}
    assert ask(f"POST {SNAPSHOTS}/unknown/zip").status_code == 404


def test_a_job_does_not_run_on_kubernetes(ask: Ask, submit: Ask, state: State) -> None:
    ask("PUT WS/computes/own", {"properties": {"computeType": "AKS"}})
    answer = submit(target="own")
    assert (answer.status_code, state.runs) == (400, {})
    assert "Jobs run on an AmlCompute" in answer.get_json()["message"]


def test_a_job_whose_packages_would_be_in_an_image_fails(submit: Ask, state: State) -> None:
    state.reuse_environment = False
    submit(environment={"python": {"userManagedDependencies": True}})
    assert ended(state)["status"] == "Failed"
    assert "user_managed_dependencies" in state.runs["r1"].record["error"]["error"]["message"]
