"""The containers that a job runs in, and those beside it."""

from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Mapping, Scalar
from azure_pipelines_local.model import Job


def containers(job: Job) -> Iterator[Scalar]:
    """Yield the container of the job and its services, as names of resources or images."""
    services = [node for _, node in job.services.pairs] if isinstance(job.services, Mapping) else []
    for node in (job.container, *services):
        found = (node.find("alias") or node.find("image")) if isinstance(node, Mapping) else node
        if isinstance(found, Scalar):
            yield found


def is_image(name: str) -> bool:
    """Return whether it is an image, as Azure DevOps tells them from names of resources."""
    return ":" in name or "@" in name
