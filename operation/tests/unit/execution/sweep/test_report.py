"""What a sweep leaves: every trial in the file, a plot, and a command that can be given as it stands."""

import json
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.sweep import report
from operation.execution.sweep.ranking import rank
from operation.execution.sweep.space import trials_of
from operation.tests.parcels import load
from operation.tests.unit.execution.sweep.conftest import TESTED, configured, ended

FOUND: list[Any] = [{"roc_auc": 0.6}, "no rows\nThe whole log: x", {"roc_auc": 0.7}]


def settings_in(command: str) -> list[str]:
    words = shlex.split(command)
    return [word for flag, word in pairwise(words) if flag == "--set"]


def test_the_command_trains_with_the_best_values() -> None:
    best = ended(configured({"leaves": [15], "learning_rate": [0.00001]}), [{"roc_auc": 0.6}])[0]
    command = report.command_of(best, [])
    assert command.startswith("invoke train --set training.leaves=15 ")
    trained = load(settings=settings_in(command)).training
    assert (trained["leaves"], trained["learning_rate"]) == (15, 0.00001)


def test_the_command_repeats_what_else_the_sweep_was_told(leaves: Configuration) -> None:
    elsewhere = load("dev").model_copy(update={"sweep": leaves.sweep})
    best = ended(elsewhere, [{"roc_auc": 0.6}] * 3)[0]
    given = ["training.leaves=99", "data.source=a b", "sweep.trials=3", "training.trees=9"]
    command = report.command_of(best, given)
    assert command.startswith("invoke train --environment dev ")
    assert settings_in(command) == ["data.source=a b", "training.trees=9", "training.leaves=7"]


def test_the_file_holds_every_trial_best_first_and_the_days_of_comparison(leaves: Configuration) -> None:
    held = json.loads(json.dumps(report.as_json(leaves, rank(ended(leaves, FOUND), "roc_auc"))))
    assert [trial["trial"] for trial in held["trials"]] == [3, 1, 2]
    assert held["best"] == held["trials"][0]["parameters"] == {"leaves": 31}
    assert held["compared_on"] == TESTED
    assert held["split"] == {"by": "time", "test": "last 61 days", "selection": "last 61 days"}
    assert held["trials"][2]["failure"].startswith("no rows")


def test_the_table_says_why_a_trial_failed(leaves: Configuration, capsys: pytest.CaptureFixture[str]) -> None:
    report.show(leaves, rank(ended(leaves, FOUND), "roc_auc"), Path("folder"), "invoke train --set x=1")
    printed = capsys.readouterr().out
    assert "no rows" in printed
    assert "5 parcels from 2013-09-01 to 2013-10-31 (last 61 days); none of the test part" in printed
    assert printed.splitlines()[-1].endswith("invoke train --set x=1")


def test_a_sweep_of_which_nothing_succeeded_is_an_error(leaves: Configuration) -> None:
    with pytest.raises(OperationError, match="None of the 3 trials succeeded"):
        report.show(leaves, ended(leaves, ["broken"] * 3), Path("folder"), "")


@pytest.fixture
def draw() -> Callable[..., None]:
    from operation.execution.sweep.plot import (
        draw,  # here: not every process that reads this file needs it, and it takes long
    )

    return draw


@pytest.mark.parametrize(
    "parameters",
    [
        {"leaves": [15]},
        {"model": ["lightgbm"], "leaves": [7, 15, 31]},
        {name: [2, 3] for name in ("leaves", "trees", "min_rows_per_leaf", "onnx_check_rows")},
    ],
    ids=["one-trial", "text", "several-rows-of-panels"],
)
def test_a_plot_is_drawn_whatever_varies(draw: Callable[..., None], parameters: dict[str, Any], tmp_path: Path) -> None:
    configuration = configured(parameters)
    count = len(trials_of(configuration))
    outcomes = ended(configuration, [{"roc_auc": 0.6 + number / 100} for number in range(count)])
    draw(configuration, rank(outcomes, "roc_auc"), tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_equal_results_give_equal_plots_and_others_do_not(
    draw: Callable[..., None], leaves: Configuration, tmp_path: Path
) -> None:
    for name, best in {"a": 0.7, "b": 0.7, "c": 0.8}.items():
        found = ended(leaves, [{"roc_auc": 0.6}, "failed", {"roc_auc": best}])
        draw(leaves, rank(found, "roc_auc"), tmp_path / f"{name}.png")
    first, second, third = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert first == second
    assert first != third


@pytest.mark.parametrize("width", [20, 81])
def test_the_title_of_the_plot_is_whole_in_any_width(width: int) -> None:
    from operation.execution.sweep.plot import title_of

    parameters = {name: [2, 3] for name in ("leaves", "trees", "min_rows_per_leaf", "onnx_check_rows")}
    configuration = configured(parameters)
    outcomes = ended(configuration, [{"roc_auc": 0.6 + number / 100} for number in range(16)])
    lines = title_of(configuration, rank(outcomes, "roc_auc"), width)
    assert max(map(len, lines)) <= width
    assert (
        " ".join(lines)
        .replace("\N{NO-BREAK SPACE}", " ")
        .endswith("best 0.7500 with leaves 3, trees 3, min_rows_per_leaf 3, onnx_check_rows 3")
    )
