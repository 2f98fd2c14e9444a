"""How a verb ends in a process of its own: by a signal, without a reader, with closed streams."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PRINTING = """
from operation.errors import OperationError
from operation.verbs import verb

@verb()
def show(_context):
    print("word " * WORDS)
    raise OperationError("there are faults")
"""


@pytest.mark.parametrize("words", [1, 100_000], ids=["in-the-buffer", "more-than-the-buffer"])
def test_a_verb_that_nobody_reads_ends_quietly(words: int, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(PRINTING.replace("WORDS", str(words)), encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "invoke", "show"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, "")


def test_a_verb_without_any_output_ends_as_ever(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(PRINTING.replace("WORDS", "1"), encoding="utf-8")
    command = f"{sys.executable} -m invoke show >&-"
    environment = os.environ | {"PYTHONPATH": str(repository)}
    result = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (1, "there are faults\n")


SIGNALLED = """
import os, signal
from invoke.context import Context
from operation.verbs import verb

signal.signal(signal.{name}, signal.SIG_DFL)  # what started the tests may have it ignored, as nohup does


@verb()
def long(_context: Context) -> None:
    "Be ended by a signal, twice."
    try:
        os.kill(os.getpid(), signal.{name})
    finally:
        os.kill(os.getpid(), signal.{name})
        print("the steps were stopped", flush=True)

long(Context())
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_lets_the_steps_be_stopped_first(name: str, repository: Path) -> None:
    command = [sys.executable, "-c", SIGNALLED.format(name=name)]
    ended = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert ended.stdout == "the steps were stopped\n"
    assert f"Ended by {name}: running steps were stopped." in ended.stderr


CLOSED = """
import os, sys
from invoke.context import Context
from operation.verbs import verb

@verb()
def short(_context: Context) -> None:
    "Print, here and in a process, while a file is open."
    from operation import console
    with open({file!r}, "w") as file:
        console.say("not for the file")
        os.system("echo not for the file")
        print("for the file", file=file)

short(Context())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes streams")
def test_closed_streams_are_no_error_and_nothing_is_printed_into_a_file(repository: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-c", CLOSED.format(file=str(tmp_path / "file"))]
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&- >&-', "sh", *words],
        cwd=repository,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "file").read_text() == "for the file\n"
