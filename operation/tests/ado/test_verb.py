"""`invoke ado` as people meet it."""

import subprocess
import sys
from pathlib import Path

import pytest

from operation.ado import command
from operation.errors import OperationError


def ado(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "invoke", "ado", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_check_says_what_was_checked_and_what_it_cannot_show(repository: Path) -> None:
    result = ado("--check", cwd=repository)
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert "azure-pipelines/train.yml until=dev: 1 stage, 1 job, 7 steps" in lines
    assert lines[-1].startswith("No offline run can show service connections")


def test_check_ends_with_the_count_of_the_faults(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = copied / "azure-pipelines" / "ci.yml"
    text = file.read_text(encoding="utf-8").replace("-s unit\n", "-s units\n").replace("-s ado\n", "-s adoo\n")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OperationError, match="The pipelines have 2 faults: see the lines above"):
        command.check_and_say(copied)
    assert capsys.readouterr().out.count("nox has no session") == 2


def test_where_there_is_no_pipeline_nothing_passes(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"There is no pipeline to check: azure-pipelines/\*\.yml is expected"):
        command.check_and_say(tmp_path)


def test_expand_prints_the_pipeline_that_runs(repository: Path) -> None:
    result = ado("--expand", "azure-pipelines/train.yml", "--parameter", "until=dev", cwd=repository)
    golden = repository / "operation" / "tests" / "ado" / "golden" / "train--until-dev.yml"
    assert result.stdout == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--expand", "azure-pipelines/none.yml"], "azure-pipelines/none.yml:1:1: it cannot be read (No such file"),
        (
            ["--expand", "azure-pipelines/train.yml", "--parameter", "until"],
            "--parameter 'until': NAME=VALUE is expected.",
        ),
        (["--expand", "azure-pipelines/train.yml", "--parameter", "until=x"], "must be one of dev, prd"),
        ([], "Say what to do: --check"),
    ],
    ids=["no-file", "no-value", "wrong-value", "nothing"],
)
def test_bad_input_is_one_line_and_exit_code_one(arguments: list[str], message: str, repository: Path) -> None:
    result = ado(*arguments, cwd=repository)
    assert (result.returncode, result.stdout) == (1, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
