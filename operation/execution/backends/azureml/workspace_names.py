"""Find the names of the workspace, in one order: the configuration's, unless it still holds the template's placeholder.

1. `backend.subscription_id`, `resource_group` and `workspace` of the environment, if the subscription is not all zeros.
2. `.azureml/config.json`, then `config.json`, at the root of the repository: as the Azure portal gives it for download.

All three come from one place. A config.json is one workspace for every environment that has no names of its own.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT, AzureMLSettings

PLACEHOLDER = "00000000-0000-0000-0000-000000000000"
FILES = (".azureml/config.json", "config.json")
KEYS = ("subscription_id", "resource_group", "workspace_name")
REMEDY = "Download it again from the workspace's page in the Azure portal, or remove it and set the names of backend."


@dataclass(frozen=True)
class Names:
    """What identifies a workspace; `source` says where it is written."""

    subscription_id: str
    resource_group: str
    workspace: str
    source: str

    def __str__(self) -> str:
        """Describe it for people: which one, and where that is written."""
        return f"{self.workspace} in {self.resource_group}, subscription {self.subscription_id} (from {self.source})"


def find_names(settings: AzureMLSettings, folder: Path = ROOT) -> Names:
    """Find the names of the workspace; `folder` is where a config.json may be.

    Raises:
        OperationError: nothing names it, or the config.json that should is damaged.
    """
    if settings.subscription_id != PLACEHOLDER:
        source = "configuration/environments"
        return Names(settings.subscription_id, settings.resource_group, settings.workspace, source)
    for file in FILES:
        if (folder / file).is_file():
            return _read(folder / file, file)
    raise OperationError(
        "Nothing names the workspace. Set subscription_id, resource_group and workspace of backend in "
        f"configuration/environments, or put the config.json of the Azure portal in {folder}."
    )


def _read(file: Path, source: str) -> Names:
    """Read what the file says under each of the keys."""
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise OperationError(f"{file} cannot be read as JSON: {error}. {REMEDY}") from error
    values = content if isinstance(content, dict) else {}
    missing = [key for key in KEYS if not isinstance(values.get(key), str) or values[key].strip() in ("", PLACEHOLDER)]
    if missing:
        raise OperationError(f"{file} does not say {', '.join(missing)}. {REMEDY}")
    subscription, group, workspace = (values[key].strip() for key in KEYS)
    return Names(subscription, group, workspace, source)
