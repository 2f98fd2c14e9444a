"""The project's pipelines without their verbs: stages, jobs, conditions and artifacts are really run, in seconds."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from azure_pipelines_local import Project, expand

from operation.tests.clones import commit_all

Jobs = dict[str, Any]


def run_shortened(
    repository: Path, folder: Path, entry: str, job: str, bash: str, parameters: Mapping[str, str] | None = None
) -> str:
    """Run a pipeline in the folder, and return what is shown.

    In place of its last verb, the job runs `bash`, where the verb would run; the other jobs do nothing.
    """
    pipeline: Jobs = yaml.safe_load(expand(Project(repository), entry, dict(parameters or {})))
    for each in [each for stage in pipeline["stages"] for each in stage["jobs"]]:
        deploy = each["strategy"]["runOnce"]["deploy"]
        published = [step for step in deploy["steps"] if "publish" in step]
        verb = [step for step in deploy["steps"] if "task" in step and "inlineScript" in step["inputs"]][-1]
        kept = {key: verb[key] for key in ("name",) if key in verb}
        kept["workingDirectory"] = verb["inputs"]["workingDirectory"]
        looks = {"bash": bash, **kept} if each["deployment"] == job else {"bash": "true"}
        deploy["steps"] = [{"checkout": "self"}, looks, *published]
    (folder / "shortened.yml").write_text(yaml.safe_dump(pipeline, sort_keys=False), encoding="utf-8")
    commit_all(folder)
    words = [sys.executable, "-m", "azure_pipelines_local", "run", "shortened.yml"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False).stdout
