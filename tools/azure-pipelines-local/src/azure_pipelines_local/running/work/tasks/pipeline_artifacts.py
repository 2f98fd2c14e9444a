"""`publish`, `download`, and the tasks that these are short for."""

from pathlib import Path

from azure_pipelines_local.running.machine.counting import counted
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import StepContext

UNNAMED = "artifact"  # what Azure calls one without a name


def publish(context: StepContext) -> str:
    """The short form."""
    return _publish(context, context.required("publish", "upload"), context.input("artifact"))


def publish_task(context: StepContext) -> str:
    """PublishPipelineArtifact@1."""
    location = context.input("publishLocation", "artifactType", default="pipeline").lower()
    if location != "pipeline":
        raise TaskError(f"publishLocation {location!r} is not on this machine; only pipeline is.")
    name = context.input("artifact", "artifactName")
    return _publish(context, context.input("targetPath", "path", default="$(Pipeline.Workspace)"), name)


def _publish(context: StepContext, path: str, name: str) -> str:
    called = name.strip() or UNNAMED
    files = context.run.artifacts.publish(called, context.path(context.job.variables.expand(path.strip())))
    return f"{called}: {counted(files, 'file')}"


def download(context: StepContext) -> str:
    """The short form: each artifact into a folder of its name in the job's folder, unless `path` says another."""
    source = context.input("download").strip().lower()
    if source == "none":
        return "nothing"
    _only_current(source)
    return _download(context, context.input("path").strip(), context.input("patterns", default="**"), nested=True)


def download_task(context: StepContext) -> str:
    """DownloadPipelineArtifact@2."""
    _only_current(context.input("source", "buildType", default="current").strip().lower())
    patterns = context.input("patterns", "itemPattern", default="**")
    return _download(context, context.input("path", "targetPath", "downloadPath").strip(), patterns, nested=False)


def _only_current(source: str) -> None:
    if source != "current":
        raise TaskError(f"Artifacts of {source!r} are not on this machine; only those of the current run are.")


def _download(context: StepContext, path: str, patterns: str, nested: bool) -> str:
    """With the name of an artifact its files go right into the path; without one, each has a folder there."""
    name = context.input("artifact", "artifactName").strip()
    base, store = context.path(path or ".", context.job.folder), context.run.artifacts
    if not name:
        files = store.download_all(patterns, base)
        return f"{counted(len(store.names), 'artifact')}, {counted(files, 'file')}"
    target: Path = base / name if nested and not path else base
    return f"{name}: {counted(store.download(name, patterns, target), 'file')}"
