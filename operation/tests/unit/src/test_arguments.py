"""What holds for the arguments of every core script."""

from argparse import ArgumentParser
from collections.abc import Sequence
from types import ModuleType

import pytest

import batch_score
import evaluate
import prepare
import train
from learning.use_cases import load

FOLDERS = ["--data", "data", "--output", "output"]
REQUIRED = [*FOLDERS, "--model", "model"]
SCRIPTS = [
    (prepare, FOLDERS, "--overdue-after", "overdue_after_hours"),
    (train, FOLDERS, "--tree", "trees"),
    (evaluate, REQUIRED, "--resample", "resamples"),
    (batch_score, REQUIRED, "--batch", "batch_rows"),
]
WRONG = [
    (prepare, FOLDERS, "--memory-mb 0", "argument --memory-mb: must be at least 1, not 0"),
    (prepare, FOLDERS, "--test soon", 'argument --test: must be "last 61 days", "20 %" or "2013-11-01 to'),
    (train, FOLDERS, "--trees -1", "argument --trees: must be at least 1, not -1"),
    (train, FOLDERS, "--learning-rate nan", "argument --learning-rate: must be a finite number, not 'nan'"),
    (train, FOLDERS, "--model oracle", "argument --model: invalid choice: 'oracle'"),
    (evaluate, REQUIRED, "--metric gini", "argument --metric: invalid choice: 'gini'"),
    (evaluate, REQUIRED, "--confidence 95", "argument --confidence: must be below 1, not 95"),
    (batch_score, REQUIRED, "--batch-rows many", "argument --batch-rows: must be a whole number, not 'many'"),
]


def parser_of(script: ModuleType) -> ArgumentParser:
    """The parser of a script, as it serves parcels."""
    parser: ArgumentParser = script.parser() if script is batch_score else script.parser(load("parcels"))
    return parser


@pytest.mark.parametrize(
    ("script", "required", "abbreviated", "name"), SCRIPTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_an_abbreviated_argument_is_refused(
    script: ModuleType, required: Sequence[str], abbreviated: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert getattr(parser_of(script).parse_args(required), name) > 0
    with pytest.raises(SystemExit) as caught:
        script.main([*required, abbreviated, "5"])
    assert caught.value.code == 1
    assert f"unrecognized arguments: {abbreviated} 5" in capsys.readouterr().err


@pytest.mark.parametrize(("script", "required", "wrong", "message"), WRONG, ids=[each[2] for each in WRONG])
def test_a_wrong_value_is_refused_by_name_before_anything_is_read(
    script: ModuleType, required: Sequence[str], wrong: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        script.main([*required, *wrong.split()])
    assert caught.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {message}")
    assert line.endswith(" --help.")
