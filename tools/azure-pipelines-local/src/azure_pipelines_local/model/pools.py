"""Read pools, in which jobs run."""

import re

from azure_pipelines_local.documents.nodes import Mapping, Scalar
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import fields, keys
from azure_pipelines_local.model.pipeline import Pool

DEMAND = re.compile(r"\S+(\s+-(equals|gtVersion)\s+\S.*)?", re.IGNORECASE)  # the latter is what tasks demand of agents


def read_pool(mapping: Mapping) -> Pool | None:
    """Read the pool of a pipeline, a stage, a job or a hook."""
    node = mapping.find("pool")
    if node is None:
        return None
    if isinstance(node, Scalar):
        return Pool(node, None, (), node.place)
    pool = fields.mapping(node, "`pool`")
    fields.known_keys(pool, keys.POOL, "a pool")
    called, image = fields.text(pool, "name"), fields.text(pool, "vmImage")
    if called is None and image is None:
        raise PipelineError(pool.place, "a pool needs `vmImage`, or the `name` of a pool of your own.")
    demands = pool.find("demands")
    wanted = fields.texts(demands, "`demands`") if demands else ()
    for each in wanted:
        if not DEMAND.fullmatch(each.text) and not fields.AT_RUN_TIME.search(each.text):
            raise PipelineError(each.place, f"a demand is NAME, or NAME -equals VALUE, not {each.text!r}.")
    return Pool(called, image, wanted, pool.place)
