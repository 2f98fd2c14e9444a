"""What `invoke monitor` says to its agent queues training in monitor.yml: its stages and conditions, really run."""

import re
from pathlib import Path

import pytest

from operation.execution.monitoring.decisions import hand_over
from operation.tests.ado.shortened import run_shortened

WRITE = "mkdir -p outputs/monitoring && echo 1 > outputs/monitoring/decision.json"


@pytest.mark.parametrize(
    ("train", "code", "result"),
    [(True, 0, "Succeeded"), (False, 0, "Skipped"), (True, 1, "Succeeded")],
    ids=["retrain", "wait", "retrain, and an alert failed"],
)
def test_training_is_queued_by_the_decision_alone(
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    train: bool,
    code: int,
    result: str,
) -> None:
    monkeypatch.setenv("TF_BUILD", "True")
    hand_over(tmp_path, {"train": train}, None)
    bash = f"{WRITE}; echo '{capsys.readouterr().out.strip()}'; exit {code}"
    shown = run_shortened(repository, tmp_path, "azure-pipelines/monitor.yml", "monitor", bash)
    assert re.search(rf"^  train +(train +)?{result} ", shown, re.MULTILINE), shown
    assert "Artifacts: monitoring" in shown
