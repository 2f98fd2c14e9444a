"""An expanded pipeline as typed values: `reading.read`. What no pipeline has is refused with its place."""

from azure_pipelines_local.model.reading import read
from azure_pipelines_local.model.values import (
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
