"""Run the step `checkout`: a fresh clone of what is committed."""

import shutil
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import StepContext

# What leads to the only repository of a job: PluginInternalCommandExtension of microsoft/azure-pipelines-agent.
MOVED = ("Build.SourcesDirectory", "Build.Repository.LocalPath", "System.DefaultWorkingDirectory")
TAKEN = ("a", "b", "_temp", "TestResults")  # folders of a job that the agent itself makes


def check_out(context: StepContext) -> str:
    """Clone into the folder of sources, or into `path` below the job's folder, in which steps then start.

    `clean` has nothing to clean in a fresh folder, `persistCredentials` nothing to persist.
    """
    if context.input("checkout").strip().lower() == "none":
        return "nothing"
    folder = _target(context, context.input("path").strip() or "s")
    shutil.rmtree(folder, ignore_errors=True)
    repository = context.run.repository
    try:
        repository.clone(folder, tags=context.flag("fetchTags", default=True))
    except PipelinesLocalError as error:
        raise TaskError(str(error)) from error
    for name in MOVED:
        context.job.variables.set(name, str(folder))
    depth = context.input("fetchDepth").strip()
    return f"{repository.commit[:8]}" + (", the whole history" if depth not in ("", "0") else "")


def _target(context: StepContext, path: str) -> Path:
    """Return the folder to clone into. It is emptied first, so that it must not be the user's or of other steps."""
    job = context.job.folder
    # Resolved: a step before may have put a link in its place, and `path` may hold `..`.
    folder = context.path(path, job).resolve()
    below = folder.relative_to(job.resolve()).parts if folder.is_relative_to(job.resolve()) else ()
    if not below or below[0] in TAKEN:
        raise TaskError(f"checkout: `path` must be a folder of the job for sources, such as s/app, not {path!r}.")
    return job.joinpath(*below)
