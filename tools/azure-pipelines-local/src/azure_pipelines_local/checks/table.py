"""The checks that need nothing but an expanded pipeline and its sources."""

from collections.abc import Callable, Iterator

from azure_pipelines_local.checks import artifacts, conditions, path_filters, policies, resources, secrets, variables
from azure_pipelines_local.checks.cases import Case
from azure_pipelines_local.findings import Finding

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    variables.undefined_variables,
    variables.endless_variables,
    resources.unknown_resources,
    conditions.bad_conditions,
    conditions.bad_expressions,
    secrets.secrets_in_scripts,
    secrets.written_secrets,
    policies.unpinned_images,
    policies.endless_jobs,
    policies.hidden_results,
    policies.empty_steps,
    policies.cached_deployments,
    artifacts.artifacts_published_twice,
    artifacts.missing_artifacts,
    path_filters.dead_path_filters,
)
