"""Predefined variables, with the values that an agent on this machine has.

All that only Azure DevOps knows is left out, and not made up: `$(name)` of it is refused before a run.

Source: https://learn.microsoft.com/azure/devops/pipelines/build/variables
"""

import os
import platform
from pathlib import Path
from uuid import uuid4

from azure_pipelines_local.model import Job, Stage
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.running.machine.repository import Repository
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.variants.compile_time import PROJECT, made_up_values
from azure_pipelines_local.variants.kinds_of_run import run_of

SYSTEMS = {"Linux": "Linux", "Darwin": "Darwin", "Windows": "Windows_NT"}
MACHINES = {"x86_64": "X64", "AMD64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


def values_for_templates(repository: Repository, pipeline: str, queued: Queued = BY_HAND) -> dict[str, str]:
    """Return those that templates can read, too, with what the run is queued with."""
    run = run_of(queued, repository.ref)
    values = made_up_values(pipeline, repository.root.name) | {"Build.SourceVersion": repository.commit}
    return values | run.variables | dict(queued.variables)


def values_for_run(
    repository: Repository, pipeline: str, number: str, folder: Path, queued: Queued = BY_HAND
) -> dict[str, str]:
    """Return those that hold for a whole run, of the number (such as 20260131.1) and in the folder."""
    author, builder, plan = repository.author, os.environ.get("USER", "somebody"), str(uuid4())
    return {
        "Agent.HomeDirectory": str(folder),
        "Agent.Id": "1",
        "Agent.MachineName": platform.node(),
        "Agent.Name": PROJECT,
        "Agent.OS": SYSTEMS.get(platform.system(), platform.system()),
        "Agent.OSArchitecture": MACHINES.get(platform.machine(), platform.machine()),
        "Agent.RootDirectory": str(folder),
        "Agent.ToolsDirectory": str(folder / "tools"),
        "Agent.WorkFolder": str(folder),
        "Build.BuildId": number.replace(".", ""),
        "Build.BuildNumber": number,
        "Build.BuildUri": "vstfs:///Build/Build/" + number.replace(".", ""),
        "Build.DefinitionVersion": "1",
        "Build.QueuedBy": builder,
        "Build.RequestedFor": builder,
        "Build.SourceVersionAuthor": author,
        "Build.SourceVersionMessage": repository.message,
        "Checks.StageAttempt": "1",
        "System.Debug": "false",
        "System.JobAttempt": "1",
        "System.PhaseAttempt": "1",
        "System.PlanId": plan,
        "System.StageAttempt": "1",
        "System.TimelineId": plan,
        "TF_BUILD": "True",
        **values_for_templates(repository, pipeline, queued),
    }


def values_for_job(folder: Path, stage: Stage, job: Job, variables: Variables) -> dict[str, str]:
    """Return those of one job in its folder. A deployment job starts above its sources, for it checks none out."""
    sources, display = folder / "s", _display_name(job, variables)
    return _values_of_environment(job, variables) | {
        "Agent.BuildDirectory": str(folder),
        "Agent.JobName": display,
        "Agent.JobStatus": "Succeeded",
        "Agent.TempDirectory": str(folder / "_temp"),
        "Build.ArtifactStagingDirectory": str(folder / "a"),
        "Build.BinariesDirectory": str(folder / "b"),
        "Build.Repository.LocalPath": str(sources),
        "Build.SourcesDirectory": str(sources),
        "Build.StagingDirectory": str(folder / "a"),
        "Common.TestResultsDirectory": str(folder / "TestResults"),
        "Pipeline.Workspace": str(folder),
        "System.ArtifactsDirectory": str(folder / "a"),
        "System.DefaultWorkingDirectory": str(folder if job.hooks else sources),
        "System.JobDisplayName": display,
        "System.JobId": str(uuid4()),
        "System.JobName": job.name,
        "System.JobPositionInPhase": "1",  # a leg says which of how many it is
        "System.PhaseDisplayName": display,
        "System.PhaseName": job.name,
        "System.StageDisplayName": _display_name(stage, variables),
        "System.StageName": stage.name,
        "System.TotalJobsInPhase": "1",
    }


def _values_of_environment(job: Job, variables: Variables) -> dict[str, str]:
    if job.environment is None:
        return {}
    resource = {"Environment.ResourceName": variables.expand(job.resource_name.text)} if job.resource_name else {}
    return {"Environment.Name": variables.expand(job.environment.text), "Strategy.Name": job.strategy, **resource}


def _display_name(part: Stage | Job, variables: Variables) -> str:
    return variables.expand(part.display_name.text) if part.display_name else part.name
