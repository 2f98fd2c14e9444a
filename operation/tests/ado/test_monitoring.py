"""What `invoke monitor` says to its agent queues training in monitor.yml: its stages and conditions, really run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure_pipelines_local import Project, expand

from operation.execution.monitoring.handing_over import hand_over
from operation.tests.clones import commit_all


def shortened(repository: Path, said: str, code: int) -> dict[str, Any]:
    """The pipeline, in which the step that looks prints only `said` and ends with `code`, and training does nothing."""
    pipeline: dict[str, Any] = yaml.safe_load(expand(Project(repository), "azure-pipelines/monitor.yml"))
    for stage in pipeline["stages"]:
        deploy = stage["jobs"][0]["strategy"]["runOnce"]["deploy"]
        named = [step["name"] for step in deploy["steps"] if "name" in step]
        published = [step for step in deploy["steps"] if "publish" in step]
        wrote = "mkdir -p outputs/monitoring && echo 1 > outputs/monitoring/decision.json"
        looks = [{"bash": f"{wrote}; echo '{said}'; exit {code}", "name": name} for name in named]
        deploy["steps"] = [{"checkout": "none"}, *(looks or [{"bash": "true"}]), *published]
    return pipeline


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
    pipeline = shortened(repository, capsys.readouterr().out.strip(), code)
    (tmp_path / "monitor.yml").write_text(yaml.safe_dump(pipeline, sort_keys=False), encoding="utf-8")
    commit_all(tmp_path)
    words = [sys.executable, "-m", "azure_pipelines_local", "run", "monitor.yml"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert re.search(rf"^  train +(train +)?{result} ", ran.stdout, re.MULTILINE), ran.stdout
    assert "Artifacts: monitoring" in ran.stdout
