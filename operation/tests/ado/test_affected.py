"""What `invoke affected` says to its agent decides whether train.yml trains a model: its conditions, really run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure_pipelines_local import Project, expand

from operation.execution.affected.affected import VARIABLE, Affected, trained
from operation.execution.affected.changes import Changes
from operation.execution.affected.decision import Reason
from operation.execution.configuration.loading import use_cases
from operation.tests.clones import commit_all
from operation.tests.parcels import CONFIGURATION

PARCELS = CONFIGURATION.parent  # whose configuration names parcels as the use case
FOUND = {"models": "affected", "until": "dev"}


def affected(*names: str) -> str:
    """What an agent is told of a change that touches the models of these use cases."""
    reasons = {name: ([Reason((f"src/{name}/data.py",))], True) for name in names}
    changes = Changes("main", "", {}, frozenset(), frozenset())
    return trained(Affected(changes, {**reasons, "others": ([Reason(("tools/x",))], False)}, {}, [], {}), PARCELS)


def run(repository: Path, folder: Path, use_case: str, said: str) -> str:
    """Run train.yml, in which `invoke affected` says this and nothing is trained; returns what is shown."""
    pipeline: Any = yaml.safe_load(
        expand(Project(repository), "azure-pipelines/train.yml", {**FOUND, "use_case": use_case})
    )
    asking, dev = (stage["jobs"][0] for stage in pipeline["stages"])
    say = f"echo '##vso[task.setvariable variable={VARIABLE};isOutput=true]{said}'"
    asking["steps"] = [{"bash": say, "name": asking["steps"][-1]["name"]}]
    dev["strategy"]["runOnce"]["deploy"]["steps"] = [{"bash": "true"}]
    (folder / "shortened.yml").write_text(yaml.safe_dump(pipeline, sort_keys=False), encoding="utf-8")
    commit_all(folder)
    words = [sys.executable, "-m", "azure_pipelines_local", "run", "shortened.yml"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    ("names", "result"),
    [(["parcels"], "Succeeded"), (["boats"], "Skipped"), ([], "Skipped")],
    ids=["it", "other", "none"],
)
def test_the_configured_use_case_is_trained_if_a_change_can_touch_its_model(
    names: list[str], result: str, repository: Path, tmp_path: Path
) -> None:
    shown = run(repository, tmp_path, "configured", affected(*names))
    assert re.search(
        rf"^  (?:Train in )?dev\b.* {result} |^  train +(?:Train in dev +)?{result} ", shown, re.MULTILINE
    ), shown


def test_a_named_use_case_is_trained_if_a_change_can_touch_its_model(repository: Path, tmp_path: Path) -> None:
    name = use_cases()[0]
    shown = run(repository, tmp_path, name, affected(name))
    assert "Skipped" not in shown
