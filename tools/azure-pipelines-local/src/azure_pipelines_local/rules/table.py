"""The checks that need nothing but an expanded pipeline and its sources."""

from collections.abc import Callable, Iterator

from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules import (
    artifacts,
    macros,
    path_filters,
    policies,
    resources,
    runtime_expressions,
    written_secrets,
)
from azure_pipelines_local.rules.cases import Case

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    macros.undefined_variables,
    macros.endless_variables,
    resources.unknown_resources,
    runtime_expressions.bad_conditions,
    runtime_expressions.bad_expressions,
    written_secrets.secrets_in_scripts,
    written_secrets.written_secrets,
    policies.unpinned_images,
    policies.endless_jobs,
    policies.hidden_results,
    policies.empty_steps,
    policies.cached_deployments,
    artifacts.artifacts_published_twice,
    artifacts.missing_artifacts,
    path_filters.dead_path_filters,
)
