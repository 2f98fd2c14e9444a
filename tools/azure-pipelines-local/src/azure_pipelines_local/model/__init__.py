"""Expanded pipelines as typed values; what Azure DevOps does not know is refused with its place."""

from azure_pipelines_local.model.pipeline import (
    DEFAULT_MINUTES,
    Entry,
    Group,
    Hook,
    Job,
    Leg,
    Pipeline,
    Pool,
    Resource,
    Schedule,
    Stage,
    Step,
    Variable,
)
from azure_pipelines_local.model.pipeline_reader import read

__all__ = [
    "DEFAULT_MINUTES",
    "Entry",
    "Group",
    "Hook",
    "Job",
    "Leg",
    "Pipeline",
    "Pool",
    "Resource",
    "Schedule",
    "Stage",
    "Step",
    "Variable",
    "read",
]
