"""How a task ends when something is wrong."""

import errno
import os
import shutil
import signal
import sys
from contextlib import redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from types import ModuleType

import pytest
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.program import Program

from operation.errors import OperationError
from operation.execution.configuration import loading
from operation.verbs import verb

# What `shutil.copytree` raises: it keeps no more than the words of each error.
COPY_FAILED = shutil.Error([("a/file", "copy/file", "[Errno 28] No space left on device: 'copy/file'")])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (OperationError("the offender and the remedy"), 1, "the offender and the remedy"),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a/file"), 1, "No space left on device: a/file"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "a/file"), 1, "Permission denied: a/file"),
        (FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), "a/file"), 1, "File exists: a/file. Move it away"),
        (NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "a/file"), 1, "Not a directory: a/file. Move"),
        (IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), "a/file"), 1, "Is a directory: a/file. Move it"),
        (COPY_FAILED, 1, "No space left on device: copy/file. Free some space"),
        (
            OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "a" * 300),
            1,
            f"File name too long: {'a' * 120}... (300 characters). Choose a shorter one.",
        ),
    ],
    ids=[
        "operation",
        "interrupt",
        "disk-full",
        "forbidden",
        "file-exists",
        "not-a-folder",
        "a-folder",
        "copies",
        "long",
    ],
)
def test_what_the_user_can_fix_is_a_message_and_an_exit_code(error: BaseException, code: int, message: str) -> None:
    @verb()
    def broken(_context: Context) -> None:
        """Break."""
        raise error

    with pytest.raises(Exit) as raised:
        broken(Context())
    assert raised.value.code == code
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "bug",
    [
        shutil.Error("a bug"),
        ValueError("a bug"),
        FileNotFoundError(errno.ENOENT, "gone", "x"),
        BrokenPipeError(errno.EPIPE, "another"),
    ],
)
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    @verb()
    def broken(_context: Context) -> None:
        """Break."""
        raise bug

    with pytest.raises(type(bug)):
        broken(Context())


def test_a_verb_and_what_it_starts_keep_the_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # as Invoke does, and many containers
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    @verb()
    def show(_context: Context) -> None:
        """Show what this process does, and what it hands down."""
        print(sys.dont_write_bytecode, os.environ.get("PYTHONDONTWRITEBYTECODE"))

    with redirect_stdout(StringIO()) as printed:
        show(Context())
    assert printed.getvalue() == "False None\n"


