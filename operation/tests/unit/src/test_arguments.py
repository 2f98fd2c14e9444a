"""What holds for the arguments of every core script."""

from collections.abc import Sequence
from types import ModuleType

import pytest

import batch_score
import evaluate
import prepare
import train

REQUIRED = ["--data", "data", "--model", "model", "--output", "output"]
SCRIPTS = [
    (prepare, ["--data", "data", "--output", "output"], "--late-after", "late_after_minutes"),
    (train, ["--data", "data", "--output", "output"], "--tree", "trees"),
    (evaluate, REQUIRED, "--resample", "resamples"),
    (batch_score, REQUIRED, "--batch", "batch_rows"),
]


@pytest.mark.parametrize(
    ("script", "required", "abbreviated", "name"), SCRIPTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_an_abbreviated_argument_is_refused(
    script: ModuleType, required: Sequence[str], abbreviated: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert getattr(script.parser().parse_args(required), name) > 0
    with pytest.raises(SystemExit) as caught:
        script.main([*required, abbreviated, "5"])
    assert caught.value.code == 2
    assert f"unrecognized arguments: {abbreviated} 5" in capsys.readouterr().err
