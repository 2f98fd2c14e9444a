"""What a back-test prints and leaves."""

from pathlib import Path

import pytest

from operation.execution.backtest import report
from operation.execution.backtest.results import Result, by_policy
from operation.execution.backtest.walk import Asked
from operation.execution.json_files import read_json
from operation.tests.parcels import load
from operation.tests.unit.execution.backtest.conftest import TRAIN

ASKED = Asked(2, ("monthly", "rolling"), 3, 30)


def test_the_table_has_a_row_for_each_month_and_their_mean(results: list[Result]) -> None:
    assert report.rows_of(results) == [
        ["2013-11", "0.7000", "0.7500", "0.7300", "0.7000"],
        ["2013-12", "0.7000", "0.7300", "0.7100", "0.7100"],
        ["mean", "0.7000", "0.7400", "0.7200", "0.7050"],
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("monthly", "Had you retrained monthly: roc_auc +0.0400 ["),
        ("monthly, 30 days delayed", "Had you retrained monthly, with outcomes known 30 days later: roc_auc +0.0200 ["),
        ("rolling", "Had you retrained monthly on 3 months: roc_auc +0.0050 ["),
    ],
)
def test_a_sentence_says_what_a_policy_would_have_gained(results: list[Result], name: str, expected: str) -> None:
    assert report.sentence(by_policy(results)[name], "roc_auc", 3).startswith(expected)


def test_the_folder_has_every_month_and_a_plot(
    results: list[Result], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    folder = report.write(configuration, ASKED, TRAIN, results, {"git": "abc"})
    report.show(configuration, ASKED, results, folder)
    held = read_json(folder / "backtest.json")
    assert folder.parent == configuration.outputs / "backtests"
    assert held["best"] == "monthly, 30 days delayed"
    assert held["frozen"]["train"] == "2013-01-01 to 2013-10-31"
    assert [each["frozen"] for each in held["policies"]["rolling"]["months"]] == [0.7, 0.7]
    assert (folder / "backtest.png").read_bytes().startswith(b"\x89PNG")
    assert "best policy: monthly, 30 days delayed" in capsys.readouterr().out
