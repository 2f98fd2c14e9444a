"""What does not exist in the offline workspace, by the paths that ask for it, and what to use instead."""

import re

ABSENT = (
    (r"^/hyperdrive/", "HyperDrive", "submit a job for each set of values, such as by Run.submit_child"),
    (
        r"^/(pipelines|studioservice|aether)/",
        "pipelines, nor ParallelRunStep",
        "submit each step as a job of its own",
    ),
    (r"^/(dataset|data|datacall)/", "data sets", "read the files of the default datastore in the script"),
    (r"^/datastore/", "changes of datastores", "use the default one, workspaceblobstore"),
    (
        r"^/environment/.*/(image|recipe)$",
        "images of environments",
        "submit a job with the environment",
    ),
    (r"^/modelmanagement/.*/(images|packages|profiles)", "images", "deploy with an InferenceConfig and an Environment"),
    (r"/checkComputeNameAvailability$", "compute instances", "use an AmlCompute, or compute_target=local"),
    (r"/computes/.*/(start|stop|restart|listKeys)$", "machines behind compute targets", "jobs run on this machine"),
    (r"/(quotas|usages|updateQuotas)$", "quotas", "ask in the portal"),
    (r"/connections(/|$)", "connections", "keep what they hold in the key vault"),
)


def explain(method: str, path: str) -> str:
    """Name what a request to an unknown route asks for, and what to use instead, as far as it is known."""
    for pattern, what, instead in ABSENT:
        if re.search(pattern, path):
            return f"The offline workspace has no {what}: {instead}. (It has no route {method} {path})"
    return f"The offline workspace has no route {method} {path}"
