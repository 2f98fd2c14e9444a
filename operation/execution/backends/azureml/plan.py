"""What a job would be, said before there is one: no workspace is asked."""

from collections.abc import Sequence

from operation.execution.backends.azureml import translate
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.remote import Code
from operation.execution.configuration.sections import AzureMLSettings, Compute
from operation.execution.values import Step


def describe(
    settings: AzureMLSettings, code: Code, environments: Environments, steps: Sequence[Step]
) -> dict[str, str]:
    """Where the steps would run, what would be sent, and what that costs at most.

    Raises:
        OperationError: the code cannot be sent: it holds a secret, or is too large.
    """
    parts = translate.split(steps)
    return {
        "workspace": f"{settings.workspace} in {settings.resource_group}",
        "here": _named([*parts.before, *parts.after]),
        "job": _named(parts.sent),
        "inputs": f"{', '.join(translate.inputs(parts.sent))}: to the default datastore, unless they are there",
        "code": _snapshot(code),
        "environment": _environment(code, environments),
        "compute": _compute(settings.compute),
    }


def _named(steps: Sequence[Step]) -> str:
    return ", ".join(step.name for step in steps) or "nothing"


def _snapshot(code: Code) -> str:
    files = translate.snapshot(code.source)
    size = sum(file.stat().st_size for file in files)
    most = f"{translate.LIMIT_BYTES / 1e6:.0f} MB at most"
    return f"{len(files)} files of {translate.SOURCE}/, {size / 1e3:,.1f} kB ({most})"


def _environment(code: Code, environments: Environments) -> str:
    definition = translate.environment(code.environment)
    version = environments.version(definition)
    if version:
        return f"{definition.name} version {version}, known"
    return f"{definition.name}, new as far as is known here: its image may have to be built, which takes minutes"


def _compute(cluster: Compute) -> str:
    cost, most = cluster.node_cost_per_hour, cluster.most_nodes
    nodes = f"{cluster.least_nodes} to {most} nodes of {cluster.vm_size} ({cluster.priority})"
    return f"{cluster.name}: {nodes}; an hour costs {cost:.2f} for this job, {cost * most:.2f} for all nodes"
