"""The tasks that this machine can run: a table. Any other is an error that names it."""

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

# Each does its step and returns a note for its line; a stand-in says that it is one. Raises TaskError if it fails.
TASKS: dict[str, Task] = {
    "AzureCLI@2": azure_cli.run_azure_cli,
    "Bash@3": scripts.run_bash,
    "Cache@2": cache.run_cache,
    "CmdLine@2": scripts.run_command_line,
    "DownloadPipelineArtifact@2": pipeline_artifacts.download_by_task,
    "PublishCodeCoverageResults@2": published_results.read_coverage,
    "PublishPipelineArtifact@1": pipeline_artifacts.publish_by_task,
    "PublishTestResults@2": published_results.read_test_results,
    "UsePythonVersion@0": python_version.use_python_version,
    "checkout": checkout.check_out,
    "download": pipeline_artifacts.download,
    "publish": pipeline_artifacts.publish,
    "upload": pipeline_artifacts.publish,
}
