"""`publish`, `download`, and the tasks that these are short for."""

import re
from pathlib import Path

from azure_pipelines_local.running.machine.console import pluralize
from azure_pipelines_local.running.work.contexts import StepContext

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.]")


def publish(context: StepContext) -> str:
    """Publish, as the short form is written."""
    return _publish(context, context.required("publish", "upload"), context.input("artifact"))


def publish_by_task(context: StepContext) -> str:
    """Publish, as PublishPipelineArtifact@1 is written."""
    name = context.input("artifact", "artifactName")
    return _publish(context, context.input("targetPath", "path", default="$(Pipeline.Workspace)"), name)


def _publish(context: StepContext, path: str, name: str) -> str:
    name = name.strip() or _name_of_job(context)
    # The default of an input is no text of the pipeline: only here its `$(name)` is replaced.
    files = context.run.artifacts.publish(name, context.path(context.job.variables.expand(path.strip())))
    return f"{name}: {pluralize(files, 'file')}"


def _name_of_job(context: StepContext) -> str:
    """Name an artifact without a name after its job, as PipelineArtifactPluginV1 of microsoft/azure-pipelines-agent."""
    variables = context.job.variables
    stage, phase, job = (variables.get(f"System.{each}Name") or "" for each in ("Stage", "Phase", "Job"))
    parts = [*([] if stage == "__default" else [stage]), phase, *([] if job == phase else [job])]
    return NOT_IN_NAMES.sub("", ".".join(parts))


def download(context: StepContext) -> str:
    """Download, as the short form is written: without `path`, each artifact into a folder of its name in the job's."""
    if context.input("download").strip().lower() == "none":
        return "nothing"
    return _download(context, context.input("path").strip(), context.input("patterns", default="**"), nested=True)


def download_by_task(context: StepContext) -> str:
    """Download, as DownloadPipelineArtifact@2 is written."""
    patterns = context.input("patterns", "itemPattern", default="**")
    return _download(context, context.input("path", "targetPath", "downloadPath").strip(), patterns, nested=False)


def _download(context: StepContext, path: str, patterns: str, nested: bool) -> str:
    """Copy the files of a named artifact right into the path; without a name, each artifact into a folder there."""
    name = context.input("artifact", "artifactName").strip()
    # Of a path, the agent takes the default working directory, whatever the reference says; without one, the job's.
    base, store = context.path(path) if path else context.job.folder, context.run.artifacts
    if not name:
        files = store.download_all(patterns, base)
        return f"{pluralize(len(store.names), 'artifact')}, {pluralize(files, 'file')}"
    target: Path = base / name if nested and not path else base
    return f"{name}: {pluralize(store.download(name, patterns, target), 'file')}"
