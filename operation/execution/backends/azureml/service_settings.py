"""What the section `serving` becomes in Azure ML: variables of the container, which `src/score.py` and its server read.

What a service there cannot use is in UNUSED, which `invoke deploy` says, or refused.
"""

import json

from operation.errors import OperationError
from operation.execution.configuration.sections import Serving
from operation.execution.values import Command, ModelVersion

# Azure ML chooses the port, lets requests wait, keeps no log of them, and builds an image before anything starts.
UNUSED = ("serving.port", "serving.queue", "serving.request_log", "serving.start_seconds")


def check_key(settings: Serving, command: Command) -> None:
    """Raise OperationError if a key is wanted: Azure ML makes those of its services."""
    if settings.key:
        without = command('deploy --set serving.key=""')
        raise OperationError(
            f"serving.key is {settings.key}, but Azure ML makes the keys of its services itself. Leave it empty in the "
            f"file of the environment, or for this command: {without}"
        )


def timeout(settings: Serving) -> int:
    """Return the milliseconds that a request may take, at least one: 0 would mean none."""
    return max(1, round(settings.deadline_seconds * 1000))


def variables(settings: Serving, model: ModelVersion) -> dict[str, str]:
    """Return the variables of a container that serves the version."""
    limits = {"most_bytes": settings.most_bytes, "most_rows": settings.most_rows}
    return {
        "MODEL_VERSION": str(model.version),
        "SCORING_TIMEOUT_MS": str(timeout(settings)),
        "SERVING_SETTINGS": json.dumps(limits),
    }
