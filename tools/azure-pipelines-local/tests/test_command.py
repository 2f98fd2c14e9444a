"""The command, as people meet it in any repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from azure_pipelines_local.__main__ import main
from azure_pipelines_local.git import git
from running.conftest import IDENTITY

PIPELINE = """parameters:
- {name: word, type: string, default: hello}
steps:
- checkout: none
- script: echo ${{ parameters.word }}
"""


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A repository with one pipeline, in its root."""
    (tmp_path / "azure-pipelines.yml").write_text(PIPELINE, encoding="utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, *IDENTITY, "commit", "--quiet", "--message", "Add a pipeline")
    return tmp_path


def test_check_finds_the_pipeline_of_a_repository(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", str(committed), "--linters", "off"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("azure-pipelines.yml: 1 stage, 1 job, 2 steps\nNot asked: ")
    assert "unknown-task, deprecated-task, task-input, shellcheck, language-service" in shown


def test_warnings_do_not_fail_a_check(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = committed / "azure-pipelines.yml"
    file.write_text(PIPELINE.replace("echo", "echo $(word)"), encoding="utf-8")
    assert main(["check", "--root", str(committed), "--linters", "off", str(file)]) == 0
    assert "azure-pipelines.yml:5:16: warning: $(word) is not a variable here" in capsys.readouterr().out


def test_an_error_fails_a_check_with_a_count(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (committed / "azure-pipelines.yml").write_text("stepz: []\n", encoding="utf-8")
    assert main(["check", "--root", str(committed), "--linters", "off"]) == 1
    assert capsys.readouterr().err == "The pipelines have 1 fault: see the lines above.\n"


def test_the_rules_are_listed_with_their_levels(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--rules", "--root", str(committed)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["job-timeout", "off"] for line in lines)


def test_expand_prints_what_would_run(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["expand", "azure-pipelines.yml", "--root", str(committed), "--parameter", "word=you"]) == 0
    assert capsys.readouterr().out == "steps:\n- checkout: none\n- script: echo you\n"


def test_run_runs_what_is_committed_from_any_folder_of_the_repository(committed: Path) -> None:
    below = committed / "below"
    below.mkdir()
    words = [sys.executable, "-m", "azure_pipelines_local", "run", "azure-pipelines.yml", "--parameter", "word=you"]
    done = subprocess.run(words, cwd=below, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (log,) = committed.glob(".azure-pipelines-local/*/logs/__default.Job/02.txt")
    assert log.read_text(encoding="utf-8").endswith("\nyou\n")
    assert git(committed, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["expand", "none.yml"], "none.yml:1:1: it cannot be read (No such file or directory)."),
        (["expand", "azure-pipelines.yml", "--parameter", "word"], "--parameter 'word': NAME=VALUE is expected."),
        (
            ["expand", "azure-pipelines.yml", "--parameter", "a=1", "--parameter", "A=2"],
            "--parameter A is given twice (case does not count): give it once.",
        ),
        (["run", "azure-pipelines.yml", "--stage", ","], "--stage ',': names are expected, with commas between them."),
        (["run", "azure-pipelines.yml", "--stage", "x"], "There is no stage 'x'. There are: __default."),
        (["check", "none"], "There is no file or folder none in"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_one(
    words: list[str], message: str, committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--root", str(committed)]) == 1
    shown = capsys.readouterr()
    assert message in shown.err
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)


def test_a_root_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", "nowhere"]) == 1
    assert capsys.readouterr().err == "--root nowhere: there is no such folder.\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--para", "a=b", "f"], "azure-pipelines-local: unrecognized arguments: --para f."),
        (["check", "--lint", "off"], "azure-pipelines-local: unrecognized arguments: --lint."),
        (["check", "--linters", "on"], "azure-pipelines-local check: argument --linters: invalid choice: 'on'"),
        (["chekc"], "azure-pipelines-local: argument COMMAND: invalid choice: 'chekc'"),
        ([], "azure-pipelines-local: the following arguments are required: COMMAND."),
    ],
)
def test_what_is_misspelt_is_refused_in_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        main(words)
    assert error.value.code == 1
    shown = capsys.readouterr().err
    assert shown.startswith(message)
    assert shown.endswith("--help\n")
    assert len(shown.splitlines()) == 1


def test_a_wrong_parameter_is_refused_by_its_name(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = committed / "azure-pipelines.yml"
    file.write_text(PIPELINE.replace("hello}", "hello, values: [hello, you]}"), encoding="utf-8")
    assert main(["expand", str(file), "--root", str(committed), "--parameter", "word=me"]) == 1
    assert capsys.readouterr().err.startswith("--parameter word: the parameter 'word' is 'me'")


@pytest.mark.parametrize("verb", ["expand", "run"])
def test_what_refuses_a_pipeline_has_the_name_of_its_rule(
    verb: str, committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (committed / "azure-pipelines.yml").write_text(PIPELINE.replace("script", "skript"), encoding="utf-8")
    git(committed, *IDENTITY, "commit", "--quiet", "--all", "--message", "Break it")
    assert main([verb, "azure-pipelines.yml", "--root", str(committed)]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("azure-pipelines.yml:5:3: a step begins with")
    assert "[invalid-pipeline]" in shown


def test_output_that_nobody_reads_to_its_end_is_no_traceback(committed: Path) -> None:
    long = "steps:\n" + "- script: echo\n" * 9_000
    (committed / "azure-pipelines.yml").write_text(long, encoding="utf-8")
    words = [sys.executable, "-m", "azure_pipelines_local", "expand", "azure-pipelines.yml"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=committed, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "steps:\n"
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_terminal_shows_what_it_can(committed: Path) -> None:
    (committed / "azure-pipelines.yml").write_text("steps:\n- script: echo \u2192\n", encoding="utf-8")
    words = [sys.executable, "-m", "azure_pipelines_local", "expand", "azure-pipelines.yml"]
    variables = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, cwd=committed, env=variables, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"steps:\n- script: echo ?\n", b"")
