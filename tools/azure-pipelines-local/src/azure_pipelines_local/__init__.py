"""Check, expand and run Azure Pipelines on one machine.

Other code needs no names but these. Each is imported when it is first asked for, since what runs is a lot to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure_pipelines_local.arguments import parse_names, parse_parameters, parse_queued
    from azure_pipelines_local.checking.check import Report, check
    from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
    from azure_pipelines_local.explaining.explain import print_explanation
    from azure_pipelines_local.explaining.graph import parse_graph_form, print_graph
    from azure_pipelines_local.findings import Finding
    from azure_pipelines_local.linters.linters import Linters, start_linters
    from azure_pipelines_local.project import UNKNOWN, Project, Workspace, Workspaces
    from azure_pipelines_local.queued import Queued
    from azure_pipelines_local.running.work.run_pipeline import run_and_say as run
    from azure_pipelines_local.verbs import expand, parameter_sets, print_check

MODULES = {
    "Finding": "findings",
    "Linters": "linters.linters",
    "PipelineError": "errors",
    "PipelinesLocalError": "errors",
    "Project": "project",
    "Queued": "queued",
    "Report": "checking.check",
    "UNKNOWN": "project",
    "Workspace": "project",
    "Workspaces": "project",
    "check": "checking.check",
    "expand": "verbs",
    "parameter_sets": "verbs",
    "parse_graph_form": "explaining.graph",
    "parse_names": "arguments",
    "parse_parameters": "arguments",
    "parse_queued": "arguments",
    "print_check": "verbs",
    "print_explanation": "explaining.explain",
    "print_graph": "explaining.graph",
    "run": "running.work.run_pipeline",
    "start_linters": "linters.linters",
}
__all__ = [
    "UNKNOWN",
    "Finding",
    "Linters",
    "PipelineError",
    "PipelinesLocalError",
    "Project",
    "Queued",
    "Report",
    "Workspace",
    "Workspaces",
    "check",
    "expand",
    "parameter_sets",
    "parse_graph_form",
    "parse_names",
    "parse_parameters",
    "parse_queued",
    "print_check",
    "print_explanation",
    "print_graph",
    "run",
    "start_linters",
]


def __getattr__(name: str) -> Any:
    """Import the module that has the name."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{MODULES[name]}")
    return getattr(module, "run_and_say" if name == "run" else name)
