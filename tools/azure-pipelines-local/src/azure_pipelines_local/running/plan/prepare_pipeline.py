"""What is to run: read from what is committed, and refused where it cannot."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from azure_pipelines_local import model
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.expansion.entry import entry_within, expand
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.cases import Case, Sources
from azure_pipelines_local.running.machine.repository import Repository
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan import predefined_values
from azure_pipelines_local.running.plan.certain_failures import Judge
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.undefined_macros import Macros
from azure_pipelines_local.running.plan.unsupported_features import refuse


@dataclass(frozen=True)
class Prepared:
    """A pipeline that may start."""

    entry: str
    pipeline: model.Pipeline
    findings: list[Finding]  # to be told


def prepare(
    looked: Repository,
    file: str,
    choice: Choice,
    parameters: Mapping[str, str],
    machine: Mapping[str, str],
    outputs: Path,
    tasks: Collection[str],
) -> Prepared:
    """Read the pipeline from a clone that is gone afterwards.

    Raises:
        PipelineError: the pipeline is refused.
        PipelinesLocalError: it is not there, or a check refuses it.
    """
    entry = _entry(looked, file)
    with TemporaryDirectory(prefix="reading-", dir=outputs) as name:
        folder = Path(name, "pipeline")
        looked.clone(folder, tags=False)
        pipeline = _read(looked, entry, folder, parameters)
        refuse(pipeline, choice, tasks)
        judge = Judge(Case(pipeline, Sources(folder)), choice, Macros(_names(looked, entry, pipeline), machine))
        return Prepared(entry, pipeline, judge.refuse())


def _entry(looked: Repository, file: str) -> str:
    """The path in the repository, of a file that is committed."""
    root, entry = looked.root.resolve(), entry_within(looked.root, file)
    path = root / entry
    if path.is_dir():
        raise PipelinesLocalError(f"{file} is a folder; the path of a pipeline's file is expected.")
    if looked.has(entry):
        return entry
    if not path.exists():
        raise PipelinesLocalError(
            f"There is no file {file}; its path from the repository's folder, {root}, is expected."
        )
    raise PipelinesLocalError(f"{entry} is not committed, and only what is committed runs. Commit it first.")


def _read(looked: Repository, entry: str, folder: Path, parameters: Mapping[str, str]) -> model.Pipeline:
    compiled = predefined_values.of_compilation(looked, entry)
    return model.read(expand(folder, entry, parameters, compiled))


def _names(looked: Repository, entry: str, pipeline: model.Pipeline) -> frozenset[str]:
    """The predefined variables that have a value here, in lower case."""
    found = set(predefined_values.of_run(looked, entry, "", Path()))
    for stage in pipeline.stages:
        for job in stage.jobs:
            found |= set(predefined_values.of_job(Path(), stage, job, Variables()))
    return frozenset(name.lower() for name in found)
