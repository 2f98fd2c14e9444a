"""What a web service runs on, a container group of its own (ACI) or a cluster (AKS), as the SDK is told."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operation.execution.configuration.sections import AzureMLSettings

Keys = tuple[str | None, str | None]
NO_KEYS: Keys = (None, None)  # Azure ML makes them


@dataclass(frozen=True)
class Hosting:
    """`cluster` is an AKS compute target, and empty for a container group."""

    cpu_cores: float
    memory_gb: float
    cluster: str = ""

    @property
    def kind(self) -> str:
        """As Azure ML calls it."""
        return "AKS" if self.cluster else "ACI"

    def configuration(self, label: str, tags: Mapping[str, str], keys: Keys) -> Any:
        """The SDK's object for a service with these keys; `label` is for a container group."""
        from azureml.core.webservice import AciWebservice, AksWebservice

        shared = {"cpu_cores": self.cpu_cores, "memory_gb": self.memory_gb, "tags": dict(tags), "auth_enabled": True}
        shared |= {"primary_key": keys[0], "secondary_key": keys[1]}
        if self.cluster:
            return AksWebservice.deploy_configuration(compute_target_name=self.cluster, **shared)
        return AciWebservice.deploy_configuration(dns_name_label=label, **shared)


def label(name: str, settings: AzureMLSettings) -> str:
    """The first part of the host of a container group: the same each time, and nobody else's in the region."""
    workspace = f"{settings.subscription_id}/{settings.resource_group}/{settings.workspace}"
    return f"{name}-{hashlib.sha256(workspace.encode()).hexdigest()[:8]}"
