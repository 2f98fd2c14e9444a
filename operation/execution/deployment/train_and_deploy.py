"""`invoke train --deploy`: from raw data to an address that answers."""

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment.deploy import deploy
from operation.execution.deployment.path import ALL, hosting
from operation.execution.training import plan as planning
from operation.execution.training import train


def train_and_deploy(configuration: Configuration, plan: bool, detach: bool, force: bool, explain: bool) -> None:
    """Train, and then serve the champion, whichever the gate has made it, unless it serves already.

    With `plan`, only say what would be done.

    Raises:
        OperationError: something is in the way of training or of serving; the latter is said before training starts.
    """
    if detach:
        raise OperationError("--deploy waits for the model, and --detach does not: leave one of them out.")
    backend, name = connect(configuration), configuration.service
    if plan:
        planning.show_plan(configuration)
        console.say(f"{'deploy':<12} the champion, as the service {name}")
        return
    backend.services.check(name, hosting(configuration), ALL)
    train.train(configuration, force, explain)
    champion, service = backend.registry.find(configuration.model), backend.services.find(name)
    if champion and service and service.state == "ready" and service.traffic.get(champion.version) == ALL:
        console.say(f"{name} serves the champion, version {champion.version}, already.\n{service.address}")
        return
    deploy(configuration)
