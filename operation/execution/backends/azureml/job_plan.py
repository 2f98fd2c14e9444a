"""`train --plan`: describe a job before there is one, without asking the workspace."""

from collections.abc import Sequence

from operation.execution.backends.azureml import job_definition
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.jobs import Code, Jobs
from operation.execution.configuration.sections import Compute
from operation.execution.values import Step


def describe(jobs: Jobs, steps: Sequence[Step]) -> dict[str, str]:
    """Say where the steps would run, what would be sent, and what that costs at most.

    Raises:
        OperationError: the code cannot be sent: it holds a secret, or is too large.
    """
    parts, settings = job_definition.split(steps), jobs.connection.settings
    inputs = ", ".join(job_definition.find_inputs(parts.sent))
    return {
        "workspace": f"{settings.workspace} in {settings.resource_group}",
        "here": _name([*parts.before, *parts.after]),
        "job": _name(parts.sent),
        "inputs": f"{inputs}: to the default datastore, unless they are there",
        "code": _describe_code(jobs.code),
        "environment": _describe_environment(jobs.code, jobs.environments),
        "compute": _describe_compute(settings.compute),
    }


def _name(steps: Sequence[Step]) -> str:
    return ", ".join(step.name for step in steps) or "nothing"


def _describe_code(code: Code) -> str:
    files = job_definition.list_code(code.source)
    size = sum(file.stat().st_size for file in files)
    most = f"{job_definition.LIMIT_BYTES / 1e6:.0f} MB at most"
    return f"{len(files)} files of {job_definition.SOURCE}/, {size / 1e3:,.1f} kB ({most})"


def _describe_environment(code: Code, environments: Environments) -> str:
    definition = job_definition.read_environment(code.environment)
    version = environments.version(definition)
    if version:
        return f"{definition.name} version {version}, known"
    return f"{definition.name}, new as far as is known here: its image may have to be built, which takes minutes"


def _describe_compute(cluster: Compute) -> str:
    cost, most = cluster.node_cost_per_hour, cluster.most_nodes
    nodes = f"{cluster.least_nodes} to {most} nodes of {cluster.vm_size} ({cluster.priority})"
    return f"{cluster.name}: {nodes}; an hour costs {cost:.2f} for this job, {cost * most:.2f} for all nodes"
