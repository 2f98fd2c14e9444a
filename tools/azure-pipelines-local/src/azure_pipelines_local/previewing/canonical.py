"""One form for what this tool and the service write differently of the same pipeline."""

from typing import Any

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, plain
from azure_pipelines_local.documents.yaml_printer import to_yaml
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.normal_form import normalize

OF_STEPS = ("steps", "pool", "strategy", "container", "services", "workspace", "continueOnError", "condition")
LEFT_OUT = ("parameters", "trigger", "pr", "schedules", "resources", "name")  # which the service writes in other ways


def canonical_text(pipeline: Node) -> str:
    """Write the stages and variables of a pipeline as YAML: jobs without a stage in one, short forms written out."""
    if not isinstance(pipeline, Mapping):
        raise PipelineError(pipeline.place, "a pipeline is expected.")
    pairs = {key.text: node for key, node in pipeline.pairs if key.text not in LEFT_OUT}
    place = pipeline.place
    if "steps" in pairs:
        job = tuple((Scalar(key, place), pairs.pop(key)) for key in OF_STEPS if key in pairs)
        pairs["jobs"] = Sequence((Mapping(((Scalar("job", place), Scalar("Job", place)), *job), place),), place)
    if "jobs" in pairs:
        name = (Scalar("stage", place), Scalar("__default", place))
        pairs["stages"] = Sequence((Mapping((name, (Scalar("jobs", place), pairs.pop("jobs"))), place),), place)
    return to_yaml(_sorted(Mapping(tuple((Scalar(key, place), _written_out(key, pairs[key])) for key in pairs), place)))


def _written_out(key: str, node: Node) -> Node:
    """Write out the stages, and the variables and the pool of the pipeline as those of a stage."""
    if key == "stages" and isinstance(node, Sequence):
        return Sequence(tuple(normalize(each, "stages") for each in node.nodes), node.place)
    whole = Mapping(
        ((Scalar("stage", node.place), Scalar("", node.place)), (Scalar(key, node.place), node)), node.place
    )
    written = normalize(whole, "stages")
    found = written.find(key) if isinstance(written, Mapping) else None
    return node if found is None else found


def _sorted(node: Node) -> Any:
    """Sort the keys, for their order says nothing, and write booleans in one case."""
    if isinstance(node, Mapping):
        ordered = sorted(node.pairs, key=lambda pair: pair[0].text)
        return Mapping(tuple((key, _sorted(value)) for key, value in ordered), node.place)
    if isinstance(node, Sequence):
        return Sequence(tuple(_sorted(each) for each in node.nodes), node.place)
    text = str(plain(node))
    return Scalar(text.lower() if text in ("True", "False") else text, node.place)