@pytest.mark.parametrize(("shell", "used"), [(None, "4"), ("26", "26")], ids=["unset", "set"])
def test_idle_threads_of_numpy_sleep_unless_the_shell_decides(
    shell: str | None, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", "")  # so that it is as before after the test
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT")
    if shell:
        monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", shell)

    @verb()
    def show(_context: Context) -> None:
        """Show what OpenBLAS will read."""
        print(os.environ.get("OPENBLAS_THREAD_TIMEOUT"))

    with redirect_stdout(StringIO()) as printed:
        show(Context())
    assert printed.getvalue() == f"{used}\n"


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", b"? ?\n"), ("cp1252", b"? \xe9\n")])
def test_a_terminal_shows_what_it_can(encoding: str, shown: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    written = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(written, encoding))

    @verb()
    def show(_context: Context) -> None:
        """Print what is not in every encoding."""
        print("\N{RIGHTWARDS ARROW} \N{LATIN SMALL LETTER E WITH ACUTE}")

    show(Context())
    assert written.getvalue() == shown


def invoke(*words: str) -> int | str | None:
    """Run the verbs of the working folder as the command `invoke` does, in this process; gives the exit code."""
    try:
        Program().run(["invoke", *words])
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, whose tasks.py Invoke imports; what that changes in this process is put back in the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
    monkeypatch.setitem(sys.modules, "tasks", ModuleType("tasks"))  # for which Invoke sets its own
    return tmp_path


NAMED = """
from operation.verbs import verb

@verb(name="of the thing", plan="only show it")
def new(_context, name=None, plan=False):
    \"\"\"Make a thing.\"\"\"
    print(name, plan)
"""


@pytest.mark.parametrize(
    ("words", "code", "output", "errors"),
    [
        ("churn --plan", 0, "churn True", ""),
        ("--plan churn", 0, "churn True", ""),
        ("--name churn", 0, "churn False", ""),
        ("--help", 0, "Make a thing.", ""),
        ("-h", 0, "Make a thing.", ""),
        ("--plam churn", 1, "", "new has no option --plam. Did you mean --plan?"),
        ("", 1, "", "new needs name: invoke new NAME. See invoke new --help."),
        (["--plan", ""], 1, "", "name must not be empty. Give it a value."),
        (["a\nb"], 1, "", r"name must be one line without control characters, not 'a\nb'."),
    ],
    ids=["behind", "in front", "as an option", "help", "short help", "misspelt", "missing", "empty", "lines"],
)
def test_a_name_stands_behind_its_verb(
    words: str | list[str], code: int, output: str, errors: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tasks.py").write_text(NAMED, encoding="utf-8")
    assert invoke("new", *(words.split() if isinstance(words, str) else words)) == code
    printed = capsys.readouterr()
    assert output in printed.out
    assert errors in printed.err


NUMBERED = """
from operation.verbs import verb

@verb(port="a port", least_days="days", version="a version", run="a run")
def serve(_context, port=5000, least_days=0, version=0, run=None):
    print(port, least_days, *filter(None, (version, run)))
"""


@pytest.mark.parametrize(
    ("words", "code", "output", "errors"),
    [
        ("--port 8080 --least-days 2", 0, "8080 2\n", ""),
        ("-p 8080", 0, "8080 0\n", ""),
        ("--port abc", 1, "", "--port must be a whole number, not abc.\n"),
        ("-p 1.5", 1, "", "--port must be a whole number, not 1.5.\n"),
        ("--least-days=x", 1, "", "--least-days must be a whole number, not x.\n"),
        ("--version 1 --run one", 0, "5000 0 1 one\n", ""),
        ("--version 0", 1, "", "--version must be at least 1, not 0.\n"),
        ("--version -1", 1, "", "--version must be at least 1, not -1.\n"),
        ("--run=", 1, "", "--run must not be empty. Give it a value, or leave it out.\n"),
        ("--run=a\bb", 1, "", "--run must be one line without control characters, not 'a\\x08b'.\n"),
        ("--port 1_000", 1, "", "--port must be a whole number, not 1_000.\n"),
        (
            f"--version {'9' * 5000}",
            1,
            "",
            f"--version must be a whole number, not {'9' * 120}... (5,000 characters).\n",
        ),
    ],
    ids=[
        *("long", "short", "word", "fraction", "two-words", "version", "no version", "negative version", "empty"),
        *("control", "underscore", "too many digits"),
    ],
)
def test_an_option_that_would_count_as_another_value_is_refused(
    words: str, code: int, output: str, errors: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tasks.py").write_text(NUMBERED, encoding="utf-8")
    assert (invoke("serve", *words.split()), *capsys.readouterr()) == (code, output, errors)


STRICT = """
from operation.verbs import verb

@verb(first="a run", second="another", plan="only show it", set_="a value")
def compare(_context, first=None, second=None, plan=False, set_=None, open_=True):
    print(first, second, plan, set_, open_)
"""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("compare", "compare needs first and second: invoke compare FIRST SECOND. See invoke compare --help."),
        ("compare a --plan", "compare needs second: invoke compare FIRST SECOND. See invoke compare --help."),
        ("compare a b c", "compare does not take 'c'. See invoke compare --help."),
        ("compare a b --plan=compare", "--plan takes no value: write --plan alone. See invoke compare --help."),
        ("compare a b --set", "--set needs a value. See invoke compare --help."),
        ("compare a b --first c", "--first is given twice. Give it once."),
        ("compare a b --plan --plan", "--plan is given twice. Give it once."),
        ("compare a b --open --no-open", "--open is given twice. Give it once."),
        ("compare a b --sets x=1", "compare has no option --sets. Did you mean --set?"),
        ("compare a b --version", "compare has no option --version. See invoke compare --help."),
        ("compare a b --dry", "compare has no option --dry. See invoke compare --help."),
        ("compare a b -z", "compare has no option -z. See invoke compare --help."),
        ("--dry compare a b", "Invoke's --dry would change nothing here. Leave it out; many verbs have --plan."),
        ("compere a b", "There is no verb 'compere'. Did you mean compare?"),
        ("--versoin", "invoke has no option --versoin. Did you mean --version?"),
    ],
)
def test_a_word_that_a_verb_cannot_use_is_refused_in_a_line(
    words: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tasks.py").write_text(STRICT, encoding="utf-8")
    assert (invoke(*words.split()), *capsys.readouterr()) == (1, "", f"{message}\n")


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("compare a b --set x=1 --set y=2 --no-open", "a b False ['x=1', 'y=2'] False\n"),
        ("compare --second=b -p --first a", "a b True [] True\n"),
        ("compare a b compare c d", "a b False [] True\nc d False [] True\n"),
    ],
)
def test_all_that_a_verb_can_use_reaches_it(
    words: str, output: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tasks.py").write_text(STRICT, encoding="utf-8")
    assert (invoke(*words.split()), *capsys.readouterr()) == (0, output, "")


def test_a_shell_completes_the_options_of_a_verb(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tasks.py").write_text(STRICT, encoding="utf-8")
    assert invoke("--complete", "--", "invoke compare --p") == 0
    assert "--plan\n" in capsys.readouterr().out


WITH_OPTIONAL_VALUE = """
from operation.verbs import verb

@verb(plan="a tag")
def template(_context, plan=""):
    print(repr(plan))
"""


@pytest.mark.parametrize(
    ("words", "output"),
    [("", "''\n"), ("--plan", "True\n"), ("--plan v0.2.0", "'v0.2.0'\n"), ("--plan=v0.2.0", "'v0.2.0'\n")],
)
def test_an_option_of_the_template_may_stand_without_its_value(
    words: str, output: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tasks.py").write_text(WITH_OPTIONAL_VALUE, encoding="utf-8")
    assert (invoke("template", *words.split()), capsys.readouterr().out) == (0, output)


CONFIGURED = """
from operation.verbs import configured

@configured(second="of two", fast="hurry")
def compare(configuration, fast=False, second=None):
    print(configuration, second, fast)
"""


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("one", "('local', (), None) one False"),
        ("one --fast -e dev -u toy -t a.b=1 -t a.c=2", "('dev', ['a.b=1', 'a.c=2'], 'toy') one True"),
    ],
    ids=["defaults", "options"],  # -s is taken by the name
)
def test_a_verb_of_a_configuration_is_handed_the_one_that_its_options_choose(
    words: str, output: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "load", lambda *chosen: chosen)
    (folder / "tasks.py").write_text(CONFIGURED, encoding="utf-8")
    assert (invoke("compare", *words.split()), capsys.readouterr().out) == (0, f"{output}\n")


def test_a_signal_is_what_it_was_once_the_task_has_ended(repository: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    @verb()
    def short(_context: Context) -> None:
        """Look at the handler."""
        assert signal.getsignal(signal.SIGTERM) != before

    short(Context())
    assert signal.getsignal(signal.SIGTERM) == before
