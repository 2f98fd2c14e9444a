"""`invoke ado` as people meet it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXPAND = ["--expand", "azure-pipelines/train.yml"]


def ado(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "invoke", "ado", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_check_says_what_was_checked_and_what_it_cannot_show(repository: Path) -> None:
    result = ado("--check", cwd=repository)
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert (
        "azure-pipelines/train.yml until=dev promotion=train use_case=configured models=all: 1 stage, 1 job, 7 steps"
        in lines
    )
    assert lines[-1].startswith("No offline run can show service connections")


def test_check_ends_with_the_count_of_the_faults(copied: Path) -> None:
    file = copied / "azure-pipelines" / "ci.yml"
    text = file.read_text(encoding="utf-8").replace("-s unit$", "-s units$").replace("-s ado$", "-s adoo$")
    file.write_text(text, encoding="utf-8")
    result = ado("--check", cwd=copied)
    assert result.stderr == "The pipelines have 4 faults: see the lines above.\n"
    assert result.stdout.count("nox has no session") == 4  # each twice: a pull request has another command
    assert result.stdout.count("[script-command]\n") == 4


def test_where_there_is_no_pipeline_nothing_passes(copied: Path) -> None:
    shutil.rmtree(copied / "azure-pipelines")
    result = ado("--check", cwd=copied)
    assert (result.returncode, result.stdout) == (1, "")
    assert "There is no pipeline to check in" in result.stderr


def test_expand_prints_the_pipeline_that_runs(repository: Path) -> None:
    result = ado("--expand", "azure-pipelines/train.yml", "--parameter", "until=dev", cwd=repository)
    golden = (
        repository
        / "operation"
        / "tests"
        / "ado"
        / "golden"
        / "train--until-dev--promotion-train--use_case-configured--models-all.yml"
    )
    assert result.stdout == golden.read_text(encoding="utf-8")


def test_expand_prints_nothing_of_what_no_pipeline_is(copied: Path) -> None:
    file = copied / "azure-pipelines" / "ci.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("dependsOn: [unit,", "dependsOn: [nosuch,"), encoding="utf-8"
    )
    result = ado("--expand", "azure-pipelines/ci.yml", cwd=copied)
    assert (result.returncode, result.stdout) == (1, "")
    assert re.search(r"ci\.yml:\d+:\d+: .*'nosuch', which does not exist", result.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--graph", "azure-pipelines/train.yml"], "\nstage dev\n  deployment train, to the environment "),
        (["--graph", "azure-pipelines/train.yml", "--form", "svg"], "<title>stage prd, if and(succeeded(), "),
        (["--explain", "azure-pipelines/train.yml", "--of", "prd", "--branch", "x"], "from --branch\n"),
        (
            ["--explain", "azure-pipelines/train.yml", "--of", "parameters.until"],
            "the default at azure-pipelines/train",
        ),
    ],
    ids=lambda value: value[0] + str(len(value)) if isinstance(value, list) else "",
)
def test_a_pipeline_is_drawn_and_explained(arguments: list[str], words: str, repository: Path) -> None:
    result = ado(*arguments, cwd=repository)
    assert (result.returncode, result.stderr) == (0, "")
    assert words in result.stdout


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
        (
            ["--check", *EXPAND],
            "--explain, --graph or --run with a FILE. Not --check and --expand at once.",
        ),
        (
            ["--check", "--parameter", "until=dev"],
            "--parameter does nothing with --check: it goes with --expand and --explain and --graph and --run.",
        ),
        (["--check", "--stage", "dev"], "--stage does nothing with --check: it goes with --run. Leave it out."),
        ([*EXPAND, "--job", "train"], "--job does nothing with --expand: it goes with --run. Leave it out."),
        ([*EXPAND, "--keep"], "--keep does nothing with --expand: it goes with --run. Leave it out."),
        (["--run", EXPAND[1], "--stage", ","], "--stage ',': names are expected, with commas between them."),
        (
            [*EXPAND, "--parameter", "until=dev", "--parameter", "UNTIL=prd"],
            "--parameter UNTIL is given twice (case does not count): give it once.",
        ),
        (["--explain", EXPAND[1]], "Say what to explain: --of FILE:LINE, a stage, a job, or an expression."),
        (["--graph", EXPAND[1], "--form", "png"], "--form 'png': there is no such form; known: text, svg."),
        ([*EXPAND, "--of", "dev"], "--of does nothing with --expand: it goes with --explain. Leave it out."),
        (["--expand", "../out.yml"], "../out.yml is not in this repository"),
        (["--expand", "/etc/hosts"], "/etc/hosts is not in this repository"),
    ],
    ids=lambda value: "-".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_exit_code_one(arguments: list[str], message: str, repository: Path) -> None:
    result = ado(*arguments, cwd=repository)
    assert (result.returncode, result.stdout) == (1, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
