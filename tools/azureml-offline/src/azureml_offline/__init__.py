"""An offline Azure ML workspace on 127.0.0.1 that the real azureml-core talks to; `running` starts one.

Importing this imports the standard library alone: Flask and cryptography are for the process that serves.
"""

from azureml_offline.client import OfflineWorkspace, running
from azureml_offline.errors import OfflineError
from azureml_offline.foreground import LIMITS, curated_files, serve
from azureml_offline.values import ANNOUNCED, Fault, Place, Request

__all__ = [
    "ANNOUNCED",
    "LIMITS",
    "Fault",
    "OfflineError",
    "OfflineWorkspace",
    "Place",
    "Request",
    "curated_files",
    "running",
    "serve",
]
