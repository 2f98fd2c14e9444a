"""The step `checkout`: a fresh clone of what is committed."""

import shutil

from operation.ado.running.contexts import StepContext
from operation.ado.running.failures import TaskError
from operation.errors import OperationError

NOT_HERE = ("fetchFilter", "lfs", "submodules", "sparseCheckoutDirectories", "sparseCheckoutPatterns", "workspaceRepo")


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
    folder = context.path(context.input("path").strip() or "s", context.job.folder)
    shutil.rmtree(folder, ignore_errors=True)
    repository = context.run.repository
    try:
        repository.clone(folder, tags=context.flag("fetchTags", default=True))
    except OperationError as error:
        raise TaskError(str(error)) from error
    for name in ("Build.SourcesDirectory", "Build.Repository.LocalPath"):
        context.job.variables.set(name, str(folder))
    depth = context.input("fetchDepth").strip()
    return f"{repository.commit[:8]}" + (", the whole history" if depth not in ("", "0") else "")
