"""The engine's tests stay green whatever people write into configuration/, their use cases and their suites."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from operation.tests.clones import copy_work_tree

SUITES = Path("operation", "tests", "data_validation", "great_expectations", "expectations")
READ = ("configuration/test_configuration.py", "configuration/test_declared.py", "sweep", "training", "registration")
OTHERS: dict[str, Any] = {"model": "ours", "experiment": "ours", "data.source": "data/of/ours"}
OTHERS |= {"split.test": "last 9 days", "data.share": 0.5}
OTHERS |= {"evaluation.false_alarm_cost": 0, "evaluation.missed_cost": 0}  # another cost is for binary models alone


def changed(value: Any, key: str = "") -> Any:
    """The same with other names, numbers and shorter lists, each still valid; `key` is section.key."""
    if isinstance(value, dict):
        return {name: changed(each, f"{key}.{name}".strip(".")) for name, each in value.items()}
    if isinstance(value, list):
        return [changed(each) for each in (value[:1] if key in ("evaluation.slices", "limits") else value)]
    if key in OTHERS or isinstance(value, bool) or not isinstance(value, int | float):
        return OTHERS.get(key, value)
    return value + 1 if isinstance(value, int) else value * 0.99


def rewrite(file: Path, change: Callable[[Any], Any]) -> None:
    """Change a file of YAML or JSON."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(change(content), default=str), encoding="utf-8")


@pytest.fixture(scope="module")
def edited(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which a team has changed every value, and has a use case of its own as the default."""
    clone = tmp_path_factory.mktemp("clone")
    copy_work_tree(repository, clone)
    (name, *_) = sorted(path.stem for path in (clone / "configuration" / "use_cases").glob("*.yaml"))
    for folder in (clone / "src", clone / SUITES):
        shutil.copytree(folder / name, folder / "ours")
    for file in (clone / "src" / "ours").glob("*.py"):
        code = re.sub(rf"^from {name}\b", "from ours", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        file.write_text(code, encoding="utf-8")
    shutil.copy(
        clone / "configuration" / "use_cases" / f"{name}.yaml", clone / "configuration" / "use_cases" / "ours.yaml"
    )
    for file in [*(clone / "configuration").glob("use_cases/*.yaml"), *(clone / SUITES).glob("*/*.json")]:
        rewrite(file, changed)
    rewrite(clone / "configuration" / "configuration.yaml", lambda values: {**changed(values), "use_case": "ours"})
    return clone


@pytest.mark.slow
def test_the_tests_of_the_engine_stay_green(edited: Path) -> None:
    places = [f"operation/tests/unit/execution/{name}" for name in READ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-m", "pytest", *places, "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=edited, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_edits_change_what_is_loaded_and_are_valid(edited: Path, repository: Path) -> None:
    code = "from operation.execution.configuration.loading import load; found = load(); "
    code += "print(found.use_case, found.model, found.training['trees'], found.gate.metric, found.split['test'])"
    shown = {
        subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True).stdout
        for folder in (edited, repository)
    }
    assert len(shown) == 2
    assert any(line.startswith("ours ours ") for line in shown)
