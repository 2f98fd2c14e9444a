"""How a bare Python gets the project's environment; the real thing is made in the integration tests."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from operation import bootstrap
from operation.bootstrap import BootstrapError, Environment
from operation.tests.interrupts import unmeasured

LOCK = """# A comment
requests==2.0 \\
    --hash=sha256:aa
uv==1.2 ; sys_platform != 'win32' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
"""
WAITING = "import sys; from operation.bootstrap import wait_through_interrupts as run; "
PATIENT = """
import os, signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
print(os.getpid(), flush=True)
time.sleep(10)
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="stands in for the interpreter with a shell script")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK, encoding="utf-8")
    return Environment(tmp_path / ".venv", lock)


def outdated(environment: Environment, script: str) -> Path:
    """An outdated environment whose interpreter is a shell script; gives the file that records the calls."""
    calls = environment.folder / "calls"
    environment.python.parent.mkdir(parents=True)
    environment.python.write_text(f'#!/bin/sh\necho "$2 $3" >> {calls}\n{script}\n', encoding="utf-8")
    environment.python.chmod(0o755)
    environment.stamp.write_text("the hash of another lock", encoding="utf-8")
    return calls


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)], ids=str)
def test_a_supported_python_is_accepted(version: tuple[int, int]) -> None:
    bootstrap.check_python(version)


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10), (3, 14), (4, 0)], ids=str)
def test_another_python_is_refused_by_its_version(version: tuple[int, int]) -> None:
    with pytest.raises(BootstrapError, match=rf"needs Python 3.11 to 3.13, and .* is {version[0]}\.{version[1]}:"):
        bootstrap.check_python(version)


def test_the_message_for_another_python_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert bootstrap.main("invoke", []) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_environment_with_every_telltale_is_used_as_it_is(tmp_path: Path) -> None:
    assert bootstrap.suitable_python(tmp_path) == Path(sys.executable)


@posix
def test_any_other_python_uses_the_environment_of_the_clone(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    outdated(environment, "exit 0")
    monkeypatch.setattr(bootstrap, "TELLTALES", ("not_installed_here",))
    assert bootstrap.suitable_python(environment.lock.parent) == environment.python
    assert environment.is_complete()


@pytest.fixture
def clone(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with both locks and an outdated environment, for a Python that has not the project's packages."""
    monkeypatch.setattr(bootstrap, "TELLTALES", ("not_installed_here",))
    root = environment.lock.parent
    (root / "requirements-azure.lock").write_text(f"{LOCK}azureml-core==1.0\n", encoding="utf-8")
    outdated(environment, 'echo "$@" >> $(dirname $0)/../all')
    return root


@posix
def test_azureml_core_is_added_in_place_when_it_is_needed(clone: Path) -> None:
    python = bootstrap.suitable_python(clone)
    assert bootstrap.suitable_python(clone, with_sdk=True) == python
    said = (clone / ".venv" / "all").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("/")[2] for line in said if "uv pip" in line] == [
        "requirements.lock",
        "requirements-azure.lock",
    ]
    assert not any("-m venv" in line for line in said)


@posix
def test_an_environment_with_azureml_core_keeps_it(clone: Path) -> None:
    bootstrap.suitable_python(clone, with_sdk=True)
    bootstrap.suitable_python(clone)
    (clone / "requirements-azure.lock").write_text(LOCK.replace("2.0", "2.1"), encoding="utf-8")
    bootstrap.suitable_python(clone)
    said = (clone / ".venv" / "all").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("/")[2] for line in said if "uv pip" in line] == ["requirements-azure.lock"] * 2


@posix
def test_only_an_environment_with_azureml_is_used_as_it_is_where_that_is_needed(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "TELLTALES", ())
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "azureml" else object())
    assert bootstrap.suitable_python(clone) == Path(sys.executable)
    assert bootstrap.suitable_python(clone, with_sdk=True) == clone / ".venv" / "bin" / "python"


