"""Jobs that really run, and what the SDK can read of them."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from azureml.core import Environment, Experiment, Run, RunConfiguration, ScriptRunConfig, Workspace
from azureml.exceptions import ActivityFailedException, ExperimentExecutionException
from azureml_offline import OfflineWorkspace

Submit = Callable[..., Run]

TRAIN = """
import os
from pathlib import Path

from azureml.core import Run

run = Run.get_context()
run.log("error", 0.5)
run.log("error", 0.25)
run.log_list("rows", [1, 2, 3])
run.log_row("curve", recall=0.5, precision=0.75)
run.tag("data", "abc")
run.flush()
Path("outputs/model").mkdir()
Path("outputs/model/weights.bin").write_bytes(bytes(range(256)))
print("trained for", os.environ["AZUREML_ARM_PROJECT_NAME"])
"""


@pytest.fixture(scope="module")
def trained(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A job that trained, logged and wrote a model."""
    source = tmp_path_factory.mktemp("source")
    (source / "train.py").write_text(TRAIN, encoding="utf-8")
    job = ScriptRunConfig(str(source), "train.py", compute_target="cpu", environment=Environment("plain"))
    run = Experiment(workspace, "trials").submit(job, tags={"seed": "7"})
    run.wait_for_completion()
    return run


def test_a_job_completes_and_its_metrics_are_read(trained: Run) -> None:
    assert trained.get_status() == "Completed"
    assert trained.get_metrics() == {
        "error": [0.5, 0.25],
        "rows": [1, 2, 3],
        "curve": {"recall": 0.5, "precision": 0.75},
    }


def test_tags_of_the_submission_and_of_the_job_are_read(trained: Run) -> None:
    assert trained.get_tags() == {"seed": "7", "data": "abc"}


def test_the_outputs_are_downloaded_with_equal_bytes(trained: Run, tmp_path: Path) -> None:
    trained.download_file("outputs/model/weights.bin", str(tmp_path / "weights.bin"))
    assert (tmp_path / "weights.bin").read_bytes() == bytes(range(256))


def test_the_log_is_an_artifact(trained: Run, tmp_path: Path) -> None:
    trained.download_file("user_logs/std_log.txt", str(tmp_path / "log.txt"))
    *_, last = (tmp_path / "log.txt").read_text().splitlines()  # before it, Python 3.12 warns of the SDK's code
    assert last == "trained for trials"


def test_runs_are_found_by_their_tags(trained: Run, workspace: Workspace) -> None:
    runs = Experiment(workspace, "trials").get_runs(tags={"seed": "7"})
    assert [run.id for run in runs] == [trained.id]


def test_a_job_s_arguments_follow_the_command(submit: Submit, tmp_path: Path) -> None:
    run = submit("import sys\nprint(sys.argv[1:])")
    run.wait_for_completion()
    run.download_file("user_logs/std_log.txt", str(tmp_path / "log.txt"))
    assert (tmp_path / "log.txt").read_text() == "['--rate', '0.1']\n"


def test_a_job_that_fails_keeps_its_exit_code_and_its_log(submit: Submit, tmp_path: Path) -> None:
    run = submit("import sys\nprint('no data')\nsys.exit(3)")
    with pytest.raises(ActivityFailedException):
        run.wait_for_completion()
    details = run.get_details()
    assert details["status"] == "Failed"
    assert "status code 3" in details["error"]["error"]["message"]
    run.download_file("user_logs/std_log.txt", str(tmp_path / "log.txt"))
    assert (tmp_path / "log.txt").read_text() == "no data\n"


def test_a_cancelled_job_ends(submit: Submit) -> None:
    run = submit("import time\ntime.sleep(600)")
    while run.get_status() != "Running":
        time.sleep(0.1)
    run.cancel()
    run.wait_for_completion(raise_on_error=False)
    assert run.get_status() == "Canceled"


def test_an_unknown_compute_target_is_refused(workspace: Workspace, folder: Path) -> None:
    settings = RunConfiguration()
    settings.target = "nowhere"
    with pytest.raises(ExperimentExecutionException, match="nowhere"):
        Experiment(workspace, "trials").submit(ScriptRunConfig(str(folder), command=["ls"], run_config=settings))


def test_only_changed_files_are_sent_again(submit: Submit, offline: OfflineWorkspace, folder: Path) -> None:
    submit("print(1)")
    (folder / "source" / "more.py").write_text("print(2)", encoding="utf-8")
    seen = len(offline.requests())
    run = submit("print(1)")
    sent = [
        one.path.rpartition("/")[2] for one in offline.requests()[seen:] if one.rule == "/blobs/<container>/<path:path>"
    ]
    assert set(sent) == {"more.py"}
    run.wait_for_completion()  # with script.py, from the snapshot before
