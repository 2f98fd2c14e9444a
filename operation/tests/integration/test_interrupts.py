"""A Ctrl-C that comes before a verb has begun ends with one line, however early."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation.bootstrap import ROOT, START
from operation.interrupts import is_invoke

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals of POSIX")
LINE = "\nInterrupted before anything began.\n"
SEND = "import os, signal; os.kill(os.getpid(), signal.SIGINT)\n"
HELD = (
    "import os, sys; sys.path.insert(0, '.'); from operation.interrupts import delay; delay()\n"
    f"{SEND}os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


def run(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, words)]
    environment = os.environ | variables
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """A folder of modules, one of which interrupts its own import."""
    (tmp_path / "early.py").write_text(SEND, encoding="utf-8")
    return tmp_path


def test_an_interrupt_while_a_module_is_imported_is_one_line(interrupted: Path) -> None:
    ended = run(START, "early", PYTHONPATH=str(interrupted))
    assert (ended.returncode, ended.stderr) == (130, LINE)


def test_an_interrupt_before_the_program_has_begun_waits_for_it() -> None:
    ended = run("-c", HELD, START, "invoke", "--list")
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, LINE, "")


def test_an_interrupt_while_the_verbs_are_imported_is_one_line(tmp_path: Path) -> None:
    tasks = (ROOT / "tasks.py").read_text(encoding="utf-8")
    (tmp_path / "tasks.py").write_text(tasks + SEND, encoding="utf-8")
    ended = run("-m", "invoke", "--search-root", tmp_path, "--list", PYTHONPATH=str(ROOT))
    assert (ended.returncode, ended.stderr) == (130, LINE)


def test_an_interrupt_of_a_verb_is_left_to_it(tmp_path: Path) -> None:
    text = (
        f"from operation.verbs import verb\n@verb()\ndef wait(_context: object) -> None:\n    '''Wait.'''\n    {SEND}"
    )
    (tmp_path / "tasks.py").write_text(text, encoding="utf-8")
    ended = run(START, "invoke", "--search-root", tmp_path, "wait", PYTHONPATH=str(ROOT))
    assert (ended.returncode, ended.stderr) == (130, "Interrupted: running steps were stopped.\n")


def test_an_interrupt_that_a_library_makes_another_error_of_is_one_still(tmp_path: Path) -> None:
    body = (
        f"    try:\n        {SEND}    except KeyboardInterrupt:\n        raise ValueError('no such schema') from None\n"
    )
    head = "from operation.verbs import verb\n@verb()\ndef wait(_context: object) -> None:\n    '''Wait.'''\n"
    (tmp_path / "tasks.py").write_text(head + body, encoding="utf-8")
    ended = run(START, "invoke", "--search-root", tmp_path, "wait", PYTHONPATH=str(ROOT))
    assert (ended.returncode, ended.stderr) == (130, "Interrupted: running steps were stopped.\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("then", ["time.sleep(20)", "raise OperationError('serving.key is wrong')"])
def test_a_signal_that_python_has_to_drop_is_heard_all_the_same(name: str, then: str, tmp_path: Path) -> None:
    text = f"""
import os, signal, time
from operation.errors import OperationError
from operation.verbs import verb

class Dropping:
    def __del__(self):  # an error in which Python can only print
        os.kill(os.getpid(), signal.{name})

@verb()
def wait(_context):
    "Wait."
    Dropping()
    {then}
"""
    (tmp_path / "tasks.py").write_text(text, encoding="utf-8")
    number = getattr(signal, name)
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_DFL)  # a shell's `nohup` has it ignored, by what the tests start, too
    begun = time.monotonic()
    ended = run(START, "invoke", "--search-root", tmp_path, "wait", PYTHONPATH=str(ROOT))
    assert time.monotonic() - begun < 15  # not after the 20 seconds
    said = "Interrupted" if name == "SIGINT" else f"Ended by {name}"
    assert (ended.returncode, ended.stderr) == (128 + number, f"{said}: running steps were stopped.\n")


def test_what_ignores_interrupts_goes_on_ignoring_them(interrupted: Path) -> None:
    code = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    ended = run("-c", code, sys.executable, START, "early", PYTHONPATH=str(interrupted))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_another_program_than_invoke_gets_its_interrupts_back(tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "__init__.py").touch()
    code = f"try:\n    {SEND}except KeyboardInterrupt:\n    print('cleaned up')\n"
    (tmp_path / "program" / "__main__.py").write_text(code, encoding="utf-8")
    ended = run(START, "program", PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "cleaned up\n", "")


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("/clone/.venv/bin/invoke", True),
        ("inv", True),
        (r"invoke.exe", True),
        ("/site-packages/invoke/__main__.py", True),
        ("/bin/pytest", False),
        ("/site-packages/pytest/__main__.py", False),
    ],
)
def test_invoke_is_known_by_its_path(program: str, expected: bool) -> None:
    assert is_invoke(program) is expected


def test_a_test_that_imports_the_verbs_keeps_its_own_interrupts() -> None:
    code = "import signal, sys; import tasks; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    assert run("-c", code).stdout == "True\n"
