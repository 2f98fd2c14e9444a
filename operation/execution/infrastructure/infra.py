"""`invoke infra`: the workspace and what belongs to it, from the templates in azure-pipelines/infrastructure."""

from collections.abc import Sequence

from operation.errors import OperationError


def run(environment: str, settings: Sequence[str], plan: bool, yes: bool, destroy: bool) -> None:
    """Deploy, or what the flags ask for; raises OperationError if they contradict each other."""
    from operation.execution.infrastructure import deployment, destruction

    if destroy and (plan or yes):
        raise OperationError("--destroy goes with neither --plan nor --yes: its name has to be typed.")
    if plan and yes:
        raise OperationError("--plan deploys nothing, so there is nothing to say --yes to.")
    if destroy:
        destruction.destroy(environment, settings)
    elif plan:
        deployment.show_plan(environment, settings)
    else:
        deployment.deploy(environment, settings, yes)
