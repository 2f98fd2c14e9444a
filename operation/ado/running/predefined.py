"""Predefined variables of the system, with values that an agent on this machine has.

Source: https://learn.microsoft.com/azure/devops/pipelines/build/variables
"""

import os
import platform
from pathlib import Path

from operation.ado.running.repository import Repository

COLLECTION = "https://dev.azure.invalid/this-machine/"  # nobody's: names under .invalid never exist (RFC 2606)
PROJECT = "this-machine"
SYSTEMS = {"Linux": "Linux", "Darwin": "Darwin", "Windows": "Windows_NT"}
MACHINES = {"x86_64": "X64", "AMD64": "X64", "aarch64": "ARM64", "arm64": "ARM64"}


def of_compilation(repository: Repository, pipeline: str) -> dict[str, str]:
    """Those that templates can use, too."""
    return {
        "Build.DefinitionName": Path(pipeline).stem,
        "Build.Reason": "Manual",
        "Build.Repository.Name": repository.root.name,
        "Build.Repository.Provider": "TfsGit",
        "Build.Repository.Uri": COLLECTION + repository.root.name,
        "Build.SourceBranch": repository.ref,
        "Build.SourceBranchName": repository.branch.rpartition("/")[2],
        "Build.SourceVersion": repository.commit,
        "System.CollectionUri": COLLECTION,
        "System.DefinitionId": "1",
        "System.HostType": "build",
        "System.TeamFoundationCollectionUri": COLLECTION,
        "System.TeamProject": PROJECT,
    }


def of_run(repository: Repository, pipeline: str, number: str, folder: Path) -> dict[str, str]:
    """Those that hold for a whole run."""
    author, builder = repository.author, os.environ.get("USER", "somebody")
    return of_compilation(repository, pipeline) | {
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
        "Build.DefinitionVersion": "1",
        "Build.QueuedBy": builder,
        "Build.RequestedFor": builder,
        "Build.SourceVersionAuthor": author,
        "Build.SourceVersionMessage": repository.message,
    }


def of_job(folder: Path, stage: str, job: str, display_name: str, deployment: bool) -> dict[str, str]:
    """Those of one job in its folder. A deployment job's default folder is the one above the sources."""
    sources = folder / "s"
    return {
        "Agent.BuildDirectory": str(folder),
        "Agent.JobName": display_name,
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
        "System.DefaultWorkingDirectory": str(folder if deployment else sources),
        "System.JobAttempt": "1",
        "System.JobDisplayName": display_name,
        "System.JobName": job,
        "System.PhaseName": job,
        "System.StageAttempt": "1",
        "System.StageName": stage,
    }
