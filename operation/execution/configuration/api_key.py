"""The API key of a service: in an environment variable, and never in a file or on a command line."""

import os

from operation.errors import OperationError
from operation.execution.configuration.sections import Serving

SCORING_KEY = "SCORING_KEY"  # the variable in which src/serve.py looks for it


def read_key(settings: Serving) -> str:
    """Return the key that `serving.key` leads to; "" if none is wanted.

    Raises:
        OperationError: the variable is not set, or its value cannot be sent in a header.
    """
    name = settings.key
    if not name:
        return ""
    key = os.environ.get(name, "")
    # Azure Pipelines passes `$(NAME)` on as it is where NAME is not defined: everybody could guess that.
    if not key.strip() or (key.startswith("$(") and key.endswith(")")):
        raise OperationError(f"The environment variable {name}, which serving.key names, is not set.")
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        raise OperationError(
            f"The environment variable {name}, which serving.key names, must hold printable ASCII characters with no "
            "space or line break around them."
        )
    return key
