"""Cache@2: what is kept for the next run, and what is left alone."""

import shutil
from pathlib import Path

import pytest
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.tasks.cache import keep_folder
from running.conftest import Execute, steps, task

CACHE = task("Cache@2", "key: it", "path: $(Pipeline.Workspace)/kept")
SOCKET = """python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('../kept/socket')" """


def test_a_cache_is_restored_in_the_next_run_by_its_key_or_by_its_beginning(execute: Execute) -> None:
    cache = task(
        "Cache@2", "key: 'it | pins.txt'", "restoreKeys: it", "path: $(Pipeline.Workspace)/kept", "cacheHitVar: HIT"
    )
    fill = "script: mkdir -p ../kept; date +%N >> ../kept/times; wc -l < ../kept/times; echo hit $(HIT)"
    pipeline = f"steps:\n- {cache}\n- {fill}\n"
    logs = [execute(pipeline, {"pins.txt": pins}).log("__default.Job", 3) for pins in ("1", "1", "2")]
    assert [log.splitlines()[-2:] for log in logs] == [["1", "hit false"], ["2", "hit true"], ["2", "hit inexact"]]


def test_a_folder_with_links_and_sockets_is_kept_without_the_sockets(execute: Execute) -> None:
    fill = f"bash: |\n    mkdir ../kept; ln -s nowhere ../kept/link; mkfifo ../kept/pipe; {SOCKET}"
    assert "kept kept" in execute(steps(CACHE, fill)).shown
    for before in ("true", "mkdir ../kept; ln -s elsewhere ../kept/link"):
        ran = execute(steps(f"script: '{before}'", CACHE, "script: ls ../kept; readlink ../kept/link"))
        assert ran.log("__default.Job", 4).endswith("kept/link\nlink\nnowhere\n")


def test_a_folder_that_cannot_be_restored_is_a_failure(execute: Execute) -> None:
    execute(steps(CACHE, "script: mkdir -p ../kept/a/b"))
    ran = execute(steps("script: mkdir ../kept; touch ../kept/a", CACHE))
    assert "/kept cannot be restored: " in ran.shown
    assert ran.result("Job") == "Failed"


def test_nothing_is_left_of_a_folder_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path, **_: object) -> None:
        target.mkdir()
        raise OSError(28, "No space left on device")

    (tmp_path / "kept").mkdir()
    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(TaskError, match=r"kept cannot be kept: \[Errno 28\] No space left on device"):
        keep_folder(tmp_path / "outputs" / "cache" / "1", "it", tmp_path / "kept")
    assert list((tmp_path / "outputs").iterdir()) == []


def test_what_another_run_has_kept_meanwhile_stays(execute: Execute, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree

    def slow(source: Path, target: Path, **how: object) -> Path:
        if not list((target.parents[1] / "cache").glob("*")):
            monkeypatch.undo()
            execute(steps(CACHE, "script: mkdir ../kept; touch ../kept/first"))
        return copy(source, target, **how)  # type: ignore[arg-type]  # its own names

    monkeypatch.setattr(shutil, "copytree", slow)
    ran = execute(steps(CACHE, "script: mkdir ../kept; touch ../kept/second"))
    assert ran.failure == ""
    assert [file.name for file in ran.folder.parent.glob("cache/*/files/*")] == ["first"]


@pytest.mark.parametrize("path", ["/usr/share", "$(Pipeline.Workspace)/../../../..", "$(Pipeline.Workspace)/away"])
def test_a_folder_outside_of_the_job_is_neither_restored_nor_kept(path: str, execute: Execute) -> None:
    ran = execute(steps("script: ln -s /usr/share ../away", task("Cache@2", "key: it", f"path: {path}")))
    assert "is this machine's own" in ran.shown
    assert not (ran.folder.parent / "cache").exists()
