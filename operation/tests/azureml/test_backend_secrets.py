"""No secret leaves this process: marked ones are planted, and every byte that a run leaves behind is searched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operation.emulator.session import OfflineWorkspace
from operation.execution.values import Run
from operation.tests.azureml.parts import EXPERIMENT, QUIET, Scripts, scripts

__all__ = ["scripts"]  # a fixture
pytestmark = QUIET
PRINTS_ITS_VARIABLES = "import os, pathlib, sys\nfor name in os.environ: print(name, os.environ[name])\n"
WRITES = "folder = pathlib.Path(sys.argv[-1])\nfolder.mkdir(parents=True)\n(folder / 'out.txt').write_text('found')\n"
OUR_OWN = "AZURE_CLIENT_SECRET"


@pytest.fixture
def ended(scripts: Scripts, offline: OfflineWorkspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run under secrets that mark what holds them; the one that signs in is the workspace's own."""
    monkeypatch.setenv("AZUREML_WORKSPACE_KEY", "planted-" + "key-5b1e")
    monkeypatch.setenv("servicePrincipalKey", "planted-" + "task-77aa")
    run, _ = scripts.run([scripts.step("writes", PRINTS_ITS_VARIABLES + WRITES)])
    return run


def left_behind(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        yield from ((file, file.read_bytes()) for file in folder.rglob("*") if file.is_file())


def test_no_secret_is_in_what_a_run_leaves(
    ended: Run, scripts: Scripts, offline: OfflineWorkspace, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = [offline.environment[OUR_OWN].encode(), b"planted-key-5b1e", b"planted-task-77aa"]
    files = list(left_behind(scripts.outputs, offline.folder))
    assert [str(file) for file, content in files for secret in secrets if secret in content] == []
    assert ended.status == "completed"
    assert not [secret for secret in secrets if secret.decode() in "".join(capfd.readouterr())]


def test_a_secret_in_what_a_run_leaves_would_be_found(ended: Run, scripts: Scripts, offline: OfflineWorkspace) -> None:
    found = {file.suffix for file, content in left_behind(scripts.outputs, offline.folder) if b"found" in content}
    assert {".py", ".txt"} <= found  # in the code that travelled, and in what came of it
    assert any(b"AZUREML_RUN_ID" in content for _, content in left_behind(scripts.outputs))


def test_no_tag_or_property_of_the_job_holds_a_secret(ended: Run, scripts: Scripts, offline: OfflineWorkspace) -> None:
    run = scripts.connection.workspace.get_run(ended.id)
    told = str([run.get_tags(), run.get_properties(), run.get_details()])
    assert ended.id in told
    assert run.experiment.name == EXPERIMENT
    assert offline.environment[OUR_OWN] not in told
    assert "planted" not in told
