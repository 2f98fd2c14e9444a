"""The step `checkout`: a fresh clone of what is committed."""

import shutil
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.plan.unsupported_features import NOT_HERE
from azure_pipelines_local.running.work.contexts import StepContext

TAKEN = ("a", "b", "_temp", "TestResults")  # folders of a job that the agent itself makes


def run(context: StepContext) -> str:
    """Clone into the folder of sources, or into `path` below the job's folder.

    `clean` has nothing to clean in a fresh folder, `persistCredentials` nothing to persist.
    """
    wanted = context.input("checkout").strip().lower()
    if wanted == "none":
        return "nothing"
    if wanted != "self":
        raise TaskError(f"checkout: {wanted!r} is not on this machine; only self and none are.")
    if given := [name for name in NOT_HERE if context.input(name).strip().lower() not in ("", "false")]:
        raise TaskError(f"checkout: `{given[0]}` is not done on this machine.")
    folder = _place(context, context.input("path").strip() or "s")
    shutil.rmtree(folder, ignore_errors=True)
    repository = context.run.repository
    try:
        repository.clone(folder, tags=context.flag("fetchTags", default=True))
    except PipelinesLocalError as error:
        raise TaskError(str(error)) from error
    for name in ("Build.SourcesDirectory", "Build.Repository.LocalPath"):
        context.job.variables.set(name, str(folder))
    depth = context.input("fetchDepth").strip()
    return f"{repository.commit[:8]}" + (", the whole history" if depth not in ("", "0") else "")


def _place(context: StepContext, path: str) -> Path:
    """The folder to clone into, which is emptied first: never one of the user, nor of other steps."""
    job = context.job.folder
    folder = context.path(path, job).resolve()
    below = folder.relative_to(job.resolve()).parts if folder.is_relative_to(job.resolve()) else ()
    if not below or below[0] in TAKEN:
        raise TaskError(f"checkout: the path {path!r} is no folder of the job's for sources; give one such as s/app.")
    return job.joinpath(*below)
