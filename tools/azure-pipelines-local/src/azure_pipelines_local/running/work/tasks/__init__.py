"""The tasks that this machine can do: a table. Any other is an error that names it."""

from collections.abc import Callable

from azure_pipelines_local.running.work.contexts import StepContext
from azure_pipelines_local.running.work.tasks import (
    azure_cli,
    cache,
    checkout,
    pipeline_artifacts,
    published_results,
    python_version,
    scripts,
)

Task = Callable[[StepContext], str]

# Each does its step and returns what is to be told of it; a stand-in says that it is one. Raises TaskError if it fails.
TASKS: dict[str, Task] = {
    "AzureCLI@2": azure_cli.run,
    "Bash@3": scripts.bash,
    "Cache@2": cache.run,
    "CmdLine@2": scripts.command_line,
    "DownloadPipelineArtifact@2": pipeline_artifacts.download_task,
    "PublishCodeCoverageResults@2": published_results.coverage,
    "PublishPipelineArtifact@1": pipeline_artifacts.publish_task,
    "PublishTestResults@2": published_results.tests,
    "UsePythonVersion@0": python_version.run,
    "checkout": checkout.run,
    "download": pipeline_artifacts.download,
    "publish": pipeline_artifacts.publish,
    "upload": pipeline_artifacts.publish,
}