# On a busy machine the child outlives the quarter of a second that subprocess.call grants it after an interrupt.
@pytest.mark.filterwarnings("ignore:Exception ignored in.*Popen:pytest.PytestUnraisableExceptionWarning")
@posix
def test_an_interrupted_set_up_ends_with_130(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outdated(environment, "kill -INT $PPID")
    monkeypatch.setattr(bootstrap, "TELLTALES", ("not_installed_here",))
    monkeypatch.setattr(bootstrap, "ROOT", environment.lock.parent)
    assert bootstrap.main("invoke", ["train"]) == 130
    assert "the next run repairs it" in capsys.readouterr().err
    assert not environment.is_complete()


def test_the_pin_of_a_package_comes_with_all_its_hashes() -> None:
    pinned = bootstrap.pinned(LOCK)
    assert list(pinned) == ["requests", "uv"]
    assert pinned["uv"] == "uv==1.2 ; sys_platform != 'win32' \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"


@posix
def test_an_outdated_environment_is_updated(environment: Environment) -> None:
    outdated(environment, "exit 0")
    assert not environment.is_complete()
    environment.make()
    assert environment.is_complete()


@posix
def test_uv_comes_from_pip_and_the_rest_from_uv(environment: Environment) -> None:
    calls = outdated(environment, "exit 0")
    environment.make()
    assert calls.read_text(encoding="utf-8").splitlines() == ["pip --version", "pip install", "uv pip"]


@posix
def test_pip_installs_the_lock_where_uv_cannot(environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    calls = outdated(environment, '[ "$2" != uv ]')
    environment.make()
    assert calls.read_text(encoding="utf-8").splitlines()[-2:] == ["uv pip", "pip install"]
    assert "trying with pip" in capsys.readouterr().err


@posix
@pytest.mark.parametrize("uv_fails", [False, True], ids=["by uv", "by pip"])
def test_nothing_is_installed_whose_hash_is_not_the_lock_s(uv_fails: bool, environment: Environment) -> None:
    """Of the tools in `tools/`, which lie in the clone, there are none here."""
    calls = outdated(environment, f'[ "$2" = uv ] && exit {int(uv_fails)}\nexit 0')
    environment.python.write_text(environment.python.read_text().replace('"$2 $3"', '"$*"'), encoding="utf-8")
    environment.make()
    installed = [line for line in calls.read_text(encoding="utf-8").splitlines() if " install " in line]
    pin, lock = environment.folder / "uv.txt", environment.lock
    assert [line.rpartition(" ")[2] for line in installed] == [str(pin), str(lock), *([str(lock)] if uv_fails else [])]
    assert all("--require-hashes -r" in line for line in installed)


@posix
def test_a_failed_installation_is_no_complete_environment(environment: Environment) -> None:
    outdated(environment, '[ "$3" = --version ]')
    with pytest.raises(BootstrapError, match=r"Could not install the packages of requirements\.lock"):
        environment.make()
    assert not environment.is_complete()


@posix
def test_a_changed_lock_makes_the_environment_incomplete(environment: Environment) -> None:
    outdated(environment, "exit 0")
    environment.make()
    environment.lock.write_text(LOCK.replace("2.0", "2.1"), encoding="utf-8")
    assert not environment.is_complete()


@posix
def test_a_vanished_interpreter_makes_the_environment_incomplete(environment: Environment) -> None:
    outdated(environment, "exit 0")
    environment.make()
    environment.python.unlink()
    environment.python.symlink_to("a-python-that-was-removed")
    assert not environment.is_complete()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_the_remedy(
    environment: Environment, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else object())
    with pytest.raises(BootstrapError, match="apt install python3-venv"):
        environment.create()
    assert not environment.folder.exists()


def test_a_second_process_waits_for_the_first(tmp_path: Path) -> None:
    entered = threading.Event()

    def second() -> None:
        with bootstrap.only_one_process(tmp_path / "lock"):
            entered.set()

    thread = threading.Thread(target=second)
    with bootstrap.only_one_process(tmp_path / "lock"):
        thread.start()
        assert not entered.wait(0.1)
    thread.join(timeout=10)
    assert entered.is_set()


def test_the_program_gives_its_exit_code(repository: Path) -> None:
    code = "import sys; from operation.bootstrap import replace_process as run; "
    code += "raise SystemExit(run([sys.executable, '-c', 'raise SystemExit(7)']))"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 7


@posix
def test_an_interrupted_program_ends_in_its_own_way(repository: Path) -> None:
    command = [sys.executable, "-c", f"{WAITING}raise SystemExit(run([sys.executable, '-c', {PATIENT!r}]))"]
    with subprocess.Popen(
        command, cwd=repository, env=unmeasured(), stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        program = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.5)  # at the same moment, POSIX may lose the exit code; Windows, whose way this is, does not
        os.kill(program, signal.SIGINT)
        assert process.wait(timeout=10) == 130
