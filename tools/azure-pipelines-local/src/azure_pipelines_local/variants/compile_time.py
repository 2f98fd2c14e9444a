"""The predefined variables that `${{ }}` sees, with values that this machine makes up where it cannot know them.

Source: https://learn.microsoft.com/azure/devops/pipelines/build/variables ("Available in templates?")
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

COLLECTION = "https://dev.azure.invalid/this-machine/"  # nobody's: names under .invalid never exist (RFC 2606)
PROJECT = "this-machine"
WITHOUT_VALUE = (  # known to Azure DevOps when it compiles, and to nobody here
    *("Build.QueuedBy", "Build.QueuedById", "Build.Repository.ID", "Build.RequestedFor", "Build.RequestedForEmail"),
    *("Build.RequestedForId", "System.CollectionId", "System.TeamProjectId"),
)


def made_up_values(entry: str, repository: str) -> dict[str, str]:
    """Return those that hold for every run of the pipeline, a path, in the repository of this name."""
    name = PurePosixPath(entry).stem
    return {
        "Build.DefinitionName": name,
        "Build.Repository.Clean": "False",
        "Build.Repository.Git.SubmoduleCheckout": "False",
        "Build.Repository.Name": repository,
        "Build.Repository.Provider": "TfsGit",
        "Build.Repository.Uri": COLLECTION + repository,
        "System.CollectionUri": COLLECTION,
        "System.DefinitionId": "1",
        "System.DefinitionName": name,
        "System.HostType": "build",
        "System.TeamFoundationCollectionUri": COLLECTION,
        "System.TeamProject": PROJECT,
    }


MADE_UP: Mapping[str, str] = {name.lower(): name for name in (*made_up_values("", ""), *WITHOUT_VALUE)}
