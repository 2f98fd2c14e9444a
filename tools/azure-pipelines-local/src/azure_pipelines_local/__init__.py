"""Check, expand and run Azure Pipelines on one machine.

Other code needs no other name than these. Each is imported when it is first asked for, since running is a lot to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
    from azure_pipelines_local.project import UNKNOWN, Project, Workspace, Workspaces
    from azure_pipelines_local.running.work.run_pipeline import run_and_say

__all__ = [
    "UNKNOWN",
    "PipelineError",
    "PipelinesLocalError",
    "Project",
    "Workspace",
    "Workspaces",
    "run_and_say",
]
MODULES = {
    "PipelineError": "errors",
    "PipelinesLocalError": "errors",
    "Project": "project",
    "UNKNOWN": "project",
    "Workspace": "project",
    "Workspaces": "project",
    "run_and_say": "running.work.run_pipeline",
}


def __getattr__(name: str) -> Any:
    """Import the module that has the name."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
