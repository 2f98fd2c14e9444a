"""Read a pipeline from what is committed, and refuse what cannot run."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from azure_pipelines_local import model
from azure_pipelines_local.checking.levels import read_levels
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from azure_pipelines_local.expansion.entry import entry_within, expand
from azure_pipelines_local.findings import Finding, name_rule
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.rules.cases import Case, Sources
from azure_pipelines_local.running.machine.repository import Repository
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan import predefined_values
from azure_pipelines_local.running.plan.certain_failures import find_warnings
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.undefined_macros import MacroCheck
from azure_pipelines_local.running.plan.unsupported_features import refuse_unsupported


@dataclass(frozen=True)
class PreparedPipeline:
    """A pipeline that may start."""

    entry: str  # its path in the repository
    pipeline: model.Pipeline
    warnings: list[Finding]


def prepare(
    project: Project,
    repository: Repository,
    file: str,
    choice: Choice,
    parameters: Mapping[str, str],
    machine: Mapping[str, str],
    outputs: Path,
    tasks: Collection[str],
    queued: Queued = BY_HAND,
) -> PreparedPipeline:
    """Read the pipeline, and refuse what cannot run here or fails in any run.

    Args:
        project: What service connections lead to.
        repository: Where it is committed.
        file: Its path, in the repository or from the current folder.
        choice: The stages and jobs to run; nothing else of it is checked.
        parameters: Values by name.
        machine: The environment variables of this machine that steps get.
        outputs: The folder for temporary files.
        tasks: The names of those that this machine can do.
        queued: What else the run starts with.

    Raises:
        PipelineError: a part of the pipeline is refused.
        PipelinesLocalError: the file is not there or not committed, or a check refuses the pipeline.
    """
    entry = _committed_path(repository, file)
    # Templates are read from a clone, not from the work tree: a change that is not committed would else be in what
    # was checked and not in what runs.
    with _name_commit(repository, entry), TemporaryDirectory(prefix="reading-", dir=outputs) as name:
        folder = Path(name, "pipeline")
        repository.clone(folder, tags=False)
        pipeline = _read(repository, entry, folder, parameters, queued)
        refuse_unsupported(project, pipeline, choice, tasks)
        macros = MacroCheck(_defined_names(repository, entry, pipeline, queued), machine)
        case = Case(pipeline, Sources(folder), given=queued.names)
        warnings = find_warnings(case, choice, macros, read_levels(folder))
        return PreparedPipeline(entry, pipeline, warnings)


def _committed_path(repository: Repository, file: str) -> str:
    """Return the file's path in the repository."""
    root, entry = repository.root.resolve(), entry_within(repository.root, file)
    path = root / entry  # of the work tree, to tell a typing error from a commit that is missing
    if path.is_dir():
        raise PipelinesLocalError(f"{file} is a folder; give the path of a pipeline's file.")
    if repository.has(entry):
        return entry
    if not path.exists():
        raise PipelinesLocalError(f"There is no file {file}; give its path from the repository's folder, {root}.")
    raise PipelinesLocalError(f"{entry} is not committed, and only what is committed runs. Commit it first.")


@contextmanager
def _name_commit(repository: Repository, entry: str) -> Iterator[None]:
    """End what refuses a pipeline with the commit that it was read from: who reads it may look at another text."""
    try:
        yield
    except PipelineError as error:
        raise PipelineError(error.place, f"{error.message} {_origin(repository, entry, error.place.file)}") from error
    except PipelinesLocalError as error:
        raise PipelinesLocalError(f"{error} {_origin(repository, entry)}") from error


def _origin(repository: Repository, *files: str) -> str:
    changed = [each for each in dict.fromkeys(files) if repository.differs(each)]
    differs = "differ" if len(changed) > 1 else "differs"
    remedy = f"; {' and '.join(changed)} in the work tree {differs}: commit first" if changed else ""
    return f"(read from commit {repository.commit[:8]}{remedy})"


def _read(
    repository: Repository, entry: str, folder: Path, parameters: Mapping[str, str], queued: Queued
) -> model.Pipeline:
    variables = predefined_values.values_for_templates(repository, entry, queued)
    with name_rule():
        return model.read(expand(folder, entry, parameters, variables, queued.repositories))


def _defined_names(repository: Repository, entry: str, pipeline: model.Pipeline, queued: Queued) -> frozenset[str]:
    """Collect the predefined variables that have a value here, in lower case."""
    names = set(predefined_values.values_for_run(repository, entry, "", Path(), queued))
    for stage in pipeline.stages:
        for job in stage.jobs:
            names |= set(predefined_values.values_for_job(Path(), stage, job, Variables()))
    return frozenset(name.lower() for name in names)
